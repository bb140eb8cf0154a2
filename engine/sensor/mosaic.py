"""A Bayer sensor (RGGB): one colour at each pixel, and the others interpolated.

Filters: bilinear, and the gradient-corrected linear ones of H. S. Malvar, L. He and R. Cutler, “High-quality linear
interpolation for demosaicing of Bayer-patterned color images”, ICASSP 2004, figure 2.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from engine.sensor.filters import Picture

_REACH = 2
"""Of the filters, pixels."""

_SITES = {"red": (0, 0), "green of a red row": (0, 1), "green of a blue row": (1, 0), "blue": (1, 1)}

type _Filter = list[list[float]]


def _kernel(rows: _Filter, divisor: float) -> Picture:
    kernel = np.zeros((5, 5), np.float32)
    side = len(rows)
    start = (5 - side) // 2
    kernel[start : start + side, start : start + side] = np.array(rows) / divisor
    return kernel


_BILINEAR = {
    "cross": _kernel([[0, 1, 0], [1, 0, 1], [0, 1, 0]], 4),
    "along": _kernel([[0, 0, 0], [1, 0, 1], [0, 0, 0]], 2),
    "corners": _kernel([[1, 0, 1], [0, 0, 0], [1, 0, 1]], 4),
}
_MALVAR = {
    "cross": _kernel([[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]], 8),
    "along": _kernel(
        [[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]], 8
    ),
    "corners": _kernel(
        [[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]], 8
    ),
}


def mosaic(picture: Picture) -> Picture:
    """What a Bayer sensor sees of a picture (H, W, 3): (H, W), red where row and column are even."""
    raw = picture[..., 1].copy()
    raw[0::2, 0::2] = picture[0::2, 0::2, 0]
    raw[1::2, 1::2] = picture[1::2, 1::2, 2]
    return raw


def demosaic(raw: Picture, method: Literal["bilinear", "malvar"]) -> Picture:
    """The picture (H, W, 3) from what a Bayer sensor saw (H, W), each side 3 or more. It may undershoot 0."""
    kernels = _BILINEAR if method == "bilinear" else _MALVAR
    padded = np.pad(raw, _REACH, mode="reflect")
    picture = np.repeat(raw[..., None], 3, axis=-1)

    def fill(site: str, channel: int, kernel: Picture) -> None:
        row, column = _SITES[site]
        target = picture[row::2, column::2, channel]
        height, width = target.shape
        total = np.zeros((height, width), np.float32)
        for down, right in np.argwhere(kernel):
            part = padded[row + down :: 2, column + right :: 2][:height, :width]
            total += part * kernel[down, right]
        target[...] = total

    for site in ("red", "blue"):
        fill(site, 1, kernels["cross"])
    fill("blue", 0, kernels["corners"])
    fill("red", 2, kernels["corners"])
    fill("green of a red row", 0, kernels["along"])
    fill("green of a blue row", 2, kernels["along"])
    fill("green of a blue row", 0, kernels["along"].T)
    fill("green of a red row", 2, kernels["along"].T)
    return picture
