"""Background and light."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, LogUniform, Uniform
from engine.recipe.fields import (
    flag,
    text_list,
    varying,
    where,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The HDRI: it is the background and the only light, so reflections and shadows agree."""

    hdris: tuple[str, ...] = text_list(
        ("builtin",), "`builtin` (the eight of the bpy package), `builtin:NAME`, .exr or .hdr files, or folders of them"
    )
    rotation: Distribution = varying(Uniform(0, 360), "turn about the vertical", unit="°", low=-360, high=360)
    level: bool = flag(True, "bring all HDRIs to the same mean brightness, as a camera's automatic exposure would")
    strength: Distribution = varying(LogUniform(0.6, 1.6), "factor on the light", low=0, high=1000)
    tint_hue: Distribution = where("tint != 0", varying(Uniform(0, 360), "hue of the tint", unit="°", low=0, high=360))
    tint: Distribution = varying(Uniform(0, 0.12), "saturation of the tint; 0 leaves the light as it is", low=0, high=1)
