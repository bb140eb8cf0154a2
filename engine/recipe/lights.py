"""Lights beside the surroundings."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, LogUniform, Uniform
from engine.recipe.fields import text, varying, varying_text, where

KINDS = ("area", "point", "spot", "sun", "flash")

COOLEST, HOTTEST = 1667, 25_000
"""Kelvin between which the formula for the colour of a light holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """One kind of light. Sizes are seen from the objects and distances count in their radius, so that the same light
    suits a cup and a car."""

    count: Distribution = varying(
        1, "how many of it a frame has; `{ choice = [0, 1] }` for now and then", low=0, high=16, integer=True
    )
    kind: Distribution = varying_text(
        "area", "`area` a softbox, `point` a lamp, `spot`, `sun`, or `flash` at the camera", options=KINDS
    )
    azimuth: Distribution = where(
        "kind != flash",
        varying(Uniform(0, 360), "direction round the objects from which it shines", unit="°", low=-360, high=360),
    )
    azimuth_from: str = where(
        "kind != flash",
        text(
            "world",
            "what the azimuth counts from: the world's x axis or the camera's side",
            options=("world", "camera"),
        ),
    )
    elevation: Distribution = where(
        "kind != flash", varying(Uniform(25, 75), "height above the horizon", unit="°", low=-90, high=90)
    )
    distance: Distribution = where(
        "kind = area | point | spot",
        varying(
            LogUniform(4, 12),
            "distance from the objects' centre, as a multiple of the radius of all of them",
            low=1.1,
            high=10_000,
        ),
    )
    size: Distribution = varying(
        Uniform(10, 50), "how large it seems from the objects: soft shadows come from large lights; the sun has 0.5",
        unit="°", low=0.05, high=150,
    )  # fmt: skip
    aspect: Distribution = where(
        "kind = area", varying(1.0, "an area light's width as a multiple of its height", low=0.05, high=20)
    )
    cone: Distribution = where("kind = spot", varying(40.0, "opening angle of a spot", unit="°", low=1, high=170))
    strength: Distribution = varying(
        LogUniform(0.5, 2),
        "light on a surface that faces it; 1 is as much as surroundings of strength 1 give on average",
        low=0,
        high=1000,
    )
    temperature: Distribution = varying(
        Uniform(2700, 6500), "colour temperature: 2700 a bulb, 5500 a flash, 6500 white", unit="K",
        low=COOLEST, high=HOTTEST,
    )  # fmt: skip
