"""Triangles of a whole scene, and rays through them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

type FloatArray = npt.NDArray[np.float64]


class Soup:
    """Triangles without order, in a frame of their own, metres."""

    def __init__(self, vertices: npt.NDArray[np.float32], triangles: npt.NDArray[np.int32]) -> None:
        """`vertices` (N, 3), `triangles` (M, 3) indices into them; there may be none."""
        self.vertices = vertices
        self.triangles = triangles

    @cached_property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Least and greatest corner of its box, (3,) each."""
        return self.vertices.min(axis=0).astype(np.float64), self.vertices.max(axis=0).astype(np.float64)

    @cached_property
    def _tree(self) -> Any:
        from embreex import rtcore, rtcore_scene
        from embreex.mesh_construction import TriangleMesh

        device = rtcore.EmbreeDevice()
        tree = rtcore_scene.EmbreeScene(device)
        TriangleMesh(tree, np.ascontiguousarray(self.vertices[self.triangles], dtype=np.float32))
        return device, tree  # the tree needs its device as long as it lives

    def distances(self, origins: FloatArray, directions: FloatArray) -> FloatArray:
        """Where rays first meet a triangle: (R,) multiples of `directions` (R, 3), inf where they meet none.

        `origins` are (R, 3), or (3,) for all. A direction of NaNs is no ray.
        """
        return self._cast(origins, directions)[0]

    def meets_backs(self, origins: FloatArray, directions: FloatArray) -> npt.NDArray[np.bool_]:
        """(R,): whether what a ray first meets turns its back to it, as the walls of a solid do to a ray inside."""
        met = self._cast(origins, directions)[1]
        corners = self.vertices.astype(np.float64)[self.triangles[met]]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        backs: npt.NDArray[np.bool_] = (met >= 0) & ((normals * directions).sum(axis=1) > 0)
        return backs

    def _cast(self, origins: FloatArray, directions: FloatArray) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        """Distances and numbers of the triangles met, -1 for none."""
        lengths = np.linalg.norm(directions, axis=1)
        is_ray = np.isfinite(lengths) & (lengths > 0)
        unit = np.ascontiguousarray((directions[is_ray].T / lengths[is_ray]).T, dtype=np.float32)
        starts = np.ascontiguousarray(np.broadcast_to(origins, directions.shape)[is_ray], dtype=np.float32)
        found = np.full(len(directions), np.inf)
        met = np.full(len(directions), -1, np.intp)
        if len(unit) and len(self.triangles):
            answer = self._tree[1].run(starts, unit, query="INTERSECT", output=True)
            met[is_ray] = answer["primID"]
            found[is_ray] = np.where(met[is_ray] >= 0, answer["tfar"] / lengths[is_ray], np.inf)
        return found, met

    def depths_below(self, points: FloatArray) -> FloatArray:
        """How far below each of `points` (R, 3) the next triangle is, (R,) metres; inf where there is none."""
        return self.distances(points, np.broadcast_to(np.array([0.0, 0.0, -1.0]), points.shape))
