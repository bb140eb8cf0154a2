"""Hand tools, lying on a table. Traits are numbers in [0, 1)."""

from __future__ import annotations

import math

import numpy as np

from engine.shapes.household import Traits, between
from engine.shapes.mesh import LYING, Point2, Shape, joined, lathe, prism, rotation_x, rotation_z, rounded_box

SORTS = ("screwdriver", "hammer", "spanner")


def sort_of(traits: Traits) -> str:
    """Which tool these traits make."""
    return SORTS[int(traits[0] * len(SORTS))]


def tool(traits: Traits) -> Shape:
    """A screwdriver, a hammer or a spanner. Slots: the handle (of a spanner all), the metal."""
    make = {"screwdriver": _screwdriver, "hammer": _hammer, "spanner": _spanner}
    return make[sort_of(traits)](traits).resting()


def _screwdriver(traits: Traits) -> Shape:
    grip, blade = between(0.08, 0.11, traits[1]), between(0.06, 0.14, traits[2])
    thick = between(0.011, 0.016, traits[3])
    handle: list[Point2] = [
        (0.45 * thick, 0.0),
        (0.85 * thick, 0.004),
        (thick, 0.014),
        (0.92 * thick, 0.45 * grip),
        (thick, 0.72 * grip),
        (0.62 * thick, 0.84 * grip),
        (0.78 * thick, 0.95 * grip),
        (0.55 * thick, grip),
    ]
    held = lathe(handle, 36, 0, [(0, 4), (4, 7)])
    angle = np.arctan2(held.vertices[:, 1], held.vertices[:, 0])
    middle = (held.vertices[:, 2] > 0.012) & (held.vertices[:, 2] < 0.74 * grip)
    flutes = np.where(middle, 1 - 0.09 * np.cos(3 * angle) ** 2, 1.0)
    grooved = held.vertices * np.column_stack([flutes, flutes, np.ones(len(flutes))])
    held = Shape(grooved, held.polygons, held.slots, held.pieces)
    rod = between(0.0025, 0.0038, traits[4])
    shaft = lathe([(rod, grip - 0.004), (rod, grip + blade), (0.55 * rod, grip + blade + 0.008)], 16, 1)
    return joined([held, shaft]).moved((0.0, 0.0, 0.0), LYING)


def _hammer(traits: Traits) -> Shape:
    length, thick = between(0.22, 0.30, traits[1]), between(0.011, 0.014, traits[2])
    profile = [
        (thick * (0.72 + 0.28 * math.cos(math.tau * (0.06 + 0.62 * t)) ** 2), length * t) for t in np.linspace(0, 1, 13)
    ]
    handle = lathe([(0.6 * thick, -0.004), *profile], 28, 0, [(0, 4), (4, 9), (9, 13)])
    oval = np.array([1.25, 0.9, 1.0])
    handle = Shape(handle.vertices * oval, handle.polygons, handle.slots, tuple(p * oval for p in handle.pieces))
    head = between(0.085, 0.11, traits[3])
    body = rounded_box((0.55 * head, 0.024, 0.026), 0.004, slot=1).moved((0.0, 0.0, length - 0.012))
    neck = lathe(
        [(0.010, 0.0), (0.0085, 0.10 * head), (0.0125, 0.13 * head), (0.0125, 0.26 * head), (0.0112, 0.28 * head)],
        24,
        1,
        [(0, 1), (2, 4)],
    )
    face = neck.moved((0.27 * head, 0.0, length - 0.012), LYING)
    x, h = 0.26 * head, 0.022
    # The peen: a wedge behind the head, sharp across the handle.
    wedge = prism(
        [(0.0, -h / 2), (0.0, h / 2), (-0.3 * head, 0.0025), (-0.3 * head, -0.0025)][::-1],
        0.022,
        0.0012,
        [(0, 1, 2, 3)],
    ).in_slot(1)
    peen = wedge.moved((-x, 0.011, length - 0.012), rotation_x(90))
    return joined([handle, body, face, peen]).moved((0.0, 0.0, 0.0), rotation_x(90) @ LYING)


def _spanner(traits: Traits) -> Shape:
    length, jaw = between(0.13, 0.20, traits[1]), between(0.010, 0.016, traits[2])
    thick = between(0.005, 0.0075, traits[3])
    ends = [_open_end(jaw, thick, length), _ring_end(0.85 * jaw, thick)]
    shank = rounded_box((length - 1.9 * jaw, 0.75 * jaw, 0.72 * thick), 0.0016).moved((length / 2, 0.0, thick / 2))
    return joined([*ends, shank]).in_slot(1)


def _open_end(jaw: float, thick: float, x: float) -> Shape:
    """The fork at the end x, open away from the shank, turned by 15 degrees as spanners are."""
    outer, half = 1.15 * jaw, 0.52 * jaw
    arc = np.radians(np.linspace(38, 322, 25))
    rim = [(outer * math.cos(a), outer * math.sin(a)) for a in arc]
    slot = [(rim[-1][0], -half), (-0.35 * jaw, -half), (-0.35 * jaw, half), (rim[0][0], half)]
    outline = [*rim, *slot]
    n = len(rim)
    back = [i for i, (px, _) in enumerate(rim) if px <= -0.35 * jaw]
    first, last = back[0], back[-1]
    parts = [
        [n + 3, *range(first + 1), n + 2],
        [*range(first, last + 1), n + 1, n + 2],
        [*range(last, n), n, n + 1],
    ]
    return prism(outline, thick, 0.0008, parts).moved((x, 0.0, 0.0), rotation_z(15.0))


def _ring_end(jaw: float, thick: float) -> Shape:
    """The closed end about the origin: a ring."""
    low, high = 0.0, thick
    outer, inner, bevel = 1.25 * jaw, 0.72 * jaw, 0.0008
    around = [
        (inner + bevel, low),
        (outer - bevel, low),
        (outer, low + bevel),
        (outer, high - bevel),
        (outer - bevel, high),
        (inner + bevel, high),
        (inner, high - bevel),
        (inner, low + bevel),
    ]
    sides = 32
    angles = math.tau * np.arange(sides) / sides
    vertices = np.array([[r * math.cos(a), r * math.sin(a), z] for r, z in around for a in angles])
    k = len(around)
    polygons = tuple(
        (s * sides + i, s * sides + (i + 1) % sides, (s + 1) % k * sides + (i + 1) % sides, (s + 1) % k * sides + i)
        for s in range(k)
        for i in range(sides)
    )
    pieces = tuple(
        np.array([[r * math.cos(a), r * math.sin(a), z] for r, z in around for a in [*angles, 0.0][w : w + 5]])
        for w in range(0, sides, 4)
    )
    return Shape(vertices, polygons, (0,) * len(polygons), pieces)
