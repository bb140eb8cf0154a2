"""What moves while frames are taken: nothing, the camera, the objects, or both."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, Uniform
from engine.recipe.fields import integer, number, varying, varying_text, where

MOVES = ("none", "camera", "objects", "both")
PATHS = ("orbit", "spline")

_CAMERA = "moves = camera | both"
_OBJECTS = "moves = objects | both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Frames that follow each other: all but what moves is drawn once for a sequence."""

    frames: int = integer(
        1, "frames in a sequence: frame i is of sequence i // frames; 1: each stands alone", low=1, high=100_000
    )
    rate: float = number(30.0, "frames in a second", unit="1/s", low=0.01, high=100_000)
    moves: Distribution = varying_text(
        "none", "what moves; things that were dropped lie still, as do those without a label", options=MOVES
    )
    path: Distribution = where(
        _CAMERA,
        varying_text(
            "spline",
            "the camera's way: `orbit` round the vertical through the object it looks at; `spline` a smooth curve"
            " along viewpoints drawn one after the other, as the first is",
            options=PATHS,
        ),
    )
    speed: Distribution = where(
        _CAMERA,
        varying(
            Uniform(8, 30),
            "how fast the camera goes: angle of its way in a second, seen from what it looks at",
            unit="°/s",
            low=0,
            high=36_000,
        ),
    )
    turn: Distribution = where(
        _OBJECTS,
        varying(
            Uniform(0, 60),
            "how fast an object turns, to either side: about the vertical, in the air about any axis",
            unit="°/s",
            low=0,
            high=36_000,
        ),
    )
    drift: Distribution = where(
        _OBJECTS, varying(Uniform(0, 0.5), "how fast an object moves, in its own radii a second", low=0, high=1000)
    )
    wander: float = where(
        _OBJECTS,
        number(
            1.0,
            "how far an object gets from its place, in its own radii; less where others are near",
            low=0,
            high=100,
        ),
    )
