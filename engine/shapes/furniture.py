"""Furniture from a few measures, in metres. Each stands on z = 0 about the z axis, its back towards -y."""

from __future__ import annotations

import math

import numpy as np

from engine.shapes.interior import Measures, block
from engine.shapes.mesh import Shape, joined, lathe, rounded_box, tube

type Corner = tuple[float, float, float]


def _box(
    low: tuple[float, float, float], high: tuple[float, float, float], soft: float = 0.004, slot: int = 0
) -> Shape:
    """A box between two corners, its edges rounded by `soft`."""
    size = (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    middle = ((high[0] + low[0]) / 2, (high[1] + low[1]) / 2, (high[2] + low[2]) / 2)
    return rounded_box(size, min(soft, 0.3 * min(size)), slot=slot).moved(middle)


def table(measures: Measures) -> Shape:
    """(length, width, height, thickness of the top, thickness of the legs). Slots: top, legs."""
    length, width, height, top, leg = measures
    x, y = length / 2, width / 2
    plate = _box((-x, -y, height - top), (x, y, height), 0.006)
    inset = 0.04
    legs = [
        _box((cx - leg / 2, cy - leg / 2, 0.0), (cx + leg / 2, cy + leg / 2, height - top), 0.005, 1)
        for cx in (-x + inset + leg / 2, x - inset - leg / 2)
        for cy in (-y + inset + leg / 2, y - inset - leg / 2)
    ]
    low = height - top - 0.08
    rails = [
        block((-x + inset + leg, cy - 0.01, low), (x - inset - leg, cy + 0.01, height - top), 1)
        for cy in (-y + inset + leg / 2, y - inset - leg / 2)
    ]
    return joined([plate, *legs, *rails])


def chair(measures: Measures) -> Shape:
    """(width of the seat, its depth, its height, height of the back). Slots: seat and back, legs."""
    width, depth, seat, back = measures
    x, y, leg = width / 2, depth / 2, 0.035
    parts = [_box((-x, -y, seat - 0.035), (x, y, seat), 0.012)]
    for cx in (-x + leg, x - leg):
        parts.append(_box((cx - leg / 2, y - 1.5 * leg, 0.0), (cx + leg / 2, y - leg / 2, seat - 0.03), 0.006, 1))
        parts.append(_box((cx - leg / 2, -y, 0.0), (cx + leg / 2, -y + leg, back), 0.006, 1))
    for share in (0.55, 0.85):
        z = seat + share * (back - seat)
        parts.append(_box((-x + leg, -y + 0.005, z - 0.05), (x - leg, -y + 0.027, z + 0.05), 0.008))
    return joined(parts)


def shelf(measures: Measures) -> Shape:
    """(width, depth, height, boards between bottom and top): an open one with a back. One slot."""
    width, depth, height, boards = measures
    x, y, thick = width / 2, depth / 2, 0.022
    parts = [
        _box((-x, -y, 0.0), (-x + thick, y, height), 0.002),
        _box((x - thick, -y, 0.0), (x, y, height), 0.002),
        block((-x + thick, -y, 0.06), (x - thick, -y + 0.008, height - thick)),
    ]
    levels = np.linspace(0.06, height - thick, round(boards) + 2)
    parts += [block((-x + thick, -y + 0.008, z), (x - thick, y - 0.004, z + thick)) for z in levels.tolist()]
    return joined(parts)


def cupboard(measures: Measures) -> Shape:
    """(width, depth, height, doors). Slots: body and doors, handles."""
    width, depth, height, doors = measures
    x, y = width / 2, depth / 2
    parts = [
        block((-x + 0.02, -y, 0.0), (x - 0.02, y - 0.05, 0.07)),
        block((-x, -y, 0.07), (x, y - 0.02, height - 0.025)),
        _box((-x - 0.008, -y, height - 0.025), (x + 0.008, y + 0.006, height), 0.004),
    ]
    count = max(round(doors), 1)
    step = width / count
    for n in range(count):
        left = -x + n * step
        parts.append(_box((left + 0.003, y - 0.02, 0.08), (left + step - 0.003, y, height - 0.032), 0.003))
        at = left + (step - 0.06 if n % 2 == 0 else 0.06)
        middle = 0.6 * height
        bow = np.array([[at, y, middle - 0.06], [at, y + 0.03, middle - 0.05], [at, y + 0.03, middle + 0.05]])
        parts.append(tube(np.vstack([bow, [[at, y, middle + 0.06]]]), 0.006, slot=1))
    return joined(parts)


def sofa(measures: Measures) -> Shape:
    """(width, depth, height of the back). Slots: cloth, feet."""
    width, depth, high = measures
    x, y, arm = width / 2, depth / 2, 0.16
    parts = [
        _box((-x + arm, -y + 0.18, 0.10), (x - arm, y, 0.30), 0.03),
        _box((-x, -y, 0.10), (x, -y + 0.2, high), 0.07),
        _box((-x, -y + 0.1, 0.10), (-x + arm, y, 0.58), 0.06),
        _box((x - arm, -y + 0.1, 0.10), (x, y, 0.58), 0.06),
    ]
    seats = max(round((width - 2 * arm) / 0.75), 1)
    step = (width - 2 * arm) / seats
    for n in range(seats):
        left = -x + arm + n * step
        parts.append(_box((left + 0.004, -y + 0.17, 0.29), (left + step - 0.004, y + 0.01, 0.44), 0.05))
        parts.append(_box((left + 0.01, -y + 0.16, 0.43), (left + step - 0.01, -y + 0.34, high - 0.04), 0.06))
    feet = [(sx * (x - 0.08), sy * (y - 0.08)) for sx in (-1, 1) for sy in (-1, 1)]
    parts += [_box((cx - 0.02, cy - 0.02, 0.0), (cx + 0.02, cy + 0.02, 0.105), 0.004, 1) for cx, cy in feet]
    return joined(parts)


def pendant(measures: Measures) -> Shape:
    """(length of the cord, radius of the socket): what a lamp hangs by, from z = 0 downwards. Slots: one."""
    cord, radius = measures
    rose = lathe([(0.0, -0.03), (0.045, -0.025), (0.055, 0.0)], 24)
    socket = lathe([(0.0, -cord - 0.01), (radius, -cord), (radius, -cord + 0.04), (0.004, -cord + 0.055)], 24)
    line = tube(np.array([[0.0, 0.0, -0.02], [0.0, 0.0, -cord / 2], [0.0, 0.0, -cord + 0.05]]), 0.003, 8)
    return joined([rose, socket, line])


def standard_lamp(measures: Measures) -> Shape:
    """(height, radius of the shade): a foot, a pole and a shade that is open above and below. Slots: metal, shade."""
    height, radius = measures
    foot = lathe([(0.0, 0.0), (0.14, 0.0), (0.14, 0.012), (0.02, 0.03)], 32)
    pole = tube(np.array([[0.0, 0.0, 0.02], [0.0, 0.0, height / 2], [0.0, 0.0, height - 0.1]]), 0.011)
    shade = _sleeve(radius, 0.7 * radius, height - 0.3, height)
    return joined([foot, pole, shade])


def _sleeve(low_radius: float, high_radius: float, z0: float, z1: float, sides: int = 40) -> Shape:
    """A thin cone open at both ends, in slot 1."""
    angles = math.tau * np.arange(sides) / sides
    turn = np.column_stack([np.cos(angles), np.sin(angles)])
    thin = 0.002
    rings = [(low_radius, z0), (high_radius, z1), (high_radius - thin, z1), (low_radius - thin, z0)]
    vertices = np.concatenate([np.column_stack([r * turn, np.full(sides, z)]) for r, z in rings])
    polygons = tuple(
        (k * sides + i, k * sides + (i + 1) % sides, (k + 1) % 4 * sides + (i + 1) % sides, (k + 1) % 4 * sides + i)
        for k in range(4)
        for i in range(sides)
    )
    return Shape(vertices, polygons, (1,) * len(polygons), (vertices,))
