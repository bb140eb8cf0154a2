"""Meshes as arrays, put together from a few ways to make solids. numpy only; metres, z up, right handed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

type FloatArray = npt.NDArray[np.float64]
type Point2 = tuple[float, float]
type Polygon = tuple[int, ...]

_WEDGES = 16
_STRETCHES = 3
"""Of a vessel's profile in one wedge."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A closed surface in convex polygons, and what stands for it in collisions."""

    vertices: FloatArray
    """(N, 3)"""
    polygons: tuple[Polygon, ...]
    """Indices into `vertices`, anticlockwise from outside."""
    slots: tuple[int, ...]
    """The material slot of each polygon."""
    pieces: tuple[FloatArray, ...]
    """Points, (P, 3) each, whose convex hulls together are the solid."""

    def triangles(self) -> npt.NDArray[np.int32]:
        """(M, 3) indices into `vertices`: each polygon as a fan."""
        fans = [(p[0], p[i], p[i + 1]) for p in self.polygons for i in range(1, len(p) - 1)]
        return np.array(fans, np.int32)

    def moved(self, offset: tuple[float, float, float], rotation: FloatArray | None = None) -> Shape:
        """The shape turned by `rotation` (3, 3), then moved by `offset`."""
        turn = np.eye(3) if rotation is None else rotation
        pieces = tuple(piece @ turn.T + offset for piece in self.pieces)
        return Shape(self.vertices @ turn.T + offset, self.polygons, self.slots, pieces)

    def in_slot(self, slot: int) -> Shape:
        """The shape with all of its surface in one material slot."""
        return Shape(self.vertices, self.polygons, (slot,) * len(self.polygons), self.pieces)

    def resting(self) -> Shape:
        """The shape moved so that the middle of its box is on the z axis and its lowest point at z = 0."""
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        return self.moved((-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2]))


def joined(shapes: Sequence[Shape]) -> Shape:
    """Several shapes as one."""
    starts = np.cumsum([0, *(len(shape.vertices) for shape in shapes)])
    return Shape(
        np.concatenate([shape.vertices for shape in shapes]),
        tuple(tuple(i + int(s) for i in p) for shape, s in zip(shapes, starts, strict=False) for p in shape.polygons),
        tuple(slot for shape in shapes for slot in shape.slots),
        tuple(piece for shape in shapes for piece in shape.pieces),
    )


def rotation_x(degrees: float) -> FloatArray:
    """The rotation (3, 3) about the x axis."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def rotation_z(degrees: float) -> FloatArray:
    """The rotation (3, 3) about the z axis."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


