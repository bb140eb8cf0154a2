"""From evaluated objects to one mesh: modifiers, instances, curves and text become faces in one frame."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np
from mathutils import Matrix

from engine.blender.datablocks import Workbench
from engine.blender.instances import shown_mesh

_UV_NAME = "StudioUV"
_GREY = (0.8, 0.8, 0.8, 1.0)
MAX_TRIANGLES = 50_000_000
"""Instances are multiplied out only up to this number, about 10 GB of memory."""


type Finish = Callable[[bpy.types.Mesh, str], object]


class TooManyTrianglesError(Exception):
    """The instances of a model come to more than `MAX_TRIANGLES`."""


def evaluated_parts(depsgraph: bpy.types.Depsgraph, finish: Finish) -> list[bpy.types.Mesh]:
    """One mesh per visible object or instance with faces, in world coordinates, modifiers applied; `finish` is called
    with each and the name of its object.

    Curves, surfaces, text and metaballs appear as the meshes they render as. The meshes are new datablocks.
    """
    parts: list[bpy.types.Mesh] = []
    total = 0
    for instance in depsgraph.object_instances:
        # Other types than meshes are listed once more as a mesh when they have faces.
        if instance.object.type != "MESH" or not (instance.is_instance or instance.show_self):
            continue
        mesh = shown_mesh(instance.object, depsgraph)
        if not mesh.polygons:
            bpy.data.meshes.remove(mesh)
            continue
        total += len(mesh.loops) - 2 * len(mesh.polygons)
        if total > MAX_TRIANGLES:
            raise TooManyTrianglesError
        apply_object_materials(mesh, instance.object)
        finish(mesh, instance.object.name)
        transform(mesh, instance.matrix_world)
        parts.append(mesh)
    return parts


def apply_object_materials(mesh: bpy.types.Mesh, owner: bpy.types.Object) -> None:
    """Materials may be linked to the object instead of its mesh; those win."""
    for index, slot in enumerate(owner.material_slots):
        if slot.link == "OBJECT" and slot.material is not None and index < len(mesh.materials):
            mesh.materials[index] = slot.material.original


def transform(mesh: bpy.types.Mesh, matrix: Matrix) -> None:
    """Apply a 4x4 affine `matrix` to a mesh: vertices, custom normals, and the winding where it mirrors."""
    if matrix == Matrix.Identity(4):
        return
    mirrored = matrix.determinant() < 0
    normals = _corner_normals(mesh) if mesh.has_custom_normals else None
    mesh.transform(matrix)
    if mirrored:
        mesh.flip_normals()
    if normals is not None and abs(matrix.determinant()) > 0:
        inverse = np.array(matrix.to_3x3().inverted(), dtype=np.float64)
        turned = normals @ inverse  # (M^-T n)^T = n^T M^-1
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-30)
        mesh.normals_split_custom_set(turned[_mirrored_corners(mesh)] if mirrored else turned)
    mesh.update()


def _corner_normals(mesh: bpy.types.Mesh) -> np.ndarray:
    normals = np.empty(len(mesh.loops) * 3, np.float32)
    mesh.corner_normals.foreach_get("vector", normals)
    return normals.reshape(-1, 3).astype(np.float64)


def _mirrored_corners(mesh: bpy.types.Mesh) -> np.ndarray:
    """For each corner after `flip_normals` the corner it was before: the first of each face stays, the rest reverse."""
    start = np.empty(len(mesh.polygons), np.int32)
    total = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_start", start)
    mesh.polygons.foreach_get("loop_total", total)
    first, count = np.repeat(start, total), np.repeat(total, total)
    within = np.arange(len(first)) - first
    return first + (count - within) % count


def join(parts: list[bpy.types.Mesh], bench: Workbench) -> bpy.types.Mesh:
    """Join meshes that share a frame into the first one; slots, UV maps, colours and normals are kept."""
    if len(parts) == 1:
        return parts[0]
    _fill_missing_materials(parts)
    _unify_uv_names(parts)
    objects = [bpy.data.objects.new("part", mesh) for mesh in parts]
    for item in objects:
        bench.scene.collection.objects.link(item)
    override = bench.override | {
        "active_object": objects[0],
        "object": objects[0],
        "selected_objects": objects,
        "selected_editable_objects": objects,
    }
    with bpy.context.temp_override(**override):
        bpy.ops.object.join()
    return objects[0].data


def _fill_missing_materials(parts: list[bpy.types.Mesh]) -> None:
    """A part without material would take the first slot of its neighbours: give it grey where others have one."""
    if not any(has_material(mesh) for mesh in parts):
        return
    grey = None
    for mesh in parts:
        empty = [index for index, material in enumerate(mesh.materials) if material is None]
        if mesh.materials and not empty:
            continue
        grey = grey or grey_material()
        for index in empty:
            mesh.materials[index] = grey
        if not mesh.materials:
            mesh.materials.append(grey)


def has_material(mesh: bpy.types.Mesh) -> bool:
    """Whether any slot of the mesh holds a material."""
    return any(material is not None for material in mesh.materials)


def grey_material() -> bpy.types.Material:
    """A new plain grey material, for faces that have none in a model that has some."""
    material = bpy.data.materials.new("grey")
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = _GREY
    return material


def _unify_uv_names(parts: list[bpy.types.Mesh]) -> None:
    """Textures without a named map use the render map: it must have one name in all parts. Named maps stay too."""
    names = {layer.name for mesh in parts if (layer := _render_uv(mesh)) is not None}
    if len(names) < 2:
        return
    for mesh in parts:
        source = _render_uv(mesh)
        if source is None:
            continue
        values = np.empty(len(mesh.loops) * 2, np.float32)
        source.uv.foreach_get("vector", values)
        layer = mesh.uv_layers.new(name=_UV_NAME, do_init=False)
        if layer is not None:  # None when all eight maps are taken.
            layer.uv.foreach_set("vector", values)
            layer.active = layer.active_render = True


def _render_uv(mesh: bpy.types.Mesh) -> bpy.types.MeshUVLoopLayer | None:
    return next((layer for layer in mesh.uv_layers if layer.active_render), None)
