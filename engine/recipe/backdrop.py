"""What is seen behind the objects, where that is not the surroundings themselves."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, LogUniform, Uniform
from engine.recipe.fields import flag, text, text_list, varying, varying_text, where


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """A photograph behind the objects."""

    kind: Distribution = varying_text(
        "none", "`none` shows the surroundings, `photo` a photograph or a crop of the HDRI", options=("none", "photo")
    )
    photos: tuple[str, ...] = where(
        "kind = photo",
        text_list(
            (), "photographs (.jpg .png .webp .tif .bmp), or folders of them; without any, crops of the frame's HDRI"
        ),
    )
    zoom: Distribution = where(
        "kind = photo",
        varying(Uniform(1, 2), "1 shows as much of a photograph as fits the picture, 2 half its width", low=1, high=20),
    )
    field_of_view: Distribution = where(
        "kind = photo",
        varying(Uniform(40, 75), "width of an HDRI's crop, seen from its centre", unit="°", low=5, high=120),
    )
    elevation: Distribution = where(
        "kind = photo",
        varying(Uniform(-15, 8), "height above the horizon at which an HDRI's crop looks", unit="°", low=-60, high=60),
    )
    light: str = where(
        "kind = photo",
        text(
            "photo",
            "`photo` guesses the light from the photograph; `surroundings` leaves it to the recipe",
            options=("photo", "surroundings"),
        ),
    )
    strength: Distribution = where(
        "kind = photo and light = photo",
        varying(LogUniform(0.8, 1.25), "factor on the light guessed from a photograph", low=0, high=100),
    )
    shadow: bool = where(
        "kind = photo", flag(False, "let the objects cast a shadow on a level floor that is not seen itself")
    )
