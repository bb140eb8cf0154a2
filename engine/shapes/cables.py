"""A coiled cable with a plug at each end. Traits are numbers in [0, 1)."""

from __future__ import annotations

import math

import numpy as np

from engine.shapes.household import Traits, between
from engine.shapes.mesh import FloatArray, Shape, joined, rotation_z, rounded_box, tube

_TURN = 28
"""Points of the path in one turn of the coil."""


def cable(traits: Traits) -> Shape:
    """A cable lying in a flat coil, 9 to 17 cm wide. Slots: the cable, the plugs, their contacts."""
    thick = between(0.0020, 0.0030, traits[0])
    radius, turns = between(0.045, 0.065, traits[1]), between(1.6, 2.8, traits[2])
    t = np.linspace(0.0, 1.0, int(_TURN * turns))
    angle = math.tau * (turns * t + traits[3])
    # No loop touches the next, however uneven they are.
    gap = max(0.4 * radius / turns, 2.6 * thick)
    uneven = 0.3 * (gap - 2 * thick) * np.sin(3.7 * angle + math.tau * traits[4])
    wide = 0.8 * radius + gap * turns * t + uneven
    path = np.column_stack([wide * np.cos(angle), wide * np.sin(angle), np.full(len(t), thick)])
    path = _with_leads(path, 0.03 + 0.03 * traits[5])
    body = tube(path, thick, 10, slot=0)
    plugs = [_plug(path[0], path[0] - path[1], thick), _plug(path[-1], path[-1] - path[-2], thick)]
    return joined([body, *plugs]).resting()


def _with_leads(path: FloatArray, length: float) -> FloatArray:
    """The path with its inner end turned to the coil's middle and its outer end led away from it."""
    start, end = path[0] - path[1], path[-1] - path[-2]
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    inwards = -path[0] * [1, 1, 0]
    wide = float(np.linalg.norm(inwards))
    bend = np.linspace(0.0, math.pi / 2, 7)[1:, None]
    turned = path[0] + 0.35 * wide * (start * np.sin(bend) + inwards / wide * (1 - np.cos(bend)))
    away = path[-1] + length * np.linspace(0.2, 1.0, 5)[:, None] * end
    return np.concatenate([turned[::-1], path, away])


def _plug(tip: FloatArray, out: FloatArray, thick: float) -> Shape:
    turn = rotation_z(math.degrees(math.atan2(out[1], out[0])))
    high = max(0.008, 2.4 * thick)
    case = rounded_box((0.024, 0.012, high), 0.002, slot=1).moved((0.010, 0.0, 0.0))
    contact = rounded_box((0.012, 0.009, 0.0035), 0.0006, steps=1, slot=2).moved((0.027, 0.0, 0.0))
    return joined([case, contact]).moved((float(tip[0]), float(tip[1]), high / 2), turn)
