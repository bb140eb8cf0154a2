"""Patterns on the mug, printed or in the glaze, as shader graphs.

Printed patterns (stripes, dots, checks, waves, band) lie on the outer wall and repeat a whole number of times round
it, so that they close; glazes (speckled, two-tone) are cut from solid noise and run over rim and handle without a
seam. All follow object coordinates: every instance of a mesh looks the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from engine.blender.cup import DEFAULT_SHAPE, REGION_ATTRIBUTE, Region
from engine.blender.nodes import Graph, Socket, Value, linear, offset
from engine.frame.looks_spec import CupLook

TURN = 2.0 * math.pi * DEFAULT_SHAPE.radius
"""The outer wall's circumference, metres."""

EDGE = 0.00022
"""Width over which a print's edge fades, metres."""

GAP = 0.0135
"""From the handle's plane to where a print begins, metres along the wall."""

MARGIN = 0.007
"""From foot and rim to a print, metres."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What a pattern does to the glaze."""

    color: Socket
    """Linear colour."""

    height: Value
    """0 (the bare glaze) to 1 (raised by the full bump)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the mug a point lies."""

    position: Socket
    """Object coordinates, metres."""

    turn: Socket
    """-0.5 to 0.5 turns from the handle."""

    height: Socket
    """Metres above the foot."""

    outside: Socket
    """1 on the outer wall, 0 inside, below and on the handle."""


def place_on_cup(g: Graph) -> Place:
    """The nodes that tell where on the mug a point lies."""
    position = g.object_position()
    x, y, z = g.separate(position)
    turn = g.multiply(g.math("ARCTAN2", y, x), 1.0 / (2.0 * math.pi))
    region = g.node("ShaderNodeAttribute", attribute_name=REGION_ATTRIBUTE).outputs["Factor"]
    outside = g.math("LESS_THAN", region, Region.BODY + 0.5)
    return Place(position, turn, z, outside)


def pattern(g: Graph, at: Place, spec: CupLook) -> Surface:
    """The nodes of `spec.pattern` in its two colours."""
    base, second = linear(spec.base_color), linear(spec.second_color)
    if spec.pattern == "speckled":
        return (_terrazzo if spec.pattern_seed >= 0.6 else _speckles)(g, at, spec)
    if spec.pattern == "two-tone":
        return _dip(g, at, spec)
    mask = g.multiply(_PRINTS[spec.pattern](g, at, spec), at.outside)
    mask = g.multiply(mask, _between_foot_and_rim(g, at))
    if not _is_level(spec):
        mask = g.multiply(mask, _beside_handle(g, at))
    return Surface(g.mix(mask, base, second), mask)


def _between_foot_and_rim(g: Graph, at: Place) -> Socket:
    """1 on the straight wall, where colour can be laid on: not on the curves of rim and foot."""
    middle = DEFAULT_SHAPE.height / 2.0
    return _line(g, g.subtract(at.height, middle), middle - MARGIN)


def _beside_handle(g: Graph, at: Place) -> Socket:
    """1 where a transfer ends, on both sides of the handle."""
    return g.ramp(g.math("ABSOLUTE", at.turn), (GAP - EDGE / 2.0) / TURN, (GAP + EDGE / 2.0) / TURN)


def _is_level(spec: CupLook) -> bool:
    """Whether the pattern is painted on the turning mug, right up to the handle."""
    return spec.pattern == "stripes" and spec.pattern_seed < 1.0 / 3.0


def _repeats(spec: CupLook, natural: int) -> int:
    """How often a pattern goes round the mug: `natural` times at scale 1, fewer when larger, always whole."""
    return max(2, round(natural / spec.pattern_scale))


def _square_wave(g: Graph, phase: Value, edge: float, duty: float = 0.5) -> Socket:
    """1 for the part `duty` of each whole step of `phase`, else 0, fading over `edge` steps."""
    apart = g.math("ABSOLUTE", g.subtract(g.math("FRACT", phase), 0.5))
    return g.ramp(apart, duty / 2.0 + edge / 2.0, duty / 2.0 - edge / 2.0)


