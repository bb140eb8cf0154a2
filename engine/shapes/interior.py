"""What rooms are built of: walls with openings, windows, doors, boards, curtains, pictures. Lengths in metres.

A wall and what hangs on it lie along x, from x = 0, its room on the side of +y, its foot on z = 0.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from engine.shapes.mesh import Polygon, Shape, joined, rounded_box, tube

type Measures = tuple[float, ...]

_CORNERS: tuple[Polygon, ...] = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


def block(low: tuple[float, float, float], high: tuple[float, float, float], slot: int = 0) -> Shape:
    """A box with sharp edges between two corners."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    flat = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    vertices = np.array([(x, y, z) for z in (z0, z1) for x, y in flat])
    return Shape(vertices, _CORNERS, (slot,) * 6, (vertices,))


def slab(measures: Measures) -> Shape:
    """A box of (length, width, height), from the origin into the positive directions: a floor, a ceiling, a pier."""
    length, width, height = measures
    return block((0.0, 0.0, 0.0), (length, width, height))


def board(measures: Measures) -> Shape:
    """As `slab`, with softened edges: a baseboard, a sill, a rug."""
    length, width, height = measures
    soft = 0.25 * min(length, width, height)
    return rounded_box((length, width, height), soft).moved((length / 2, width / 2, height / 2))


def wall(measures: Measures) -> Shape:
    """(length, height, thickness, then x0, x1, z0, z1 of each opening), the thickness towards -y."""
    length, height, thick = measures[:3]
    holes = list(itertools.batched(measures[3:], 4, strict=True))
    across = sorted({0.0, length, *(x for hole in holes for x in hole[:2])})
    up = sorted({0.0, height, *(z for hole in holes for z in hole[2:])})
    parts = [
        block((x0, -thick, z0), (x1, 0.0, z1))
        for x0, x1 in itertools.pairwise(across)
        for z0, z1 in itertools.pairwise(up)
        if not any(a <= x0 and x1 <= b and c <= z0 and z1 <= d for a, b, c, d in holes)
    ]
    return joined(parts)


def window(measures: Measures) -> Shape:
    """(width, height, depth, panes across) of a frame that fills an opening, without glass, and a sill before it."""
    width, height, depth, panes = measures
    bar = 0.055
    bars = [
        ((0.0, 0.0), (bar, height)),
        ((width - bar, 0.0), (width, height)),
        ((bar, 0.0), (width - bar, bar)),
        ((bar, height - bar), (width - bar, height)),
    ]
    for n in range(1, round(panes)):
        x = width * n / round(panes)
        bars.append(((x - 0.6 * bar, bar), (x + 0.6 * bar, height - bar)))
    y0, y1 = -0.6 * depth, -0.6 * depth + 0.06
    frame = [block((a, y0, b), (c, y1, d)) for (a, b), (c, d) in bars]
    sill = board((width + 0.1, 0.6 * depth + 0.05, 0.025)).moved((-0.05, -0.6 * depth, -0.025))
    return joined([*frame, sill])


def door(measures: Measures) -> Shape:
    """(width, height) of a closed door with its frame and handle. Slots: leaf and frame, handle."""
    width, height = measures
    frame = [
        board((0.07, 0.05, height + 0.07)).moved((-0.07, -0.03, 0.0)),
        board((0.07, 0.05, height + 0.07)).moved((width, -0.03, 0.0)),
        board((width, 0.05, 0.07)).moved((0.0, -0.03, height)),
    ]
    leaf = block((0.003, -0.04, 0.005), (width - 0.003, 0.0, height - 0.003))
    panels = [board((width - 0.3, 0.014, 0.36 * height)).moved((0.15, -0.002, z * height)) for z in (0.09, 0.53)]
    lever = np.array([[0.07, 0.0, 1.0], [0.07, 0.05, 1.0], [0.09, 0.06, 1.0], [0.19, 0.06, 1.0]])
    handle = tube(lever, 0.009, slot=1)
    return joined([*frame, leaf, *panels, handle])


def curtain(measures: Measures) -> Shape:
    """(width, height, depth of the folds, folds, phase): a hanging cloth."""
    width, height, depth, folds, phase = measures
    steps = 12 * max(round(folds), 1)
    t = np.linspace(0.0, 1.0, steps + 1)
    wave = np.sin(math.tau * (folds * t + phase)) + 0.3 * np.sin(math.tau * (2.3 * folds * t + 2 * phase))
    middle = np.column_stack([width * t, depth * wave / 2])
    thick = 0.004
    rings = [
        np.column_stack([middle[:, 0], middle[:, 1] + side * thick / 2, np.full(steps + 1, z)])
        for z in (0.0, height)
        for side in (-1, 1)
    ]
    n = steps + 1
    back, front, back_up, front_up = (k * n for k in range(4))
    polygons: list[Polygon] = []
    for i in range(steps):
        j = i + 1
        polygons.append((back + i, back + j, back_up + j, back_up + i))
        polygons.append((front + j, front + i, front_up + i, front_up + j))
        polygons.append((back + j, back + i, front + i, front + j))
        polygons.append((back_up + i, back_up + j, front_up + j, front_up + i))
    polygons.append((back, back_up, front_up, front))
    polygons.append((back + steps, front + steps, front_up + steps, back_up + steps))
    vertices = np.concatenate(rings)
    return Shape(vertices, tuple(polygons), (0,) * len(polygons), (vertices,))


def picture(measures: Measures) -> Shape:
    """(width, height, breadth of the frame): a framed picture. Slots: frame, picture, mount."""
    width, height, frame = measures
    deep = 0.02
    rails = [
        board((width, deep, frame)),
        board((width, deep, frame)).moved((0.0, 0.0, height - frame)),
        board((frame, deep, height - 2 * frame)).moved((0.0, 0.0, frame)),
        board((frame, deep, height - 2 * frame)).moved((width - frame, 0.0, frame)),
    ]
    inset = frame + 0.12 * min(width, height)
    mount = block((frame, 0.0, frame), (width - frame, 0.5 * deep, height - frame), 2)
    print_ = block((inset, 0.0, inset), (width - inset, 0.55 * deep, height - inset), 1)
    return joined([*rails, mount, print_])
