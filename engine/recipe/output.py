"""What every frame must show, and how it is rendered and stored."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.fields import (
    flag,
    integer,
    number,
    resolution,
    text,
    text_list,
    where,
)

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
    samples: int = integer(64, "Cycles samples per pixel", low=1, high=65_536)
    denoise: bool = flag(True, "clean the picture with Open Image Denoise")
    max_bounces: int = integer(12, "longest light path", low=0, high=1024)
    view: str = text("AgX", "view transform from scene light to display colour", options=VIEW_TRANSFORMS)
    image: str = text("png", "format of the pictures", options=("png", "jpeg"))
    jpeg_quality: int = where("image = jpeg", integer(92, "quality of JPEG pictures", low=1, high=100))
    passes: tuple[str, ...] = text_list((), "passes to store beside the picture", options=OPTIONAL_PASSES)
