"""What the objects stand on."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Choice, Distribution, LogUniform, Uniform
from engine.recipe.fields import (
    flag,
    section,
    text_list,
    varying,
    varying_text,
    where,
)
from engine.recipe.materials import MATERIALS, PBR, TEXTURES_DOC, WearRecipe

_USUAL = ("plain", "wood", "stone", "fabric")
FINISHES = (*_USUAL, *(name for name in MATERIALS if name not in _USUAL), PBR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the objects stand on: a table top, or nothing."""

    kind: Distribution = varying_text("table", "`table`, or `none` for objects in the air", options=("table", "none"))
    extent: Distribution = where(
        "kind != none",
        varying(
            LogUniform(1.5, 6.0),
            "radius of the table top, as a multiple of the radius of what stands on it",
            low=1,
            high=1000,
        ),
    )
    finish: Distribution = where(
        "kind != none",
        varying_text(Choice(_USUAL, (1.0, 3.0, 2.0, 1.0)), "material of the table top", options=FINISHES),
    )
    hue: Distribution = where(
        "kind != none and natural = false", varying(Uniform(10, 50), "hue of the table top", unit="°", low=0, high=360)
    )
    saturation: Distribution = where(
        "kind != none and natural = false", varying(Uniform(0.0, 0.5), "saturation of the table top", low=0, high=1)
    )
    value: Distribution = where(
        "kind != none and natural = false", varying(Uniform(0.15, 0.8), "brightness of the table top", low=0, high=1)
    )
    roughness: Distribution = where(
        "kind != none and natural = false", varying(Uniform(0.15, 0.7), "roughness of the table top", low=0, high=1)
    )
    natural: bool = where(
        "kind != none", flag(False, "colours and roughness that the material has by nature, not those above")
    )
    scale: Distribution = where(
        "kind != none",
        varying(1.0, "factor on the natural size of grain, veins, threads and tiles", low=0.01, high=1000),
    )
    textures: tuple[str, ...] = where("kind != none and finish = pbr", text_list((), TEXTURES_DOC))
    texture_size: Distribution = where(
        "kind != none and finish = pbr",
        varying(1.0, "how much the width of a picture of a set covers", unit="m", low=1e-4, high=1e4),
    )
    wear: WearRecipe = where("kind != none", section(WearRecipe, "imperfections of the table top"))
