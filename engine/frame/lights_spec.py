"""What is drawn for the lights of a frame. Plain data; world frame, z up, metres."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.frame.looks_spec import Rgb

type Point = tuple[float, float, float]


class LightSpec(msgspec.Struct, frozen=True):
    """One light. Mirrors see it."""

    kind: Literal["area", "point", "spot", "sun"]
    position: Point
    """Its centre. Of a sun only the direction from `target` counts."""
    target: Point
    """What it is aimed at."""
    width: float
    """Metres across: an area light's side, the diameter of a lamp; a sun's angular diameter in degrees."""
    height: float
    """Metres of an area light's other side; as `width` for all others."""
    cone: float
    """Degrees, the full opening angle of a spot; 0 for all others."""
    color: Rgb
    """Linear Rec.709 of luminance 1."""
    irradiance: float
    """On a surface at `target` that faces it: there a white matte one shines with `irradiance` / π."""
    seen: bool = False
    """Whether the camera itself sees it."""
