"""Cut a mesh into convex pieces, so that a mug can hold things; kept on disk by the mesh's content."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from engine import paths
from engine.array_cache import cached_arrays

type FloatArray = npt.NDArray[np.float64]
type Vertices = npt.NDArray[np.float32]
type Triangles = npt.NDArray[np.int32]

MOST_PIECES = 24
_RESOLUTION = 30_000
"""Voxels of the decomposition."""
_METHOD = f"vhacd 0.1, {MOST_PIECES} pieces, {_RESOLUTION} voxels, fitted 1"
"""Names how pieces are made: those of another method are made anew."""
_FLAT = 0.01
"""Thickness of a piece that would have none, as a share of the mesh's size: sheets must not be endlessly thin."""
_LONGEST_EDGE = 0.06
"""Of the triangles that pieces are fitted to, as a share of the mesh's size."""
_CONVEX = 0.01
"""How far, as a share of its size, a mesh's surface may lie inside its hull to be taken for convex."""


def convex_pieces(vertices: Vertices, triangles: Triangles) -> tuple[FloatArray, ...]:
    """Cut the mesh of `vertices` (N, 3), metres, and `triangles` (M, 3).

    The result are points (P, 3) in the mesh's frame, of which the convex hulls together hold its surface, and no more
    than is needed. Takes seconds the first time that a mesh is met.
    """
    digest = hashlib.blake2b(_METHOD.encode(), digest_size=16)
    digest.update(vertices.tobytes())
    digest.update(triangles.tobytes())
    return cached_arrays(
        paths.cache_dir() / "pieces" / f"{digest.hexdigest()}.npz",
        lambda: _cut(vertices.astype(np.float64), triangles),
    )


def _cut(vertices: FloatArray, triangles: Triangles) -> tuple[FloatArray, ...]:
    size = float(np.ptp(vertices, axis=0).max())
    if _is_convex(vertices, triangles, size):
        return (_with_thickness(_thinned(vertices), size),)
    import vhacdx

    faces = np.column_stack([np.full(len(triangles), 3), triangles]).astype(np.uint32).ravel()
    rough = vhacdx.compute_vhacd(
        vertices / size,
        faces,
        maxConvexHulls=MOST_PIECES,
        resolution=_RESOLUTION,
        maxNumVerticesPerCH=32,
        asyncACD=False,
    )
    fine, centres = _fine(vertices, triangles, _LONGEST_EDGE * size)
    fitted = _fitted([np.asarray(points) * size for points, _ in rough], fine, centres)
    return tuple(_with_thickness(piece, size) for piece in fitted)


def _is_convex(vertices: FloatArray, triangles: Triangles, size: float) -> bool:
    """Whether every face lies, but for a little, on the plane that bounds the whole in the face's direction."""
    corners = vertices[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    seen = areas > 1e-9 * size * size
    normals = normals[seen] / areas[seen, None]
    at = (normals * corners[seen, 0]).sum(axis=1)
    outermost = _thinned(vertices)
    for start in range(0, len(normals), 4096):
        part = slice(start, start + 4096)
        if ((normals[part] @ outermost.T).max(axis=1) - at[part] > _CONVEX * size).any():
            return False
    return True


def _fine(vertices: FloatArray, triangles: Triangles, longest: float) -> tuple[FloatArray, FloatArray]:
    """The corners (M, 3, 3) and centres (M, 3) of the triangles, cut in half until no edge is longer than `longest`."""
    corners = vertices[triangles]
    done = []
    while len(corners):
        edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
        long = edges.max(axis=1) > longest
        done.append(corners[~long])
        corners, worst = corners[long], edges[long].argmax(axis=1)
        if len(corners) > 400_000:  # of enormous meshes; finer would take minutes
            done.append(corners)
            break
        a = np.take_along_axis(corners, worst[:, None, None].repeat(3, 2), 1)[:, 0]
        b = np.take_along_axis(corners, ((worst + 1) % 3)[:, None, None].repeat(3, 2), 1)[:, 0]
        c = np.take_along_axis(corners, ((worst + 2) % 3)[:, None, None].repeat(3, 2), 1)[:, 0]
        middle = (a + b) / 2
        corners = np.concatenate([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)])
    whole = np.concatenate(done)
    return whole, whole.mean(axis=1)


def _fitted(rough: list[FloatArray], corners: FloatArray, centres: FloatArray) -> list[FloatArray]:
    """Each piece with the triangles that lie in it or next to it: voxels end short of the surface."""
    distance = np.stack([_outside(piece, centres) for piece in rough])
    nearest = distance.argmin(axis=0)
    return [
        _thinned(np.concatenate([piece, corners[nearest == number].reshape(-1, 3)]))
        for number, piece in enumerate(rough)
    ]


_DIRECTIONS = np.array(
    [[x, y, z] for x in range(-3, 4) for y in range(-3, 4) for z in range(-3, 4) if (x, y, z) != (0, 0, 0)], np.float64
)
_DIRECTIONS /= np.linalg.norm(_DIRECTIONS, axis=1, keepdims=True)
_DIRECTIONS = np.unique(np.round(_DIRECTIONS, 12), axis=0)


def _outside(piece: FloatArray, points: FloatArray) -> FloatArray:
    """How far points (M, 3) lie beyond a convex piece, about; below 0 inside."""
    reach = (piece @ _DIRECTIONS.T).max(axis=0)
    result: FloatArray = (points @ _DIRECTIONS.T - reach).max(axis=1)
    return result


def _thinned(points: FloatArray) -> FloatArray:
    """Only the points that are outermost in one of many directions: the rest changes the hull by very little."""
    return points[np.unique((points @ _DIRECTIONS.T).argmax(axis=0))]


def _with_thickness(points: FloatArray, size: float) -> FloatArray:
    """The points, doubled along the directions in which they have no extent."""
    centred = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    for axis in axes.T:
        if np.ptp(centred @ axis) < _FLAT * size:
            shift = axis * _FLAT * size / 2
            points = np.concatenate([points - shift, points + shift])
    return points