LYING = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""Turns +z to +x: what was made upright lies along x."""


def rounded_box(size: tuple[float, float, float], radius: float, steps: int = 2, slot: int = 0) -> Shape:
    """A box of `size` about the origin whose edges are rounded with `radius`, in `steps` of an eighth turn."""
    half = np.array(size) / 2
    radius = min(radius, 0.999 * float(half.min()))
    corners, outwards, polygons = _rounding(steps)
    vertices = corners * (half - radius) + radius * outwards
    return Shape(vertices, polygons, (slot,) * len(polygons), (vertices,))


@cache
def _rounding(steps: int) -> tuple[FloatArray, FloatArray, tuple[Polygon, ...]]:
    """For each vertex of a rounded box its corner of the cube from -1 to 1, and the unit vector away from there; the
    polygons."""
    angles = np.linspace(0.0, math.pi / 4, steps + 1)
    # Along an edge of a face: the tangents of the way out from its rounded margin, and which corner they belong to.
    tangents = np.concatenate([-np.tan(angles[::-1]), np.tan(angles)])
    sides = np.concatenate([-np.ones(steps + 1), np.ones(steps + 1)])
    n = len(tangents)
    u, v = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    cells = [
        (i * n + j, (i + 1) * n + j, (i + 1) * n + j + 1, i * n + j + 1) for i in range(n - 1) for j in range(n - 1)
    ]
    outwards: list[FloatArray] = []
    corners: list[FloatArray] = []
    polygons: list[Polygon] = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            out = np.empty((n * n, 3))
            corner = np.empty((n * n, 3))
            a, b = (axis + 1) % 3, (axis + 2) % 3
            out[:, axis], out[:, a], out[:, b] = sign, tangents[u.ravel()], tangents[v.ravel()]
            corner[:, axis], corner[:, a], corner[:, b] = sign, sides[u.ravel()], sides[v.ravel()]
            outwards.append(out / np.linalg.norm(out, axis=1, keepdims=True))
            corners.append(corner)
            start = len(polygons) // len(cells) * n * n
            polygons += [tuple(start + i for i in (cell if sign > 0 else cell[::-1])) for cell in cells]
    outward, corner = np.concatenate(outwards), np.concatenate(corners)
    first, merged = _welding(corner + outward, polygons)
    return corner[first], outward[first], tuple(merged)


def lathe(
    profile: Sequence[Point2],
    sides: int = 48,
    slots: Sequence[int] | int = 0,
    stacks: Sequence[tuple[int, int]] | None = None,
) -> Shape:
    """The solid that `profile`, points (radius, z), makes when it turns about z.

    The profile runs from the bottom of the axis outside to its top; where an end is off the axis it is closed flat.
    `slots` holds the material slot of each stretch of the profile. `stacks` holds first and last point of each part of
    the profile that is convex by itself, when the whole is not.
    """
    angles = math.tau * np.arange(sides) / sides
    count = len(profile)
    vertices = np.array([[r * math.cos(a), r * math.sin(a), z] for r, z in profile for a in angles])
    named = [slots] * (count - 1) if isinstance(slots, int) else list(slots)
    polygons: list[Polygon] = []
    owners: list[int] = []
    for k in range(count - 1):
        low, high = k * sides, (k + 1) * sides
        for i in range(sides):
            j = (i + 1) % sides
            polygons.append((low + i, low + j, high + j, high + i))
            owners.append(named[k])
    if profile[0][0] > 0:
        polygons.append(tuple(range(sides - 1, -1, -1)))
        owners.append(named[0])
    if profile[-1][0] > 0:
        polygons.append(tuple(range((count - 1) * sides, count * sides)))
        owners.append(named[-1])
    welded, kept = _welded(vertices, polygons)
    pieces = tuple(vertices[a * sides : (b + 1) * sides] for a, b in stacks or [(0, count - 1)])
    owners = [owner for owner, polygon in zip(owners, kept, strict=True) if len(polygon) > 2]
    return Shape(welded, tuple(p for p in kept if len(p) > 2), tuple(owners), tuple(_distinct(p) for p in pieces))


def shell(outside: Sequence[Point2], inside: Sequence[Point2], sides: int = 48, slots: Sequence[int] = (0, 0)) -> Shape:
    """A vessel: the outside from the axis to the rim and the inside from the rim to the axis, (radius, z) each.

    Both profiles have equally many points. In collisions it is hollow: a floor, and rings of wedges between stretches
    of the profiles that face each other.
    """
    count = len(outside)
    named = [slots[0]] * count + [slots[1]] * (count - 1)
    surface = lathe([*outside, *inside], sides, named)
    pieces = []
    angles = np.linspace(0.0, math.tau, sides + 1)
    starts = [0, *range(1, count - 1, _STRETCHES), count - 1]
    for first, last in itertools.pairwise(starts):
        section = [*outside[first : last + 1], *inside[count - 1 - last : count - first]]
        if first == 0:  # the floor
            pieces.append(np.array([[r * math.cos(a), r * math.sin(a), z] for r, z in section for a in angles[:-1]]))
            continue
        for w in range(0, sides, sides // _WEDGES):
            turn = angles[w : w + sides // _WEDGES + 1]
            pieces.append(np.array([[r * math.cos(a), r * math.sin(a), z] for r, z in section for a in turn]))
    return Shape(surface.vertices, surface.polygons, surface.slots, tuple(_distinct(piece) for piece in pieces))


def tube(path: FloatArray, radius: float, sides: int = 10, slot: int = 0) -> Shape:
    """A round bar along `path` (K, 3), closed at both ends, its section carried along without twist."""
    forward = np.gradient(path, axis=0)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    side = np.cross(forward[0], [0.0, 0.0, 1.0] if abs(forward[0][2]) < 0.9 else [1.0, 0.0, 0.0])
    angles = math.tau * np.arange(sides) / sides
    rings = []
    for point, ahead in zip(path, forward, strict=True):
        side = side - ahead * (side @ ahead)
        side /= np.linalg.norm(side)
        over = np.cross(ahead, side)
        rings.append(point + radius * (np.outer(np.cos(angles), side) + np.outer(np.sin(angles), over)))
    polygons: list[Polygon] = [tuple(range(sides - 1, -1, -1))]
    for k in range(len(path) - 1):
        for i in range(sides):
            j = (i + 1) % sides
            polygons.append((k * sides + i, k * sides + j, (k + 1) * sides + j, (k + 1) * sides + i))
    polygons.append(tuple(range((len(path) - 1) * sides, len(path) * sides)))
    pieces = tuple(np.concatenate(rings[k : k + 3]) for k in range(0, len(path) - 1, 2))
    return Shape(np.concatenate(rings), tuple(polygons), (slot,) * len(polygons), pieces)


def prism(outline: Sequence[Point2], thickness: float, bevel: float, parts: Sequence[Sequence[int]]) -> Shape:
    """A plate between z = 0 and `thickness` with an `outline` anticlockwise, (x, y), its edges bevelled by `bevel`.

    `parts` are convex polygons of indices into the outline that together make it up.
    """
    points = np.array(outline)
    ahead = np.roll(points, -1, axis=0) - points
    normals = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    corner = normals + np.roll(normals, 1, axis=0)
    inward = -bevel * corner / np.maximum((corner * normals).sum(axis=1, keepdims=True), 0.5)
    n = len(points)
    levels = [(inward, 0.0), (np.zeros_like(inward), bevel), (np.zeros_like(inward), thickness - bevel)]
    levels.append((inward, thickness))
    rings = [np.column_stack([points + shift, np.full(n, z)]) for shift, z in levels]
    polygons: list[Polygon] = []
    for k in range(3):
        polygons += [(k * n + i, k * n + (i + 1) % n, (k + 1) * n + (i + 1) % n, (k + 1) * n + i) for i in range(n)]
    for part in parts:
        polygons.append(tuple(3 * n + i for i in part))
        polygons.append(tuple(reversed(part)))
    pieces = tuple(np.concatenate([ring[list(part)] for ring in rings]) for part in parts)
    return Shape(np.concatenate(rings), tuple(polygons), (0,) * len(polygons), pieces)


def _welded(vertices: FloatArray, polygons: Sequence[Polygon]) -> tuple[FloatArray, list[Polygon]]:
    """Vertices in one place made one, and the polygons without corners that thereby fell together."""
    first, merged = _welding(vertices, polygons)
    return vertices[first], merged


def _welding(vertices: FloatArray, polygons: Sequence[Polygon]) -> tuple[npt.NDArray[np.intp], list[Polygon]]:
    """Which vertices are left, and the polygons of them."""
    _, first, names = np.unique(np.round(vertices, 9) + 0.0, axis=0, return_index=True, return_inverse=True)
    numbers = names.ravel().tolist()
    merged = []
    for polygon in polygons:
        corners = [numbers[i] for i in polygon]
        merged.append(tuple(c for c, after in zip(corners, corners[1:] + corners[:1], strict=True) if c != after))
    return first, merged


def _distinct(points: FloatArray) -> FloatArray:
    return np.unique(np.round(points, 9), axis=0)
