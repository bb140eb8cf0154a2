"""Materials: their names, how they lie on a surface, and what wears them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution
from engine.recipe.fields import flag, text, varying

MATERIALS = (
    "wood",
    "marble",
    "concrete",
    "fabric",
    "brushed-metal",
    "polished-metal",
    "plastic",
    "ceramic",
    "tiles",
    "leather",
    "cardboard",
    "dirty-paint",
)
"""The procedural materials of the program."""

PBR = "pbr"
"""Stands for one of the sets of pictures that the recipe names."""

TEXTURES_DOC = (
    "sets of PBR pictures for the material `pbr`: folders, in which all below are found, or one picture of a set"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """How a material lies on an object."""

    natural: bool = flag(True, "colours and roughness that the material has by nature; else those of `paint`")
    scale: Distribution = varying(
        1.0, "factor on the natural size of grain, veins, threads and tiles", low=0.01, high=1000
    )
    texture_size: Distribution = varying(
        1.0, "how much the width of a picture of a set covers", unit="m", low=1e-4, high=1e4
    )
    mapping: str = text(
        "object",
        "`object`: by the object's coordinates, from the sides of a box; `uv`: by the model's UV map, where it has one",
        options=("object", "uv"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WearRecipe:
    """Imperfections on whatever material; each amount is 0 (none) to 1 (heavy)."""

    scratches: Distribution = varying(0.0, "long scratches and hairlines", low=0, high=1)
    smudges: Distribution = varying(0.0, "smears of grease", low=0, high=1)
    fingerprints: Distribution = varying(0.0, "fingerprints", low=0, high=1)
    dust: Distribution = varying(0.0, "dust on what faces up", low=0, high=1)
    stains: Distribution = varying(0.0, "dried splashes", low=0, high=1)
    edges: Distribution = varying(0.0, "convex edges rubbed off", low=0, high=1)
    bumps: Distribution = varying(0.0, "unevenness", low=0, high=1)
    dents: Distribution = varying(0.0, "shallow dents", low=0, high=1)
    scale: Distribution = varying(1.0, "factor on the marks' natural size in metres", low=0.01, high=1000)
