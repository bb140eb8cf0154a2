"""How large a UV map is on its mesh."""

from __future__ import annotations

import math

import bpy
import numpy as np


def uv_metres(mesh: bpy.types.Mesh) -> float:
    """Metres of the mesh's own frame that one unit of its UV map spans, in the mean over the surface; 0 where it has
    no UV map, or one without area."""
    layer = next((item for item in mesh.uv_layers if item.active_render), None)
    if layer is None or not mesh.loop_triangles:
        return 0.0
    corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("loops", corners)
    vertices = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", vertices)
    points = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    uvs = np.empty(len(mesh.loops) * 2, np.float32)
    layer.uv.foreach_get("vector", uvs)
    flat = np.zeros((len(mesh.loops), 3), np.float64)
    flat[:, :2] = uvs.reshape(-1, 2)
    surface, mapped = _area(points.reshape(-1, 3).astype(np.float64)[vertices]), _area(flat[corners])
    return math.sqrt(surface / mapped) if mapped > 0.0 and math.isfinite(mapped) else 0.0


def _area(corners: np.ndarray) -> float:
    """Of all triangles together, from their corners (3 N, 3)."""
    a, b, c = corners.reshape(-1, 3, 3).transpose(1, 0, 2)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2.0)
