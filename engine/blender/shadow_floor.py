"""A floor that is not seen, but takes the objects' shadows, so that they stand in a photograph and do not float."""

from __future__ import annotations

import bpy
import numpy as np
import numpy.typing as npt

from engine.blender import denoise
from engine.frame.backdrop_spec import ShadowSpec
from engine.frame.projection import Projection
from engine.frame.spec import CameraSpec

Array = npt.NDArray[np.float32]

_NO_SHADOW = 0.01
"""Coverage below which a cleaned pixel has none: the photograph stays as it is there."""

_AS_DEEP = 1e-3
"""How near to the floor's depth one must be to be it, as a fraction."""


class ShadowFloor:
    """The floor of a scene, made anew where another frame has another."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._scene = scene
        self._shown: ShadowSpec | None = None
        self._object: bpy.types.Object | None = None

    def show(self, spec: ShadowSpec | None) -> None:
        """Have this floor, or none."""
        if spec == self._shown:
            return
        self._shown = spec
        if self._object is not None:
            mesh = self._object.data
            (material,) = mesh.materials
            bpy.data.objects.remove(self._object)
            bpy.data.meshes.remove(mesh)
            bpy.data.materials.remove(material)
            self._object = None
        if spec is not None:
            self._object = _floor(spec)
            self._scene.collection.objects.link(self._object)


def _floor(spec: ShadowSpec) -> bpy.types.Object:
    mesh = bpy.data.meshes.new("shadow floor")
    r = spec.radius
    mesh.from_pydata([(-r, -r, 0), (r, -r, 0), (r, r, 0), (-r, r, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("shadow floor")
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*spec.color, 1.0)
    shader.inputs["Roughness"].default_value = 1.0
    shader.inputs["Specular IOR Level"].default_value = 0.0
    mesh.materials.append(material)
    thing = bpy.data.objects.new("shadow floor", mesh)
    thing.is_shadow_catcher = True
    return thing


def smooth_shadow(alpha: Array, ids: npt.NDArray[np.uint16], albedo: Array, normal: Array, quality: int) -> Array:
    """The coverage (H, W) of a picture with a floor, its noisy shadows cleaned; what shows an instance stays as it is.

    `albedo` and `normal` (H, W, 3) are the denoiser's hints.
    """
    grey = np.repeat(alpha[..., None], 3, axis=2)
    clean = denoise.shared()(grey, albedo, normal, quality)[..., 0]
    shadow: Array = ((clean - _NO_SHADOW) / (1 - _NO_SHADOW)).clip(0, 1)
    return np.where(ids > 0, alpha, shadow)


def is_floor(depth: npt.NDArray[np.float32], camera: CameraSpec) -> npt.NDArray[np.bool_]:
    """Where a depth map (H, W) in metres has the plane z = 0 of the world."""
    T = np.array(camera.T_world_camera)  # noqa: N806
    falling = Projection.of(camera).pixel_rays(camera.width, camera.height) @ T[2, :3]
    with np.errstate(divide="ignore", invalid="ignore"):
        floor = -T[2, 3] / falling
    found: npt.NDArray[np.bool_] = np.abs(depth - floor) < _AS_DEEP * floor
    return found