def _stripes(g: Graph, at: Place, spec: CupLook) -> Socket:
    """Level, upright or slanting stripes, by the seed."""
    count = _repeats(spec, 16)
    cell = TURN / count
    share = spec.pattern_seed * 3.0 % 1.0
    level = g.add(g.multiply(at.height, 1.0 / cell), share)
    upright = g.add(g.multiply(at.turn, float(count)), share)
    if _is_level(spec):
        phase = level
    else:
        phase = upright if spec.pattern_seed < 2.0 / 3.0 else g.add(level, upright)
    return _square_wave(g, phase, EDGE / cell, 0.3 + 0.3 * share)


def _dots(g: Graph, at: Place, spec: CupLook) -> Socket:
    """Polka dots on a hexagonal lattice: two rectangular ones, shifted by half a cell."""
    count = _repeats(spec, 12)
    cell = TURN / count
    across = g.multiply(at.turn, float(count))
    up = g.add(g.multiply(at.height, 1.0 / (cell * math.sqrt(3.0))), spec.pattern_seed)
    nearest = None
    for shift in (0.0, 0.5):
        dx = g.subtract(g.math("FRACT", g.add(across, shift)), 0.5)
        dy = g.multiply(g.subtract(g.math("FRACT", g.add(up, shift)), 0.5), math.sqrt(3.0))
        distance = g.vector("LENGTH", g.combine(dx, dy))
        nearest = distance if nearest is None else g.math("MINIMUM", nearest, distance)
    size = 0.20 + 0.12 * (spec.pattern_seed * 5.0 % 1.0)
    assert nearest is not None
    return g.ramp(nearest, size + EDGE / cell / 2.0, size - EDGE / cell / 2.0)


def _checks(g: Graph, at: Place, spec: CupLook) -> Socket:
    """A chessboard or gingham, by the seed."""
    count = _repeats(spec, 11)
    cell = TURN / count
    a = _square_wave(g, g.multiply(at.turn, float(count)), EDGE / cell)
    b = _square_wave(g, g.add(g.multiply(at.height, 1.0 / cell), spec.pattern_seed), EDGE / cell)
    half = g.multiply(g.add(a, b), 0.5)
    if spec.pattern_seed >= 0.5:
        return half
    # Either but not both: 1 where the half sum is 1/2.
    return g.subtract(1.0, g.multiply(g.math("ABSOLUTE", g.subtract(half, 0.5)), 2.0))


def _waves(g: Graph, at: Place, spec: CupLook) -> Socket:
    """Level stripes that swing up and down round the mug; by the seed a sine or a zigzag."""
    count = _repeats(spec, 8)
    cell = TURN / _repeats(spec, 16)
    around = g.multiply(at.turn, float(count))
    if spec.pattern_seed >= 0.6:
        swing = g.multiply(g.math("ABSOLUTE", g.subtract(g.math("FRACT", around), 0.5)), 1.6)
    else:
        swing = g.multiply(g.math("SINE", g.multiply(around, 2.0 * math.pi)), 0.35)
    phase = g.add(g.add(g.multiply(at.height, 1.0 / cell), spec.pattern_seed), swing)
    return _square_wave(g, phase, EDGE / cell, 0.45)


def _band(g: Graph, at: Place, spec: CupLook) -> Socket:
    """A row of rosettes, each in a ring, between two lines, from one side of the handle to the other."""
    width = TURN - 2.0 * GAP
    count = _repeats(spec, 4)
    cell = width / count
    size = min(0.46 * cell, 0.27 * DEFAULT_SHAPE.height)
    along = g.subtract(g.multiply(g.math("FRACT", at.turn), TURN), GAP)
    x = g.multiply(g.subtract(g.math("FRACT", g.multiply(along, 1.0 / cell)), 0.5), cell)
    y = g.subtract(at.height, 0.52 * DEFAULT_SHAPE.height)
    radius = g.vector("LENGTH", g.combine(x, y))
    petals = 3 + int(spec.pattern_seed * 6.0)
    angle = g.add(g.multiply(g.math("ARCTAN2", y, x), float(petals)), math.pi / 2.0)
    outline = g.add(g.multiply(g.math("COSINE", angle), 0.20 * size), 0.56 * size)
    flower = g.ramp(g.subtract(radius, outline), EDGE / 2.0, -EDGE / 2.0)
    middle = g.ramp(radius, 0.17 * size - EDGE / 2.0, 0.17 * size + EDGE / 2.0)
    ring = _line(g, g.subtract(radius, 0.95 * size), 0.06 * size)
    lines = _line(g, g.subtract(g.math("ABSOLUTE", y), 1.28 * size), 0.05 * size)
    return g.either(g.either(g.multiply(flower, middle), ring), lines)


