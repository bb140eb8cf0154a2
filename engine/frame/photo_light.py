"""The light in a photograph, guessed from the photograph alone, so that what is put before it fits in.

The assumptions: the photograph was well exposed, what it shows reflects about a quarter of its light on average, and
its brighter side is the side from which the light comes. The guess is a main light beside the object and soft light
from everywhere in the photograph's own colours; where the photograph has bright spots the main light has a larger share
and is smaller, so that shadows are harder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.frame.draw_surroundings import LUMINANCE
from engine.frame.geometry import FloatArray
from engine.frame.looks_spec import Rgb

_REFLECTANCE = 0.26
"""Mean share of light that the things of a photograph reflect, seen as their geometric mean."""

_DARKEST, _BRIGHTEST = 0.08, 1.6
"""Bounds of the light, as the radiance of a white matte surface: night scenes and bright skies say little of it."""

_LEAST, _MOST = 0.4, 0.7
"""Share of the main light where nothing is brighter than the rest, and where a lamp or the sun shines."""

_SOFT, _HARD = 45.0, 8.0
"""Degrees across of the main light with the least and the greatest share."""

_SIDE, _ABOVE, _HIGHEST = 100.0, 38.0, 65.0
"""Degrees: how far to the side the main light stands at most, its height where the photograph is as bright above as
below, and its greatest height."""


@dataclass(frozen=True, slots=True)
class PhotoLight:
    """A guess. Radiances are those of a white matte surface that gets all of the light."""

    radiance: float
    """Of the main light and the soft light together."""
    share: float
    """Of the main light in it."""
    azimuth: float
    """Degrees from the camera's side towards the picture's right, at which the main light stands."""
    elevation: float
    """Degrees above the horizon."""
    size: float
    """Degrees across, seen from the object."""
    color: Rgb
    """Of the main light, linear Rec.709 of luminance 1."""


def guess_light(cells: FloatArray) -> PhotoLight:
    """The light in a picture of mean linear colours (rows, columns, 3), at least (1, 1, 3)."""
    bright = np.maximum(cells @ LUMINANCE, 1e-4)
    mean, top = float(bright.mean()), float(np.quantile(bright, 0.97))
    typical = float(np.exp(np.log(bright).mean()))
    sideways, upwards = _slope(bright, axis=1), -_slope(bright, axis=0)
    share = float(np.clip(_LEAST + 0.13 * (top / mean - 1), _LEAST, _MOST))
    return PhotoLight(
        radiance=float(np.clip(typical / _REFLECTANCE, _DARKEST, _BRIGHTEST)),
        share=share,
        azimuth=_SIDE * float(np.clip(1.6 * sideways, -1, 1)),
        elevation=float(np.clip(_ABOVE + 30 * upwards, 12, _HIGHEST)),
        size=float(np.interp(share, [_LEAST, _MOST], [_SOFT, _HARD])),
        color=_color_of_light(cells, bright),
    )


def _slope(bright: FloatArray, axis: int) -> float:
    """How much brighter the picture gets along an axis, -1 to 1: the offset of its centre of brightness, of which a
    picture that is dark in one half and bright in the other has 1."""
    along = bright.mean(axis=1 - axis)
    place = (np.arange(len(along)) + 0.5) / len(along) - 0.5
    return float(np.clip(4 * (along * place).sum() / along.sum(), -1, 1))


def _color_of_light(cells: FloatArray, bright: FloatArray) -> Rgb:
    """The mean colour of the brighter half, half way to grey: a blue wall is no blue lamp."""
    color = cells[bright >= np.median(bright)].mean(axis=0)
    color = color / max(float(color @ LUMINANCE), 1e-6)
    red, green, blue = (float(part) for part in 0.5 + 0.5 * color)
    return red, green, blue
