"""The view."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, Uniform
from engine.recipe.fields import (
    number,
    varying,
    varying_or_absent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """The view. The camera looks at one of the objects, drawn anew for each frame."""

    fill: Distribution = varying(
        Uniform(0.3, 0.9),
        "share of the picture's shorter side that the object's bounding sphere takes",
        low=0.001,
        high=10,
    )
    distance: Distribution | None = varying_or_absent(
        "distance from the object's centre; replaces `fill`", unit="m", low=1e-4, high=1e7
    )
    azimuth: Distribution = varying(Uniform(0, 360), "direction round the object", unit="°", low=-360, high=360)
    elevation: Distribution = varying(Uniform(8, 65), "height above the horizon", unit="°", low=-90, high=90)
    roll: Distribution = varying(Uniform(-8, 8), "turn about the viewing axis", unit="°", low=-180, high=180)
    look_at_jitter: Distribution = varying(
        Uniform(0, 0.25),
        "how far off the object's centre the camera aims, as a fraction of its radius",
        low=0,
        high=100,
    )
    focal_length: Distribution = varying(Uniform(28, 70), "focal length", unit="mm", low=1, high=5000)
    sensor_width: float = number(36.0, "width of the sensor", unit="mm", low=0.1, high=1000)
    f_stop: Distribution = varying(
        0.0, "aperture for depth of field, focused on the object; 0 is a pinhole", low=0, high=256
    )
    exposure: Distribution = varying(Uniform(-0.4, 0.6), "exposure compensation", unit="EV", low=-20, high=20)
