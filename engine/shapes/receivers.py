"""What things are dropped into: an open cardboard box and a plastic bin. They stand on z = 0, their floor inside about
the z axis. Traits are (length, width, depth, wall), metres, of the room inside."""

from __future__ import annotations

import math

import numpy as np

from engine.shapes.household import Traits
from engine.shapes.mesh import FloatArray, Polygon, Shape, joined, rotation_x, rotation_z, rounded_box

SPLAY = 0.10
"""A bin is so much wider at its rim than at its floor, as a fraction of its depth, on each side."""


def open_box(traits: Traits) -> Shape:
    """A box whose four flaps are folded out. Slots: the card inside and outside."""
    length, width, depth, wall = traits[:4]
    high = depth + wall
    sides = [
        rounded_box((length + 2 * wall, wall, high), 0.3 * wall).moved((0.0, y * (width + wall) / 2, high / 2))
        for y in (-1, 1)
    ] + [rounded_box((wall, width, high), 0.3 * wall).moved((x * (length + wall) / 2, 0.0, high / 2)) for x in (-1, 1)]
    floor = rounded_box((length + wall, width + wall, wall), 0.2 * wall).moved((0.0, 0.0, wall / 2))
    reach = 0.42 * min(length, width)
    flaps = []
    for turn in range(4):
        across, out = (length, (width + wall) / 2) if turn % 2 == 0 else (width, (length + wall) / 2)
        flaps.append(_flap(across, reach, wall, out, high, 90.0 * turn))
    return joined([*sides, floor, *flaps])


def _flap(across: float, reach: float, wall: float, out: float, high: float, turn: float) -> Shape:
    """A flap at the rim of the side that faces -y, hanging out by 40 degrees below the horizontal, then turned."""
    plate = rounded_box((across * 0.98, reach, wall), 0.3 * wall).moved((0.0, -reach / 2, -wall / 2))
    hung = plate.moved((0.0, -out - wall / 2, high), rotation_x(40.0))
    return hung.moved((0.0, 0.0, 0.0), rotation_z(turn))


def bin_(traits: Traits) -> Shape:
    """A plastic bin with sloping sides, rounded corners and a rim. Slots: one."""
    length, width, depth, wall = traits[:4]
    corner = 0.12 * min(length, width)
    grow = SPLAY * depth
    lip = 2.2 * wall
    high = depth + wall
    # From the middle of the underside outside round the rim to the middle of the floor inside.
    stations = [
        (wall, -corner, 0.0),
        (wall, 0.0, 0.0),
        (wall + grow, 0.0, high - 2 * wall),
        (wall + grow + lip, 0.0, high - 2 * wall),
        (wall + grow + lip, 0.0, high - 0.4 * wall),
        (wall + grow + lip - 0.4 * wall, 0.0, high),
        (grow + 0.4 * wall, 0.0, high),
        (grow, 0.0, high - 0.4 * wall),
        (0.0, 0.0, wall),
        (0.0, -corner, wall),
    ]
    rings = [_rounded(length / 2 + g + c, width / 2 + g + c, max(corner + g + c, 1e-4), z) for g, c, z in stations]
    n = len(rings[0])
    polygons: list[Polygon] = [tuple(range(n - 1, -1, -1))]
    for k in range(len(rings) - 1):
        polygons += [(k * n + i, k * n + (i + 1) % n, (k + 1) * n + (i + 1) % n, (k + 1) * n + i) for i in range(n)]
    polygons.append(tuple((len(rings) - 1) * n + i for i in range(n)))
    pieces = [np.concatenate([rings[1], rings[8]])]
    step = n // 16
    for start in range(0, n, step):
        turn = [(start + i) % n for i in range(step + 1)]
        pieces.append(np.concatenate([rings[k][turn] for k in (1, 2, 7, 8)]))
        pieces.append(np.concatenate([rings[k][turn] for k in (2, 3, 4, 5, 6, 7)]))
    return Shape(np.concatenate(rings), tuple(polygons), (0,) * len(polygons), tuple(pieces))


def _rounded(half_x: float, half_y: float, radius: float, z: float) -> FloatArray:
    """A rectangle with round corners, anticlockwise, 32 points."""
    points = []
    for quarter, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        for i in range(8):
            a = math.pi / 2 * (quarter + i / 7)
            points.append(
                (sx * (half_x - radius) + radius * math.cos(a), sy * (half_y - radius) + radius * math.sin(a))
            )
    return np.column_stack([np.array(points), np.full(32, z)])
