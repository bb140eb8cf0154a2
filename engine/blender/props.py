"""Things without a label, as Blender objects: shapes of our own, or models."""

from __future__ import annotations

import math
from collections.abc import Mapping

import bpy
import numpy as np
from mathutils import Matrix

from engine.frame.spec import ModelShape, ProceduralShape, PropSpec
from engine.shapes.build import build

_SHARP = math.radians(35)
"""Edges between faces at a larger angle are seen as edges; all others are shaded smooth."""


def prop_object(name: str, prop: PropSpec, meshes: Mapping[str, bpy.types.Mesh]) -> bpy.types.Object:
    """A new object in its place, in no collection and under the id of the background. The mesh of a shape of our own
    is its alone; `meshes` holds those of models by content hash."""
    mesh = _shape_mesh(name, prop.shape) if isinstance(prop.shape, ProceduralShape) else _model(prop.shape, meshes)
    thing = bpy.data.objects.new(name, mesh)
    thing.matrix_world = Matrix(prop.T_world_model) @ Matrix.Scale(prop.scale, 4)
    return thing


def owns_mesh(prop: PropSpec) -> bool:
    """Whether the mesh of its object must go when the object goes."""
    return isinstance(prop.shape, ProceduralShape)


def _model(shape: ModelShape, meshes: Mapping[str, bpy.types.Mesh]) -> bpy.types.Mesh:
    return meshes[shape.model.content_hash]


def _shape_mesh(name: str, spec: ProceduralShape) -> bpy.types.Mesh:
    shape = build(spec.kind, spec.traits)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(shape.vertices.tolist(), [], [list(polygon) for polygon in shape.polygons], shade_flat=False)
    mesh.polygons.foreach_set("material_index", np.array(shape.slots, np.int32))
    mesh.set_sharp_from_angle(angle=_SHARP)
    for _ in range(max(shape.slots) + 1):
        mesh.materials.append(None)
    mesh.update()
    return mesh
