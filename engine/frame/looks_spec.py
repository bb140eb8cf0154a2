"""What the built-in cup and ground look like in one frame: numbers and names already drawn, ready for JSON.

Colours are sRGB as a person picks them, each channel 0..1; the renderer turns them into linear light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from engine.errors import BadInput

RGB = tuple[float, float, float]
"""sRGB-encoded red, green and blue, each 0..1."""

Look = Literal["bare", "colored", "textured", "imperfect"]
Pattern = Literal["stripes", "dots", "checks", "waves", "speckle", "terrazzo", "dip", "emblem"]
GroundKind = Literal["none", "table"]
GroundShape = Literal["round", "square"]
Finish = Literal["plain", "wood", "stone", "fabric"]

LOOKS: tuple[Look, ...] = get_args(Look)
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)
FINISHES: tuple[Finish, ...] = get_args(Finish)


@dataclass(frozen=True, slots=True)
class CupLook:
    """The surface of a cup."""

    look: Look = "colored"
    """bare: plain grey, nothing else applies but `roughness`. colored: one glaze. textured: a pattern too.
    imperfect: a pattern and wear."""

    base_color: RGB = (0.86, 0.85, 0.81)
    """Of the glaze."""

    roughness: float = 0.15
    """Of the glaze, 0 (a mirror's) to 1 (matt). Below 0.5 a clear coat adds to the shine."""

    second_color: RGB = (0.16, 0.30, 0.46)
    """Of the pattern."""

    pattern: Pattern = "stripes"
    """stripes, dots, checks, waves and emblem are printed on the outside; speckle, terrazzo and dip are glazes that
    cover everything."""

    pattern_scale: float = 12.0
    """How often the pattern repeats round the cup, 1 to 200; rounded to a whole number, so that it closes."""

    pattern_seed: float = 0.0
    """0 to below 1: chooses among variants of the pattern, and its phase."""

    bump: float = 0.3
    """0 to 1: how far pattern and glaze stand out; 1 is about a third of a millimetre."""

    imperfection: float = 0.5
    """0 (none to be seen) to 1 (heavily worn); used by the look `imperfect` alone."""

    imperfection_seed: float = 0.0
    """0 to below 1: where the wear lies."""

    def __post_init__(self) -> None:
        """Refuse names and numbers outside what is stated above."""
        _one_of("look", self.look, LOOKS)
        _one_of("pattern", self.pattern, PATTERNS)
        _colour("base_color", self.base_color)
        _colour("second_color", self.second_color)
        for name in ("roughness", "bump", "imperfection", "pattern_seed", "imperfection_seed"):
            _within(name, getattr(self, name), 0.0, 1.0)
        _within("pattern_scale", self.pattern_scale, 1.0, 200.0)


@dataclass(frozen=True, slots=True)
class GroundSpec:
    """What the objects stand on: a table top whose upper side is z = 0, or nothing."""

    kind: GroundKind = "table"

    shape: GroundShape = "round"

    radius: float = 0.45
    """Metres, 0.02 to 100; of a square top, half its side."""

    base_color: RGB = (0.62, 0.46, 0.32)

    second_color: RGB = (0.36, 0.23, 0.14)
    """Of the grain, veins, specks or the crossing threads."""

    roughness: float = 0.45
    """0 to 1."""

    finish: Finish = "wood"

    finish_scale: float = 1.0
    """Size of the finish's features over their natural size, 0.05 to 20. Natural are boards 0.11 m wide, veins some
    0.15 m apart, and threads 1.2 mm apart."""

    seed: float = 0.0
    """0 to below 1: which part of the endless material the top is cut from."""

    def __post_init__(self) -> None:
        """Refuse names and numbers outside what is stated above."""
        _one_of("kind", self.kind, get_args(GroundKind))
        _one_of("shape", self.shape, get_args(GroundShape))
        _one_of("finish", self.finish, FINISHES)
        _colour("base_color", self.base_color)
        _colour("second_color", self.second_color)
        _within("roughness", self.roughness, 0.0, 1.0)
        _within("seed", self.seed, 0.0, 1.0)
        _within("radius", self.radius, 0.02, 100.0)
        _within("finish_scale", self.finish_scale, 0.05, 20.0)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadInput(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadInput(f"{name} is {value}; it must be {low:g} to {high:g}.")


def _colour(name: str, value: RGB) -> None:
    if len(value) != 3 or not all(0.0 <= channel <= 1.0 for channel in value):
        raise BadInput(f"{name} is {value}; it must be three sRGB channels of 0 to 1.")
