"""Catmull-Clark subdivision of closed quad meshes, in numpy: no modifiers, no scene, no dependency graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QuadMesh:
    """A closed mesh of quads in which every edge has exactly two faces."""

    vertices: Floats
    """(V, 3) positions, metres."""

    faces: Ints
    """(F, 4) indices of vertices, counter-clockwise seen from outside."""

    uv: Floats
    """(F, 4, 2) texture coordinates of each face's corners."""

    region: Ints
    """(F,) label of the part that a face belongs to."""


def subdivide(mesh: QuadMesh, levels: int) -> QuadMesh:
    """`mesh` after `levels` steps of Catmull-Clark: each makes four faces of one.

    Positions are smoothed; texture coordinates are interpolated linearly inside each face, so that seams stay where
    they are; labels are inherited.
    """
    for _ in range(levels):
        mesh = _subdivide_once(mesh)
    return mesh


def _subdivide_once(mesh: QuadMesh) -> QuadMesh:
    points, faces = mesh.vertices, mesh.faces
    edges, edge_of_corner = _edges(faces)
    face_points = points[faces].mean(axis=1)
    edge_mid = points[edges].mean(axis=1)

    corner_edge = edge_of_corner.ravel()
    corner_face = np.repeat(np.arange(len(faces)), 4)
    faces_at_edge = _sum_at(corner_edge, face_points[corner_face], len(edges))
    edge_points = (2.0 * edge_mid + faces_at_edge) / 4.0

    corner_vertex = faces.ravel()
    valence = np.bincount(corner_vertex, minlength=len(points)).astype(np.float64)[:, None]
    face_average = _sum_at(corner_vertex, face_points[corner_face], len(points)) / valence
    edge_average = _sum_at(edges.ravel(), np.repeat(edge_mid, 2, axis=0), len(points)) / valence
    vertex_points = (face_average + 2.0 * edge_average + (valence - 3.0) * points) / valence

    first_edge, first_face = len(points), len(points) + len(edges)
    return QuadMesh(
        vertices=np.concatenate([vertex_points, edge_points, face_points]),
        faces=_child_faces(faces, edge_of_corner + first_edge, first_face),
        uv=_child_uv(mesh.uv),
        region=np.repeat(mesh.region, 4),
    )


def _edges(faces: Ints) -> tuple[Ints, Ints]:
    """The unique edges (E, 2), and (F, 4) the edge that leads from each corner to the face's next corner."""
    pairs = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    edges, inverse, counts = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True, return_counts=True)
    if not (counts == 2).all():
        raise ValueError("the mesh is not closed: some edges do not have exactly two faces")
    return edges, inverse.reshape(-1, 4)


def _sum_at(index: Ints, values: Floats, length: int) -> Floats:
    """(length, 3) sums of the rows of `values` that share an index."""
    return np.stack([np.bincount(index, values[:, axis], minlength=length) for axis in range(3)], axis=1)


def _child_faces(faces: Ints, edge_vertex: Ints, first_face: int) -> Ints:
    """(4F, 4): at each corner of each face, the quad of corner, next edge, face centre and previous edge."""
    centre = np.broadcast_to(np.arange(first_face, first_face + len(faces))[:, None], faces.shape)
    children = np.stack([faces, edge_vertex, centre, np.roll(edge_vertex, 1, axis=1)], axis=-1)
    return children.reshape(-1, 4)


def _child_uv(uv: Floats) -> Floats:
    middle = (uv + np.roll(uv, -1, axis=1)) / 2.0
    centre = np.broadcast_to(uv.mean(axis=1, keepdims=True), uv.shape)
    return np.stack([uv, middle, centre, np.roll(middle, 1, axis=1)], axis=2).reshape(-1, 4, 2)
