"""The camera: where it stands, its K and its lens.

A camera without distortion is Blender's own. One whose lens distorts is a shader of ours (`lens.osl`) that Cycles asks
for the ray of each sample; so picture, ids, positions and normals all come through the lens, exactly, and nothing is
resampled. Cycles can do that on the processor and with OptiX; EEVEE cannot (see `preview_eevee`).
"""

from __future__ import annotations

import functools
import hashlib
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Matrix

from engine.errors import RenderError
from engine.frame.lens import Lens, field_end
from engine.frame.projection import Projection
from engine.frame.spec import CameraSpec, Matrix4

CLIP_NEAR, CLIP_FAR = 1e-3, 1e4
"""What the camera can see, as multiples of the distance it is focused at."""

LENS_DEVICES = ("CPU", "OPTIX")
"""Kinds of device on which Cycles asks a shader for its rays."""

_OPENCV_TO_BLENDER = Matrix.Diagonal((1.0, -1.0, -1.0, 1.0))
"""Blender's camera looks along -z with y up, OpenCV's along +z with y down."""


def add_camera(scene: bpy.types.Scene) -> bpy.types.Object:
    """A new camera, through which the scene is seen."""
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def aim(scene: bpy.types.Scene, camera: bpy.types.Object, spec: CameraSpec) -> None:
    """Make `camera` the one that `spec` describes."""
    camera.matrix_world = camera_matrix(spec.T_world_camera)
    data = camera.data
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = spec.sensor_width_mm
    data.lens = spec.focal_length_mm
    data.clip_start = CLIP_NEAR * spec.focus_distance
    data.clip_end = CLIP_FAR * spec.focus_distance
    data.dof.use_dof = spec.f_stop > 0
    if spec.f_stop > 0:
        data.dof.aperture_fstop = spec.f_stop
        data.dof.focus_distance = spec.focus_distance
    show_straight(scene, camera, spec)
    if spec.lens is not None:
        _bend(scene, data, spec, spec.lens)


def camera_matrix(T_world_camera: Matrix4) -> Matrix:  # noqa: N803 - a transform
    """The world matrix that Blender's camera has in a pose."""
    return Matrix(T_world_camera) @ _OPENCV_TO_BLENDER


def show_straight(scene: bpy.types.Scene, camera: bpy.types.Object, spec: CameraSpec) -> None:
    """Give `camera` the K of `spec`, without its lens."""
    data = camera.data
    data.type = "PERSP"
    right, down = spec.principal_point
    data.shift_x = -right
    data.shift_y = down * spec.height / spec.width / spec.pixel_aspect
    _set_pixel_aspect(scene, spec.pixel_aspect)


def check_device(spec: CameraSpec, kind: str) -> None:
    """Raise RenderError where a device of that kind cannot render through the lens of `spec`."""
    if spec.lens is not None and kind not in LENS_DEVICES:
        raise RenderError(
            f"camera.lens: {kind} devices cannot render a lens that distorts; choose a device of the kind "
            f"{' or '.join(LENS_DEVICES)}, or leave camera.lens out."
        )


def depth_through(lens_camera: CameraSpec, distance: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Depths (H, W) along the camera's z axis from distances to its centre, which Cycles gives for a camera that is a
    shader; inf where they are, and where the lens sees nothing."""
    depth = np.full_like(distance, np.inf)
    rows, columns = np.nonzero(np.isfinite(distance))
    rays = Projection.of(lens_camera).rays(columns.astype(np.float64), rows.astype(np.float64))
    lengths = np.linalg.norm(rays, axis=1)
    depth[rows, columns] = np.where(np.isfinite(lengths), distance[rows, columns] / lengths, np.inf)
    return depth


def _set_pixel_aspect(scene: bpy.types.Scene, aspect: float) -> None:
    """Width of a pixel by its height. A changed scene costs time, so that it is changed only where it must be."""
    render = scene.render
    for name, wanted in (("pixel_aspect_x", max(aspect, 1.0)), ("pixel_aspect_y", max(1 / aspect, 1.0))):
        if getattr(render, name) != np.float32(wanted):
            setattr(render, name, wanted)


def _bend(scene: bpy.types.Scene, data: Any, spec: CameraSpec, lens: Lens) -> None:
    # The shader has all of K; Blender would add its own shift to the place on the sensor that it gives to the shader.
    data.shift_x = data.shift_y = 0.0
    _set_pixel_aspect(scene, 1.0)
    data.type, data.custom_mode = "CUSTOM", "INTERNAL"
    bytecode, digest = _compiled()
    if data.custom_bytecode_hash != digest:
        data.custom_bytecode, data.custom_bytecode_hash = bytecode, digest
    for name, value in _parameters(spec, lens).items():
        data.cycles_custom[name] = value
    data.update_tag()


def _parameters(spec: CameraSpec, lens: Lens) -> dict[str, float | int]:
    """Of the shader. They do not depend on the picture's size, but for its aspect."""
    across = spec.sensor_width_mm / spec.focal_length_mm
    right, below = spec.principal_point
    radial = dict(zip(("k1", "k2", "k3", "k4"), (*lens.radial, 0.0), strict=False))
    return {
        "across": across,
        "down": across * spec.height / spec.width / spec.pixel_aspect,
        "right": right,
        "below": below,
        "aperture": spec.focal_length_mm * 1e-3,
        "fisheye": int(lens.model == "fisheye"),
        "end": field_end(lens),
        **radial,
        "p1": lens.tangential[0],
        "p2": lens.tangential[1],
    }


@functools.cache
def _compiled() -> tuple[str, str]:
    """The shader's bytecode and its digest."""
    source = Path(__file__).with_name("lens.osl")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "lens.oso")
        if not import_module("_cycles").osl_compile(str(source), str(target)):
            raise RenderError(f"Blender could not compile {source}; reinstall the program, or leave camera.lens out.")
        bytecode = target.read_text()
    return bytecode, hashlib.md5(bytecode.encode(), usedforsecurity=False).hexdigest()
