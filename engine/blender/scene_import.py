"""Importing a user's whole scene: each thing stays an object with its own materials, lamps and surroundings come along.

Nothing in it moves, runs or follows anything afterwards: modifiers are applied, instances are objects of their own,
drivers and animations are gone, as they were at the file's current frame. The scene's frame is that of a model from the
same file (see `model_import`), times the recipe's scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Matrix

from engine.blender.axes import up_correction
from engine.blender.datablocks import Workbench, used_by, workbench
from engine.blender.import_files import import_file
from engine.blender.instances import SEEN_BY, shown_mesh
from engine.blender.mesh_parts import MAX_TRIANGLES, apply_object_materials
from engine.blender.model_import import read_again, require_finite
from engine.blender.model_materials import detach_missing_images, show_vertex_colours
from engine.blender.scripts import forbid_scripts, freeze
from engine.blender.unmeshed import displacement_to_bumps, left_out
from engine.blender.whole_scene import Part
from engine.errors import AssetError
from engine.library.files import no_faces, split_model_path
from engine.library.precheck import check_model


@dataclass(frozen=True, slots=True)
class ImportedScene:
    """What is in a file."""

    things: tuple[Part, ...]
    lamps: tuple[Part, ...]
    sky: bpy.types.World | None
    warnings: tuple[str, ...]


def import_scene(path: str, *, up_axis: str | None, scale: float) -> ImportedScene:
    """Import a file, or `file.blend#Name` of it. Raises AssetError."""
    file, name = split_model_path(path)
    check_model(path)
    forbid_scripts()
    with workbench() as bench:
        correction = up_correction(file, up_axis).to_4x4() @ Matrix.Scale(scale, 4)
        warnings = import_file(file, name, bench, lights=True)
        for mesh in (item for item in bench.new() if isinstance(item, bpy.types.Mesh)):
            require_finite(mesh, file)
            mesh.validate()
        things, lamps = _parts(file, bench, correction, warnings)
        sky = bench.scene.world
        owners = [*dict.fromkeys(part.data for part in (*things, *lamps)), *([sky] if sky else [])]
        warnings += displacement_to_bumps(file, used_by(*owners))
        read_again(owners, bench)
        missing = detach_missing_images(used_by(*owners))
        if missing:
            warnings.append(f"{file.name}: textures are missing or unreadable, shown without: {', '.join(missing)}")
        for owner in owners:
            owner.use_fake_user = True
        bench.keep = tuple(owners)
    return ImportedScene(tuple(things), tuple(lamps), sky, tuple(warnings))


def _parts(file: Path, bench: Workbench, correction: Matrix, warnings: list[str]) -> tuple[list[Part], list[Part]]:
    """The meshes and the lamps of what was imported, evaluated; what is left out is told in `warnings`."""
    with bpy.context.temp_override(**bench.override):
        depsgraph = bpy.context.evaluated_depsgraph_get()
    warnings += left_out(file, depsgraph)
    things: list[Part] = []
    lamps: list[Part] = []
    meshes: dict[tuple[int, ...], bpy.types.Mesh] = {}
    total = 0
    for instance in depsgraph.object_instances:
        source = instance.object
        if not (instance.is_instance or instance.show_self) or source.type not in ("MESH", "LIGHT"):
            continue
        matrix = correction @ instance.matrix_world
        seen_by = {name: getattr(source, name) for name in SEEN_BY}
        if source.type == "LIGHT":
            lamps.append(Part(source.name, source.original.data, matrix, seen_by))
            continue
        materials = [slot.material.as_pointer() for slot in source.material_slots if slot.material]
        key = (source.data.as_pointer(), *materials)
        if key not in meshes:
            mesh = meshes[key] = shown_mesh(source, depsgraph)
            apply_object_materials(mesh, source)
            require_finite(mesh, file)
            show_vertex_colours(mesh)
        mesh = meshes[key]
        total += len(mesh.loops) - 2 * len(mesh.polygons)
        if total > MAX_TRIANGLES:
            raise AssetError(f"{file}: with all its instances it has more than {MAX_TRIANGLES:,} triangles; reduce it.")
        if mesh.polygons:
            things.append(Part(source.name, mesh, matrix, seen_by))
    if not things:
        raise no_faces(file)
    freeze(used_by(*dict.fromkeys(part.data for part in things)), depsgraph)
    for owner in [*dict.fromkeys(part.data for part in lamps), *([bench.scene.world] if bench.scene.world else [])]:
        owner.animation_data_clear()
        if owner.node_tree is not None:
            owner.node_tree.animation_data_clear()
    return things, lamps
