"""Fruit-like shapes. Traits are numbers in [0, 1)."""

from __future__ import annotations

import math

import numpy as np

from engine.shapes.household import Traits, between
from engine.shapes.mesh import LYING, FloatArray, Point2, Shape, joined, lathe, tube

SORTS = ("apple", "orange", "lemon", "pear", "banana")
_RINGS = 22


def sort_of(traits: Traits) -> str:
    """Which fruit these traits make."""
    return SORTS[int(traits[0] * len(SORTS))]


def fruit(traits: Traits) -> Shape:
    """An apple, orange, lemon, pear or banana in its usual size. Slots: the skin, the stem or the ends."""
    make = {"apple": _apple, "orange": _orange, "lemon": _lemon, "pear": _pear, "banana": _banana}
    return make[sort_of(traits)](traits).resting()


def _turned(profile: list[Point2], traits: Traits, unevenness: float) -> Shape:
    """What a profile makes that is lobed a little, as no fruit is quite round; one convex piece."""
    body = lathe(profile, 40)
    angle = np.arctan2(body.vertices[:, 1], body.vertices[:, 0])
    lobes = 2 + int(traits[4] * 4)
    factor = 1 + unevenness * np.cos(lobes * angle + math.tau * traits[5])
    vertices = body.vertices * np.column_stack([factor, factor, np.ones(len(factor))])
    return Shape(vertices, body.polygons, body.slots, (vertices,))


def _stem(base: tuple[float, float, float], length: float, lean: float, radius: float) -> Shape:
    t = np.linspace(0.0, 1.0, 6)
    path = np.column_stack([base[0] + lean * length * t**2, np.full(6, base[1]), base[2] + length * t])
    return tube(path, radius, 8, slot=1)


def _apple(traits: Traits) -> Shape:
    radius, tall = between(0.032, 0.042, traits[1]), between(0.86, 1.02, traits[2])
    # A cardioid-like profile has a dimple at both ends, deeper on top.
    profile = []
    for a in np.linspace(-math.pi / 2, math.pi / 2, _RINGS):
        r = radius * math.cos(a) * (1 + 0.10 * math.sin(a))
        dimple = 0.30 * math.exp(-((r / (0.36 * radius)) ** 2)) * (1.0 if a > 0 else 0.55)
        profile.append(
            (r if abs(a) < math.pi / 2 - 1e-9 else 0.0, radius * tall * (math.sin(a) - math.sin(a) * dimple))
        )
    body = _turned(profile, traits, 0.022)
    top = float(profile[-1][1])
    return joined([body, _stem((0.0, 0.0, top - 0.002), 0.014, between(-0.5, 0.5, traits[3]), 0.0012)])


def _orange(traits: Traits) -> Shape:
    radius, tall = between(0.033, 0.043, traits[1]), between(0.90, 0.98, traits[2])
    angles = np.linspace(-math.pi / 2, math.pi / 2, _RINGS)
    profile = [
        (max(radius * math.cos(a), 0.0) if 0 < i < _RINGS - 1 else 0.0, radius * tall * math.sin(a))
        for i, a in enumerate(angles)
    ]
    body = _turned(profile, traits, 0.008)
    navel = lathe([(0.0035, -0.001), (0.0035, 0.0004), (0.002, 0.0010)], 16, 1)
    return joined([body, navel.moved((0.0, 0.0, radius * tall))])


def _lemon(traits: Traits) -> Shape:
    radius, tall = between(0.026, 0.031, traits[1]), between(1.15, 1.35, traits[2])
    profile = []
    for i, a in enumerate(np.linspace(-math.pi / 2, math.pi / 2, _RINGS)):
        s = math.sin(a)
        nipple = 0.18 * abs(s) ** 9 * (1.0 if s > 0 else 0.5)
        profile.append(
            (radius * math.cos(a) ** 0.9 if 0 < i < _RINGS - 1 else 0.0, radius * tall * (s + math.copysign(nipple, s)))
        )
    return _on_its_side(_turned(profile, traits, 0.015))


def _pear(traits: Traits) -> Shape:
    radius, tall = between(0.030, 0.037, traits[1]), between(1.45, 1.75, traits[2])
    profile = []
    for i, a in enumerate(np.linspace(-math.pi / 2, math.pi / 2, _RINGS)):
        s = math.sin(a)
        slim = 1.0 - 0.42 / (1 + math.exp(-7 * (s - 0.25)))
        profile.append(
            (
                radius * math.cos(a) * slim if 0 < i < _RINGS - 1 else 0.0,
                radius * tall * (0.5 * s + 0.5 * s * abs(s) ** 0.5),
            )
        )
    body = _turned(profile, traits, 0.015)
    half = len(body.vertices) // 2
    order = np.argsort(body.vertices[:, 2], kind="stable")
    pieces = (body.vertices[order[: half + 40]], body.vertices[order[half - 40 :]])
    body = Shape(body.vertices, body.polygons, body.slots, pieces)
    stem = _stem((0.0, 0.0, float(profile[-1][1]) - 0.002), 0.018, between(-0.6, 0.6, traits[3]), 0.0014)
    return joined([body, stem])


def _banana(traits: Traits) -> Shape:
    length, bend = between(0.15, 0.20, traits[1]), between(0.9, 1.5, traits[2])
    thick = between(0.015, 0.019, traits[3])
    arc = length / bend
    rings, sides = 21, 20
    angles = math.tau * np.arange(sides) / sides
    rows: list[FloatArray] = []
    for k in range(rings):
        t = k / (rings - 1)
        taper = min(1.0, 0.30 + 4.0 * t if t < 0.18 else 0.25 + 5.0 * (1 - t))
        taper = 0.30 + 0.70 * math.sin(math.pi / 2 * min(1.0, max(0.0, (taper - 0.30) / 0.70)))
        around = bend * (t - 0.5)
        section = thick * taper * (1 + 0.05 * np.cos(5 * angles))
        out = arc + section * np.cos(angles)
        rows.append(np.column_stack([out * math.sin(around), out * math.cos(around) - arc, section * np.sin(angles)]))
    cells = [
        (k * sides + i, k * sides + (i + 1) % sides, (k + 1) * sides + (i + 1) % sides, (k + 1) * sides + i)
        for k in range(rings - 1)
        for i in range(sides)
    ]
    ends = [tuple(range(sides - 1, -1, -1)), tuple(range((rings - 1) * sides, rings * sides))]
    polygons = (*cells, *ends)
    slots = (*(1 if k in (0, rings - 2) else 0 for k in range(rings - 1) for _ in range(sides)), 1, 1)
    pieces = tuple(np.concatenate(rows[k : k + 5]) for k in range(0, rings - 4, 4))
    return Shape(np.concatenate(rows), polygons, slots, pieces)


def _on_its_side(shape: Shape) -> Shape:
    return shape.moved((0.0, 0.0, 0.0), LYING)
