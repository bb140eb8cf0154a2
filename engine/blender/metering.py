"""What the automatic exposure of a camera does: from the light of a picture to the exposure that suits it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

_USUAL = 0.2
"""Geometric mean of the luminance of a well exposed picture, of which middle grey is 0.18."""

_TAILS = (2.0, 98.0)
"""Percentiles beyond which a pixel counts as no darker or brighter: black corners and lamps in the picture."""

_DARKEST, _BRIGHTEST = 9.0, -16.0
"""EV that are given at most: beyond, there is no light to speak of, or far more than any lamp has."""

_DEEPEST = 1e-4
"""Of the bright parts, below which all is black."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def metered(linear: npt.NDArray[np.float32]) -> float:
    """EV by which scene-linear Rec.709 (H, W, 3) is to be brightened; a function of the picture alone."""
    luminance = np.nan_to_num(linear[..., :3] @ _LUMINANCE, nan=0.0, posinf=1e9, neginf=0.0).astype(np.float64)
    low, high = np.percentile(luminance, _TAILS)
    high = max(float(high), 1e-9)
    mean = float(np.exp(np.log(luminance.clip(max(float(low), _DEEPEST * high), high)).mean()))
    return min(max(math.log2(_USUAL / mean), _BRIGHTEST), _DARKEST)
