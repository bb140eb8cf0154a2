"""Named parts of a model: which of its faces belong to which.

Each face of a mesh notes the number of its part, from 1 in their order, 0 for none. The note stays with the face when
meshes are joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt

from engine.blender.cup import REGION_ATTRIBUTE, Region
from engine.errors import AssetError
from engine.frame.landmarks import Parts

type Numbers = npt.NDArray[np.int32]

_ATTRIBUTE = "studio_part"

CUP_PARTS: Parts = (("body", ()), ("handle", ()))


def names_of(mesh: bpy.types.Mesh, owner: str) -> list[str]:
    """What faces of an object's mesh may be known by in the file: the object's name, and those of its materials."""
    return [_plain(owner), *(_plain(material.name) for material in mesh.materials if material is not None)]


def mark_parts(mesh: bpy.types.Mesh, owner: str, parts: Parts) -> None:
    """Note the part of each face, by its material's name, or else by that of the object `owner`."""
    numbers: dict[str, int] = {}
    for number, (_, names) in enumerate(parts, start=1):
        for name in names:
            numbers.setdefault(_plain(name), number)
    whole = numbers.get(_plain(owner), 0)
    of_slots = [0 if item is None else numbers.get(_plain(item.name), 0) for item in mesh.materials] or [0]
    slots = np.minimum(_integers(mesh, "material_index"), len(of_slots) - 1)
    found = np.array(of_slots, np.int32)[slots]
    _note(mesh, np.where(found > 0, found, whole))


def mark_cup(mesh: bpy.types.Mesh) -> None:
    """Note the parts of the built-in cup, `CUP_PARTS`."""
    regions = np.empty(len(mesh.polygons), np.int32)
    mesh.attributes[REGION_ATTRIBUTE].data.foreach_get("value", regions)
    _note(mesh, np.where(regions == Region.HANDLE, 2, 1))


def require_names(file: Path, parts: Parts, known: Iterable[str]) -> None:
    """Raise AssetError for a part of which the file has no object and no material."""
    found = list(dict.fromkeys(known))
    for part, names in parts:
        for name in names:
            if _plain(name) not in found:
                listed = ", ".join(repr(item) for item in found[:12])
                raise AssetError(
                    f"{file}: its part '{part}' is noted to be '{name}', but it has no object or material of that "
                    f"name; it has {listed}."
                )


def triangle_parts(mesh: bpy.types.Mesh) -> npt.NDArray[np.uint8]:
    """(M,) the part of each of the mesh's triangles."""
    faces = np.empty(len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("polygon_index", faces)
    return _noted(mesh)[faces].astype(np.uint8)


def part_slots(mesh: bpy.types.Mesh) -> tuple[int, ...]:
    """Give each part material slots of its own; returns the part of each slot. What is seen stays the same."""
    parts, slots = _noted(mesh), _integers(mesh, "material_index")
    owners = [0] * len(mesh.materials)
    for slot, material in enumerate(list(mesh.materials)):
        here = slots == slot
        for number in np.unique(parts[here]).tolist():
            faces = here & (parts == number)
            if number == parts[here].min():
                owners[slot] = number
                continue
            mesh.materials.append(material)
            slots[faces] = len(owners)
            owners.append(number)
    mesh.polygons.foreach_set("material_index", slots)
    mesh.update()
    return tuple(owners)


def _plain(name: str) -> str:
    """Without the number that Blender gives to the second of a name: `Lid.001` is `Lid`."""
    return re.sub(r"\.\d{3,}$", "", name)


def _integers(mesh: bpy.types.Mesh, name: str) -> Numbers:
    values = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get(name, values)
    return values


def _note(mesh: bpy.types.Mesh, numbers: Numbers) -> None:
    known = mesh.attributes.get(_ATTRIBUTE)
    if known is not None:
        mesh.attributes.remove(known)
    mesh.attributes.new(_ATTRIBUTE, "INT", "FACE").data.foreach_set("value", numbers.astype(np.int32))


def _noted(mesh: bpy.types.Mesh) -> Numbers:
    numbers = np.zeros(len(mesh.polygons), np.int32)
    known = mesh.attributes.get(_ATTRIBUTE)
    if known is not None:
        known.data.foreach_get("value", numbers)
    return numbers
