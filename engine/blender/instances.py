"""Giving each thing that is to be told apart an object and an id of its own.

What collections, geometry nodes, particles, vertices or faces instance is not an object: Cycles gives all copies one
index. And Blender's pass index ends at 32,767: a larger id is kept in two parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from engine.annotate.passes import MAX_INSTANCE_ID
from engine.errors import AssetError

_WITH_GEOMETRY = {"MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "POINTCLOUD", "VOLUME"}
SEEN_BY = (
    "color",
    "is_holdout",
    "is_shadow_catcher",
    "visible_camera",
    "visible_diffuse",
    "visible_glossy",
    "visible_shadow",
    "visible_transmission",
    "visible_volume_scatter",
)

_LOW_IDS = 1 << 15
_HIGH_PART = "instance_id_high"


def set_instance_id(thing: Any, number: int) -> None:
    """Give an object the id that `Passes.instance_id` shows where it is seen, 0 (background) to 65,535."""
    if not 0 <= number <= MAX_INSTANCE_ID:
        raise ValueError(f"instance id {number} is not in 0 to {MAX_INSTANCE_ID}")
    high, thing.pass_index = divmod(number, _LOW_IDS)
    if high:
        thing[_HIGH_PART] = high
    elif _HIGH_PART in thing:
        del thing[_HIGH_PART]


def get_instance_id(thing: Any) -> int:
    """The id that `set_instance_id` gave, or the pass index of an object that was given none."""
    return thing.pass_index + _LOW_IDS * thing.get(_HIGH_PART, 0)


def has_large_ids(scene: Any) -> bool:
    """Whether any object of `scene` has an id that its pass index cannot hold."""
    return any(_HIGH_PART in thing for thing in scene.objects)


@contextmanager
def high_parts_shown(scene: Any) -> Iterator[None]:
    """Show the high parts of all ids in the Object Index pass, in steps of 1, for the length of a block."""
    low = [(thing, thing.pass_index) for thing in scene.objects]
    try:
        for thing, _ in low:
            thing.pass_index = thing.get(_HIGH_PART, 0)
        yield
    finally:
        for thing, number in low:
            thing.pass_index = number


def join_parts(low: npt.NDArray[np.float32], high: npt.NDArray[np.float32] | None) -> npt.NDArray[np.uint16]:
    """Ids from the Object Index pass and, where there are large ids, the pass with the high parts."""
    ids = np.rint(low).astype(np.uint16)
    return ids if high is None else ids + np.rint(high).astype(np.uint16) * np.uint16(_LOW_IDS)


def realise_instances(scene: Any, within: Any = None) -> list[Any]:
    """Replace instances by objects of their own, and return the new objects (meshes and lights).

    `within`, if given, is the one instancing object to treat; otherwise all that `scene` shows are. Each new object has
    the instance's world matrix baked in, no parent, no modifiers, pass index 0, and lies in the scene's collection.
    Copies of the same geometry share one mesh in which the modifiers are applied as the viewport has them. An instancer
    keeps what it shows besides its instances, as a plain mesh.
    Raises AssetError where something instanced cannot be made a mesh (volumes, hair); nothing is changed then.
    """
    bpy.context.view_layer.update()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    real, instancers, sources = _copies(depsgraph, within)
    remains = {instancer: _remaining_mesh(instancer, depsgraph) for instancer in instancers}
    for thing in real:
        scene.collection.objects.link(thing)
    for instancer, mesh in remains.items():
        _stop_instancing(instancer, mesh, sources)
    bpy.context.view_layer.update()
    return real


def _copies(depsgraph: Any, within: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """New objects for all instances, not yet in a scene; the instancing objects; the objects instanced."""
    real: list[Any] = []
    instancers: dict[Any, None] = {}
    sources: dict[Any, None] = {}
    data: dict[tuple[int, ...], Any] = {}
    # Geometry that nodes make exists only while the iteration stands on it, so copying happens here.
    for instance in depsgraph.object_instances:
        if not instance.is_instance or (within is not None and instance.parent.original != within):
            continue
        instancers[instance.parent.original] = None
        source = instance.object
        if source.hide_render or source.type not in {*_WITH_GEOMETRY, "LIGHT"}:
            continue
        sources[source.original] = None
        materials = [slot.material.as_pointer() for slot in source.material_slots if slot.material]
        key = (source.data.as_pointer(), *materials)
        if key not in data:
            data[key] = source.original.data if source.type == "LIGHT" else shown_mesh(source, depsgraph)
        real.append(_object(source, data[key], instance.matrix_world.copy()))
    return real, list(instancers), list(sources)


def shown_mesh(source: Any, depsgraph: Any) -> Any:
    """A new mesh with what an instance, or an object, shows, in its local space. Raises AssetError."""
    whole = source.original.evaluated_get(depsgraph)
    if source.type == "MESH" and whole.data.as_pointer() != source.data.as_pointer():
        return _copied(source.data)
    try:
        mesh = bpy.data.meshes.new_from_object(whole, preserve_all_data_layers=True, depsgraph=depsgraph)
    except RuntimeError as error:
        raise _not_a_mesh(source) from error
    if source.type in {"VOLUME", "CURVES", "POINTCLOUD"} and not mesh.polygons:
        raise _not_a_mesh(source)
    return mesh


def _copied(evaluated: Any) -> Any:
    """A geometry that nodes made, which belongs to no object, as a mesh of its own."""
    mesh = evaluated.copy()
    for index, material in enumerate(mesh.materials):
        mesh.materials[index] = material.original if material else None
    return mesh


def _not_a_mesh(source: Any) -> AssetError:
    return AssetError(
        f"The instances of “{source.name}” are {source.type.lower()} data, which cannot become meshes; "
        "make them real in Blender, or leave them out."
    )


def _object(source: Any, data: Any, matrix: Any) -> Any:
    thing = bpy.data.objects.new(source.name, data)
    thing.matrix_world = matrix
    for name in SEEN_BY:
        setattr(thing, name, getattr(source, name))
    return thing


def _remaining_mesh(instancer: Any, depsgraph: Any) -> Any:
    """What an instancer shows besides its instances, if it is its modifiers that instance; else None."""
    if instancer.type != "MESH" or not instancer.modifiers or instancer.instance_type != "NONE":
        return None
    return bpy.data.meshes.new_from_object(
        instancer.evaluated_get(depsgraph), preserve_all_data_layers=True, depsgraph=depsgraph
    )


def _stop_instancing(instancer: Any, mesh: Any, sources: list[Any]) -> None:
    if instancer.instance_type in {"VERTS", "FACES"}:
        # The children were shown as copies only; without the copies they would appear themselves.
        for child in instancer.children_recursive:
            child.hide_render = child.hide_render or child in sources
    instancer.instance_type = "NONE"
    if mesh is not None:
        instancer.modifiers.clear()
        instancer.data = mesh
