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
from engine.blender import colour
from engine.blender.chunks import restored
from engine.blender.hdri_import import hdri_pixels
from engine.errors import RenderError
from engine.frame.spec import FrameSpec

NAME = "BLENDER_EEVEE"
_IN_MEMORY = Path("/dev/shm")


def render(scene: Any, spec: FrameSpec, samples: int, bodies: Sequence[Body]) -> Passes:
    """Render a built scene at the size of the spec's camera; ids and depths come from rays (see `cast_masks`).

    The scene is left as it was, ready for Cycles. Raises RenderError if Blender renders nothing.
    """
    with _for_eevee(scene, spec, samples), tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        path = Path(folder, "picture.exr")
        scene.render.filepath = str(path)
        try:
            bpy.ops.render.render(write_still=True, scene=scene.name)
        except RuntimeError as error:
            raise RenderError(f"EEVEE could not render: {str(error).strip()}; choose Cycles for the preview.") from None
        linear = _read(path)
    if linear.shape[:2] != (spec.camera.height, spec.camera.width):
        raise RenderError("EEVEE left no picture of the size asked for; choose Cycles for the preview.")
    ids, depth = cast_masks(spec, bodies)
    rgb = colour.develop(linear, spec.view, spec.exposure, spec.sensor)
    return Passes(rgb=rgb, instance_id=ids, depth=depth, samples=samples)


def _scratch() -> str | None:
    return str(_IN_MEMORY) if _IN_MEMORY.is_dir() else None


def _read(path: Path) -> npt.NDArray[np.float32]:
    """Scene-linear (H, W, 3)."""
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise RenderError(f"EEVEE left no picture ({error}); choose Cycles for the preview.") from None
    try:
        return hdri_pixels(image)
    finally:
        bpy.data.images.remove(image)


@contextmanager
def _for_eevee(scene: Any, spec: FrameSpec, samples: int) -> Iterator[None]:
    """Settings for quick pictures in scene light; put back afterwards."""
    render, image = scene.render, scene.render.image_settings
    wanted: list[tuple[Any, str, Any]] = [
        (render, "engine", NAME),
        (render, "resolution_x", spec.camera.width),
        (render, "resolution_y", spec.camera.height),
        (render, "filepath", ""),
        (image, "file_format", "OPEN_EXR"),
        (image, "color_mode", "RGB"),
        (image, "color_depth", "32"),
        (image, "exr_codec", "NONE"),
        (scene.eevee, "taa_render_samples", samples),
        (scene.eevee, "use_fast_gi", False),
    ]
    with restored(*wanted):
        yield
