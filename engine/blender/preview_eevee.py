"""Pictures by EEVEE. Its results cannot be read in process, so they travel through a file in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from engine.annotate.passes import Passes
from engine.annotate.ray_masks import cast_masks
from engine.annotate.visibility import Body
from engine.blender.backdrop import Behind
from engine.blender.camera import aim
from engine.blender.chunks import restored
from engine.blender.hdri_import import image_pixels
from engine.blender.render import RenderRequest
from engine.errors import RenderError
from engine.frame.spec import CameraSpec, FrameSpec
from engine.frame.straight_views import straight_views, through_lens

NAME = "BLENDER_EEVEE"
_IN_MEMORY = Path("/dev/shm")


def render(scene: Any, spec: FrameSpec, samples: int, bodies: Sequence[Body], behind: Behind | None) -> Passes:
    """Render a built scene at the size of the spec's camera; ids and depths come from rays (see `cast_masks`).

    `behind` is what its backdrop shows; EEVEE knows no floor that shows nothing but shadows, so there is none.
    EEVEE knows no lenses either: a picture through one is put together from straight ones. What moves is not blurred,
    which would take EEVEE many pictures. The scene is left as it was,
    but for the camera where there is a lens. Raises RenderError if Blender renders nothing.
    """
    if spec.camera.lens is None:
        linear = _linear(scene, spec.camera, samples)
    else:
        views = straight_views(spec.camera)
        pictures = []
        for view in views:
            aim(scene, scene.camera, view)
            pictures.append(_linear(scene, view, samples))
        linear = through_lens(spec.camera, views, pictures)
    ids, depth = cast_masks(spec, bodies)
    rgb = RenderRequest.of(spec, behind).develop(linear[..., :3], linear[..., 3])
    return Passes(rgb=rgb, instance_id=ids, depth=depth, samples=samples)


def _linear(scene: Any, camera: CameraSpec, samples: int) -> npt.NDArray[np.float32]:
    """What `_read` reads of a picture of the size that `camera` has."""
    with _for_eevee(scene, camera, samples), tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        path = Path(folder, "picture.exr")
        scene.render.filepath = str(path)
        try:
            bpy.ops.render.render(write_still=True, scene=scene.name)
        except RuntimeError as error:
            raise RenderError(f"EEVEE could not render: {str(error).strip()}; choose Cycles for the preview.") from None
        linear = _read(path)
    if linear.shape[:2] != (camera.height, camera.width):
        raise RenderError("EEVEE left no picture of the size asked for; choose Cycles for the preview.")
    return linear


def _scratch() -> str | None:
    return str(_IN_MEMORY) if _IN_MEMORY.is_dir() else None


def _read(path: Path) -> npt.NDArray[np.float32]:
    """Scene-linear (H, W, 4): premultiplied colour and alpha."""
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise RenderError(f"EEVEE left no picture ({error}); choose Cycles for the preview.") from None
    try:
        return image_pixels(image)
    finally:
        bpy.data.images.remove(image)


@contextmanager
def _for_eevee(scene: Any, camera: CameraSpec, samples: int) -> Iterator[None]:
    """Settings for quick pictures in scene light; put back afterwards."""
    render, image = scene.render, scene.render.image_settings
    wanted: list[tuple[Any, str, Any]] = [
        (render, "engine", NAME),
        (render, "resolution_x", camera.width),
        (render, "resolution_y", camera.height),
        (render, "filepath", ""),
        (render, "use_motion_blur", False),
        (image, "file_format", "OPEN_EXR"),
        (image, "color_mode", "RGBA"),
        (image, "color_depth", "32"),
        (image, "exr_codec", "NONE"),
        (scene.eevee, "taa_render_samples", samples),
        (scene.eevee, "use_fast_gi", False),
        *((thing, "hide_render", True) for thing in scene.objects if thing.is_shadow_catcher),
    ]
    with restored(*wanted):
        yield
