"""The room that objects stand in."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Choice, Distribution, LogUniform, Uniform
from engine.recipe.fields import varying, varying_text, where

SUPPORTS = ("table", "cupboard", "floor")
_IN_A_ROOM = "kind != none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Walls, windows and furniture round the objects, which stand on something in it; it takes the ground's place."""

    kind: Distribution = varying_text(
        "none", "`room`: a furnished one, the surroundings outside its windows; `none`", options=("none", "room")
    )
    width: Distribution = where(
        _IN_A_ROOM, varying(Uniform(3.0, 6.5), "inside, along the first wall", unit="m", low=2, high=50)
    )
    depth: Distribution = where(_IN_A_ROOM, varying(Uniform(3.0, 6.0), "inside, across", unit="m", low=2, high=50))
    height: Distribution = where(
        _IN_A_ROOM, varying(Uniform(2.4, 3.1), "from floor to ceiling", unit="m", low=2.2, high=20)
    )
    support: Distribution = where(
        _IN_A_ROOM,
        varying_text(
            Choice(SUPPORTS, (6.0, 2.0, 1.0)),
            "what the objects stand on; the floor where they are too large for anything else",
            options=SUPPORTS,
        ),
    )
    windows: Distribution = where(
        _IN_A_ROOM, varying(Choice((1, 2, 3), (1.0, 2.0, 1.0)), "windows in its walls", low=0, high=8, integer=True)
    )
    furniture: Distribution = where(
        _IN_A_ROOM, varying(Uniform(2, 6), "pieces of furniture along the walls", low=0, high=20, integer=True)
    )
    lamps: Distribution = where(
        _IN_A_ROOM, varying(Choice((1, 2), (2.0, 1.0)), "lamps that are on", low=0, high=6, integer=True)
    )
    lamp_strength: Distribution = where(
        _IN_A_ROOM,
        varying(
            LogUniform(0.35, 1.3), "light of all lamps together on the objects, as of `[[lights]]`", low=0, high=1000
        ),
    )
    lamp_temperature: Distribution = where(
        _IN_A_ROOM, varying(Uniform(2700, 5000), "colour temperature of the lamps", unit="K", low=1000, high=20000)
    )