def _line(g: Graph, distance: Socket, half_width: float) -> Socket:
    """1 within `half_width` of where the signed distance is 0."""
    return g.ramp(g.math("ABSOLUTE", distance), half_width + EDGE / 2.0, half_width - EDGE / 2.0)


def _speckles(g: Graph, at: Place, spec: CupLook) -> Surface:
    """Stoneware: iron specks of all sizes in a slightly mottled glaze."""
    cell = 0.0031 * spec.pattern_scale
    point = g.vector("ADD", at.position, offset(spec.pattern_seed, 1))
    cells = g.voronoi(point, cell)
    chance = g.separate(cells.outputs["Color"])[0]
    size = g.multiply(g.math("POWER", chance, 3.0), 0.30)
    specks = g.ramp(g.subtract(cells.outputs["Distance"], size), 0.05, -0.05)
    mottle = g.noise(point, 70.0 / spec.pattern_scale, 2.0)
    glaze = g.adjust(linear(spec.base_color), value=g.add(0.80, g.multiply(mottle, 0.40)))
    return Surface(g.mix(specks, glaze, linear(spec.second_color)), g.subtract(1.0, specks))


def _terrazzo(g: Graph, at: Place, spec: CupLook) -> Surface:
    """Coloured chips with straight edges, in kindred hues."""
    cell = 0.0085 * spec.pattern_scale
    point = g.vector("ADD", at.position, offset(spec.pattern_seed, 2))
    chance, hue, _ = g.separate(g.voronoi(point, cell).outputs["Color"])
    edge = g.voronoi(point, cell, "DISTANCE_TO_EDGE").outputs["Distance"]
    chips = g.multiply(g.math("GREATER_THAN", chance, 0.42), g.ramp(edge, 0.07, 0.10))
    kin = g.adjust(
        linear(spec.second_color), hue=g.add(0.42, g.multiply(hue, 0.16)), value=g.add(0.35, g.multiply(chance, 1.1))
    )
    return Surface(g.mix(chips, linear(spec.base_color), kin), chips)


def _dip(g: Graph, at: Place, spec: CupLook) -> Surface:
    """The mug dipped into a second glaze, rim or foot first by the seed: a wandering edge with runs, thicker there."""
    point = g.vector("ADD", at.position, offset(spec.pattern_seed, 3))
    wander = g.multiply(g.subtract(g.noise(point, 22.0 / spec.pattern_scale, 1.0), 0.5), 0.030)
    # Runs are long and thin: the noise is squeezed along z.
    runs = g.noise(g.vector("MULTIPLY", point, (1.0, 1.0, 0.12)), 95.0 / spec.pattern_scale, 0.0)
    runs = g.multiply(g.ramp(runs, 0.50, 0.80), 0.016)
    level = DEFAULT_SHAPE.height * (0.36 + 0.30 * (spec.pattern_seed * 3.0 % 1.0))
    above = g.subtract(g.subtract(g.add(at.height, runs), wander), level)
    if spec.pattern_seed >= 0.7:
        above = g.multiply(above, -1.0)
    mask = g.ramp(above, -0.0003, 0.0003)
    height = g.multiply(g.ramp(above, -0.0004, 0.0012), g.ramp(above, 0.0012, 0.0060, 1.0, 0.65))
    # Thin glaze at the edge lets the body through; the pool behind it is the darkest part.
    depth = g.ramp(above, 0.0, 0.0045, 0.72, 1.0)
    second = g.adjust(linear(spec.second_color), value=depth)
    return Surface(g.mix(mask, linear(spec.base_color), second), height)


_PRINTS: dict[str, Callable[[Graph, Place, CupLook], Socket]] = {
    "stripes": _stripes,
    "dots": _dots,
    "checks": _checks,
    "waves": _waves,
    "band": _band,
}
