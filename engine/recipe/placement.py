"""Where things are: standing apart, dropped in a heap, or in the air."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, Uniform
from engine.recipe.fields import number, varying, varying_text, where

KINDS = ("stand", "drop", "air")
ORIENTATIONS = ("upright", "any")
RECEIVERS = ("table", "box", "bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where things are and how they are turned. None is ever inside another."""

    kind: Distribution = varying_text(
        "stand",
        "`stand`: apart on the ground; `drop`: fallen in a heap and at rest, by physics; `air`: apart in the air",
        options=KINDS,
    )
    orientation: Distribution = varying_text(
        "upright",
        "`upright`: by the objects' `yaw` and `tilt`; `any`: every rotation equally likely (those that fall begin so)",
        options=ORIENTATIONS,
    )
    into: Distribution = where(
        "kind = drop",
        varying_text(
            "table", "what dropped things fall onto or into: the table, an open cardboard box, a bin", options=RECEIVERS
        ),
    )
    spread: Distribution = varying(
        Uniform(1.2, 2.5),
        "radius of the disc (the ball in the air, the box) they are in, as a multiple of the smallest that holds them",
        low=1,
        high=100,
    )
    gap: float = where(
        "kind != drop",
        number(
            0.1, "least distance between two things that stand or fly, as a fraction of their radius", low=0, high=100
        ),
    )
