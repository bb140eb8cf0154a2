"""Background and light."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, LogUniform, Uniform
from engine.recipe.fields import flag, text_list, varying, varying_text, where

KINDS = ("hdri", "sky", "plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Background and light in one, so that reflections and shadows agree."""

    kind: Distribution = varying_text(
        "hdri", "`hdri`, `sky` a clear or hazy one over open land, or `plain` the same all round", options=KINDS
    )
    hdris: tuple[str, ...] = text_list(
        ("builtin",), "`builtin` (the eight of the bpy package), `builtin:NAME`, .exr or .hdr files, or folders of them"
    )
    rotation: Distribution = varying(
        Uniform(0, 360), "turn about the vertical; of a sky the sun's azimuth", unit="°", low=-360, high=360
    )
    level: bool = where(
        "kind = hdri",
        flag(True, "bring all HDRIs to the same mean brightness, as a camera's automatic exposure would"),
    )
    sun_elevation: Distribution = where(
        "kind = sky", varying(Uniform(8, 70), "height of the sun above the horizon", unit="°", low=0, high=90)
    )
    haze: Distribution = where(
        "kind = sky",
        varying(LogUniform(0.5, 4), "density of the aerosol: 0.5 clear, 1 usual, 8 milky", low=0, high=8),
    )
    strength: Distribution = varying(LogUniform(0.6, 1.6), "factor on the light", low=0, high=1000)
    tint_hue: Distribution = where("tint != 0", varying(Uniform(0, 360), "hue of the tint", unit="°", low=0, high=360))
    tint: Distribution = varying(Uniform(0, 0.12), "saturation of the tint; 0 leaves the light as it is", low=0, high=1)
