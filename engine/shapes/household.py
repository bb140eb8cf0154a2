"""Packets, bottles, cans, bowls and books, resting as they would on a table. Traits are numbers in [0, 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.shapes.mesh import Point2, Shape, joined, lathe, rounded_box, shell

type Traits = Sequence[float]


def between(low: float, high: float, trait: float) -> float:
    """The number so far from `low` to `high`."""
    return low + (high - low) * trait


def packet(traits: Traits) -> Shape:
    """A cardboard packet, 5 to 20 cm, with a strip of tape or a printed panel. Slots: the card, the print."""
    size = (between(0.05, 0.16, traits[0]), between(0.04, 0.12, traits[1]), between(0.03, 0.20, traits[2] ** 1.5))
    body = rounded_box(size, 0.0012, slot=0)
    thin = 0.0008
    if traits[3] < 0.5:  # tape over the lid and down two sides
        width = 0.3 * size[1]
        strip = rounded_box((size[0] + thin, width, size[2] + thin), 0.0012, slot=1)
        # Its lower half ends half-way down the sides.
        return joined([body, _cut(strip, size, traits[4])]).resting()
    high, wide = between(0.3, 0.7, traits[4]) * size[2], between(0.5, 0.85, traits[5]) * size[0]
    panel = rounded_box((wide, size[1] + thin, high), 0.0003, steps=1, slot=1)
    top = rounded_box((wide, 0.6 * size[1], size[2] + thin), 0.0003, steps=1, slot=1)
    return joined([body, panel, top]).resting()


def _cut(strip: Shape, size: tuple[float, float, float], trait: float) -> Shape:
    """A band round a packet whose lower end is drawn up inside it, so that only part of the sides is taped."""
    vertices = strip.vertices.copy()
    lower = vertices[:, 2] < 0
    vertices[lower, 2] += between(0.5, 0.8, trait) * size[2]
    return Shape(vertices, strip.polygons, strip.slots, (vertices,))


def bottle(traits: Traits) -> Shape:
    """A plastic bottle with a label and a screwed cap, 12 to 25 cm. Slots: the bottle, the cap, the label."""
    radius, height = between(0.024, 0.040, traits[0]), between(0.12, 0.25, traits[1])
    neck = radius * between(0.32, 0.5, traits[2])
    shoulder = height * between(0.60, 0.78, traits[3])
    cap = 0.016
    rise = height - cap - shoulder
    foot = 0.12 * radius
    slope = [
        (neck + (radius - neck) * 0.5 * (1 + math.cos(math.pi * t)), shoulder + rise * 0.72 * t)
        for t in np.linspace(0, 1, 9)
    ]
    low, high = 0.16 * height, shoulder * between(0.75, 0.92, traits[4])
    paper = radius + 0.0003
    profile: list[Point2] = [
        (radius - foot, 0.0),
        (radius - 0.3 * foot, 0.2 * foot),
        (radius, foot),
        (radius, low),
        (paper, low + 0.0003),
        (paper, high),
        (radius, high + 0.0003),
        *slope,
        (neck, height - cap),
        (neck + 0.003, height - cap + 0.0004),
        (neck + 0.003, height - 0.0012),
        (neck + 0.0018, height),
    ]
    slots = [0] * (len(profile) - 1)
    slots[4] = 2
    slots[-3:] = [1, 1, 1]
    first = 7  # the slope's first point
    stacks = [(0, first), *((first + i, first + i + 2) for i in range(0, 8, 2)), (len(profile) - 5, len(profile) - 1)]
    return lathe(profile, 48, slots, stacks)


def can(traits: Traits) -> Shape:
    """A tin with seamed rims, 4 to 15 cm. Slots: the printed or bare wall, the metal ends."""
    radius = between(0.026, 0.050, traits[0])
    height = radius * between(1.1, 3.2, traits[1])
    seam = 0.0022
    profile: list[Point2] = [
        (radius - 0.004, 0.0015),
        (radius - 0.002, 0.0),
        (radius + 0.0006, 0.0004),
        (radius + 0.0006, seam),
        (radius - 0.0006, seam + 0.0012),
        (radius - 0.0006, height - seam - 0.0012),
        (radius + 0.0006, height - seam),
        (radius + 0.0006, height - 0.0004),
        (radius - 0.002, height),
        (radius - 0.004, height - 0.003),
    ]
    return lathe(profile, 48, [1, 1, 1, 1, 0, 1, 1, 1, 1])


def bowl(traits: Traits) -> Shape:
    """A bowl on a foot ring, 10 to 18 cm wide. Slots: the outside, the inside."""
    radius = between(0.05, 0.09, traits[0])
    depth = radius * between(0.55, 1.0, traits[1])
    wall = between(0.003, 0.005, traits[2])
    foot = radius * between(0.35, 0.5, traits[3])
    bulge = between(0.45, 0.75, traits[4])
    steps = np.linspace(0.0, 1.0, 9)
    outside: list[Point2] = [
        (foot + (radius - foot) * math.sin(math.pi / 2 * t) ** bulge, depth * t**1.6) for t in steps
    ]
    outside = [(0.0, 0.0), *outside[:-1], (radius, depth - wall / 2)]
    inner = []
    for k in range(1, len(outside) - 1):
        (r0, z0), (r1, z1) = outside[k], outside[k + 1]
        length = math.hypot(r1 - r0, z1 - z0) or 1.0
        inner.append((max(r0 - wall * (z1 - z0) / length, 0.001), z0 + wall * max((r1 - r0) / length, 0.3)))
    lowest = inner[0][1] if inner else wall
    inside = [(radius - wall * 0.9, depth), *reversed(inner), (0.0, lowest)]
    return shell(outside, inside, 48, (0, 1)).resting()


def book(traits: Traits) -> Shape:
    """A bound book, lying. Slots: the cover, the pages."""
    height, width = between(0.15, 0.26, traits[0]), between(0.62, 0.78, traits[1])
    width *= height
    thick = between(0.010, 0.045, traits[2])
    board, over = 0.0022, 0.0032
    boards = [
        rounded_box((height, width, board), 0.0007, slot=0).moved((0.0, 0.0, board / 2)),
        rounded_box((height, width, board), 0.0007, slot=0).moved((0.0, 0.0, thick - board / 2)),
    ]
    spine = rounded_box((height, board, thick), 0.001, slot=0).moved((0.0, -width / 2 + board / 2, thick / 2))
    pages = rounded_box((height - 2 * over, width - over - board, thick - 2 * board), 0.0004, steps=1, slot=1)
    block = pages.moved((0.0, board / 2 - over / 2, thick / 2))
    whole = joined([*boards, spine, block])
    return Shape(whole.vertices, whole.polygons, whole.slots, (np.concatenate([s.vertices for s in (*boards, spine)]),))
