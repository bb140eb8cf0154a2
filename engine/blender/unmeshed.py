"""What a file shows that has no faces: told by name, since it is neither rendered nor annotated.

Hair, point clouds and volumes are seen in a render of the file, but do not become meshes. A model is refused for them;
a whole scene is shown without. Surfaces that a material displaces are another case: they are shown with bumps instead,
so that the mesh is what is rendered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import bpy

from engine.errors import AssetError

_WITHOUT_FACES = {"CURVES": "hair curves", "POINTCLOUD": "a point cloud", "VOLUME": "a volume"}


def refuse_unmeshed(file: Path, depsgraph: bpy.types.Depsgraph) -> None:
    """Raise AssetError for the first thing that the evaluated scene shows and that has no faces."""
    for name, what in _unmeshed(depsgraph):
        raise AssetError(
            f"{file}: its object '{name}' shows {what}, which has no faces to render and annotate; convert it to a "
            "mesh in Blender, hide it in renders, or delete it."
        )


def left_out(file: Path, depsgraph: bpy.types.Depsgraph) -> list[str]:
    """A warning that names all that the evaluated scene shows and that has no faces, if there is any."""
    found = dict.fromkeys(f"'{name}' ({what})" for name, what in _unmeshed(depsgraph))
    if not found:
        return []
    return [f"{file.name}: shown without what has no faces: {', '.join(found)}; convert it to meshes in Blender"]


def _unmeshed(depsgraph: bpy.types.Depsgraph) -> Iterator[tuple[str, str]]:
    """Name of an object, and what it shows that has no faces."""
    for instance in depsgraph.object_instances:
        thing = instance.object
        if not (instance.is_instance or instance.show_self):
            continue
        name = (instance.parent if instance.is_instance else thing).original.name
        if thing.type in _WITHOUT_FACES and not _is_empty(thing):
            yield name, _WITHOUT_FACES[thing.type]
        for system in thing.particle_systems if thing.type == "MESH" else ():
            settings = system.settings
            if settings.type == "HAIR" and settings.render_type == "PATH" and len(system.particles):
                yield name, f"hair (the particle system '{system.name}')"


def _is_empty(thing: bpy.types.Object) -> bool:
    data = thing.data
    if thing.type == "CURVES":
        return len(data.curves) == 0
    return thing.type == "POINTCLOUD" and len(data.points) == 0


def displacement_to_bumps(file: Path, datablocks: Iterable[bpy.types.ID]) -> list[str]:
    """Show the displacement of materials as bumps; returns warnings."""
    moved = [
        item
        for item in datablocks
        if isinstance(item, bpy.types.Material) and item.displacement_method != "BUMP" and _displaces(item)
    ]
    for material in moved:
        material.displacement_method = "BUMP"
    names = ", ".join(sorted(f"'{material.name}'" for material in moved))
    return [f"{file.name}: the displacement of its materials is shown as bumps: {names}"] if moved else []


def _displaces(material: bpy.types.Material) -> bool:
    nodes = material.node_tree.nodes if material.node_tree else ()
    return any(node.type == "OUTPUT_MATERIAL" and node.inputs["Displacement"].is_linked for node in nodes)
