"""What drawing must know of a whole scene: its triangles, its surfaces, its lamps."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector

from engine import paths
from engine.array_cache import cached_arrays
from engine.blender.scene import mesh_arrays
from engine.blender.whole_scene import Part
from engine.errors import AssetError
from engine.frame.catalog import LampFacts
from engine.frame.soup import Soup
from engine.frame.surfaces import METHOD, Surfaces, find_surfaces
from engine.library.sizes import MAX_SIZE

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_Z = Vector((0.0, 0.0, 1.0))
"""What a sun shines against, in its own frame."""


def soup_of(things: Sequence[Part]) -> Soup:
    """The triangles of all things that a camera sees and that have a surface, in the scene's frame."""
    vertices: list[npt.NDArray[np.float32]] = []
    triangles: list[npt.NDArray[np.int32]] = []
    start = 0
    for part in things:
        if not part.seen_by.get("visible_camera", True) or _is_volume(part.data):
            continue
        points, corners = mesh_arrays(part.data)
        M = np.array(part.matrix)  # noqa: N806 - a matrix
        vertices.append((points.astype(np.float64) @ M[:3, :3].T + M[:3, 3]).astype(np.float32))
        triangles.append(corners + np.int32(start))
        start += len(points)
    if not vertices:
        return Soup(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    return Soup(np.concatenate(vertices), np.concatenate(triangles))


def check_reach(place: str, soup: Soup) -> None:
    """Raise AssetError for a scene so large, or so far away, that single precision has no millimetres left."""
    reach = float(np.abs(soup.bounds).max()) if len(soup.triangles) else 0.0
    if reach > MAX_SIZE:
        raise AssetError(
            f"{place}: the scene reaches {reach / 1000:,.0f} km from its origin (more than {MAX_SIZE / 1000:g} km); "
            "set a smaller scene.scale, or correct its coordinates."
        )


def surfaces_of(soup: Soup) -> Surfaces:
    """See `find_surfaces`; they are kept on disk, by the triangles that they were found in."""
    digest = hashlib.blake2b(METHOD.encode(), digest_size=16)
    digest.update(soup.vertices.tobytes())
    digest.update(soup.triangles.tobytes())
    file = paths.cache_dir() / "surfaces" / f"{digest.hexdigest()}.npz"
    return Surfaces(*cached_arrays(file, lambda: find_surfaces(soup).arrays()))


def lamp_facts(lamp: Part) -> LampFacts:
    """About how much light a lamp gives, and from where; of a spot or an area as much as on its axis."""
    data = lamp.data
    power = float(data.energy * (_LUMINANCE @ np.array(data.color)))
    if data.type == "SUN":
        x, y, z = (lamp.matrix.to_3x3() @ _Z).normalized()
        return LampFacts((x, y, z), power, is_sun=True)
    x, y, z = lamp.matrix.translation
    return LampFacts((x, y, z), power / math.pi / (1.0 if data.type == "AREA" else 4.0))


def glows(things: Sequence[Part]) -> bool:
    """Whether any material shines by itself."""
    materials = {material for part in things for material in part.data.materials if material is not None}
    return any(_glows(material) for material in materials)


def _glows(material: bpy.types.Material) -> bool:
    for node in material.node_tree.nodes if material.node_tree else ():
        if node.type == "EMISSION" and (node.inputs["Strength"].is_linked or node.inputs["Strength"].default_value > 0):
            return True
        if node.type == "BSDF_PRINCIPLED":
            strength, color = node.inputs["Emission Strength"], node.inputs["Emission Color"]
            bright = color.is_linked or max(color.default_value[:3]) > 0
            if bright and (strength.is_linked or strength.default_value > 0):
                return True
    return False


def _is_volume(mesh: bpy.types.Mesh) -> bool:
    """Whether all of its materials are fog, which nothing stands on."""
    materials = [material for material in mesh.materials if material is not None]
    return bool(materials) and all(_has_no_surface(material) for material in materials)


def _has_no_surface(material: bpy.types.Material) -> bool:
    nodes = material.node_tree.nodes if material.node_tree else ()
    outputs = [node.inputs for node in nodes if node.type == "OUTPUT_MATERIAL"]
    return any(inputs["Volume"].is_linked and not inputs["Surface"].is_linked for inputs in outputs)
