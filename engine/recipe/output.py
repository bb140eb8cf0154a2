"""What every frame must show, and how it is rendered and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.recipe.fields import (
    flag,
    integer,
    number,
    resolution,
    text,
    text_list,
    where,
)

STANDARD = "standard"

QUALITIES: Mapping[str, Mapping[str, Any]] = {
    "draft": {"samples": 16},
    STANDARD: {},
    "reference": {"samples": 1024, "max_bounces": 32, "clamp": 0.0},
}
"""What each `render.quality` stands for: plain values of settings beside it, where they are not those' own defaults."""

QUALITY_SETTINGS = ("samples", "denoise", "denoiser", "max_bounces", "clamp", "caustics")
"""The settings of `Render` that a quality stands for."""

QUALITY = "render.quality"


def take_quality_settings_out(plain: dict[str, Any]) -> None:
    """Take what a quality stands for out of a recipe in plain data, so that one that is chosen for it anew holds."""
    if isinstance(render := plain.get("render"), dict):
        for name in QUALITY_SETTINGS:
            render.pop(name, None)


DENOISERS = ("fast", "balanced", "high")

VIEW_TRANSFORMS = ("AgX", "Filmic", "Standard")

FLOW_PASSES = ("flow_forward", "flow_backward")

RIGHT_PASS = "right"
"""The picture of the right camera of a stereo pair."""

OPTIONAL_PASSES = (
    "depth",
    "distance",
    "normal",
    "normal_world",
    "position",
    "nocs",
    "albedo",
    "diffuse",
    "specular",
    "coverage",
    RIGHT_PASS,
    *FLOW_PASSES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """What every frame must show; a frame that does not is drawn again."""

    least: float = number(
        0.4, "fraction of the object looked at that must be in the picture and unoccluded", low=0, high=1
    )
    most: float = number(1, "fraction of it that may be at most; below 1 for objects that others hide", low=0, high=1)
    tries: int = integer(40, "draws before the frame is given up and reported", low=1, high=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How bright and dark every finished picture may be; a frame whose picture is not is drawn again."""

    darkest: float = number(0.02, "least mean brightness of a picture (luma: 0 black, 1 white)", low=0, high=1)
    brightest: float = number(0.97, "greatest mean brightness", low=0, high=1)
    black: float = number(0.97, "share of the picture that may be black", low=0, high=1)
    white: float = number(0.8, "share of the picture that may be burnt out", low=0, high=1)
    tries: int = integer(6, "pictures that are rendered before the frame is given up and reported", low=1, high=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """How a frame is rendered and stored."""

    resolution: tuple[int, int] = resolution((640, 480), "[width, height] of the picture", low=8, high=8192)
    quality: str = text(
        STANDARD,
        "what the other settings down to `caustics` are where they are not given: see Quality above",
        options=tuple(QUALITIES),
    )
    samples: int = integer(64, "Cycles samples per pixel", low=1, high=65_536)
    denoise: bool = flag(True, "clean the picture with Open Image Denoise")
    denoiser: str = where(
        "denoise = true", text("high", "how thoroughly it is cleaned; fast leaves its hints noisy", options=DENOISERS)
    )
    max_bounces: int = integer(12, "longest light path", low=0, high=1024)
    clamp: float = number(
        10.0, "most light that a path may bring after its first bounce; 0 has no limit", low=0, high=1000
    )
    caustics: bool = flag(True, "light that gets to matte surfaces by way of shiny ones")
    view: str = text("AgX", "view transform from scene light to display colour", options=VIEW_TRANSFORMS)
    image: str = text("png", "format of the pictures", options=("png", "jpeg"))
    jpeg_quality: int = where("image = jpeg", integer(92, "quality of JPEG pictures", low=1, high=100))
    passes: tuple[str, ...] = text_list((), "passes to store beside the picture", options=OPTIONAL_PASSES)
