"""Small convolutions. Arrays are float32, (H, W) or (H, W, 3); beyond the border the outermost pixels go on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

type Picture = npt.NDArray[np.float32]

_REACH = 3.0
"""Standard deviations at which a Gaussian is cut off: 0.3 % of it lie beyond."""

_BAND_ROWS = 64
"""Rows filtered together, so that they stay in the processor's cache."""


def convolve(picture: Picture, kernel: Picture) -> Picture:
    """The picture filtered with a kernel of odd sides, which is its own mirror image. Costs as the kernel's area."""
    height, width = picture.shape[:2]
    up, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(picture, ((up, up), (left, left), (0, 0))[: picture.ndim], mode="edge")
    filtered = np.zeros_like(picture)
    part = np.empty_like(picture[:_BAND_ROWS])
    for top in range(0, height, _BAND_ROWS):
        band = filtered[top : top + _BAND_ROWS]
        for row, column in np.argwhere(kernel):
            shifted = padded[top + row : top + row + len(band), column : column + width]
            np.multiply(shifted, kernel[row, column], out=part[: len(band)])
            band += part[: len(band)]
    return filtered


def gaussian(picture: Picture, sigma: float) -> Picture:
    """Blurred with standard deviation `sigma`, pixels."""
    reach = round(_REACH * sigma)
    offsets = np.arange(-reach, reach + 1) / max(sigma, 1e-6)
    weights = np.exp(-(offsets**2) / 2)
    line = (weights / weights.sum()).astype(np.float32)
    return convolve(convolve(picture, line[None, :]), line[:, None])


def disc(picture: Picture, radius: float) -> Picture:
    """Blurred with an evenly filled disc, its edge smooth: what a lens with a round aperture makes of a point."""
    reach = int(np.ceil(radius))
    offsets = np.arange(-reach, reach + 1)
    covered = np.clip(radius + 0.5 - np.hypot(offsets[:, None], offsets), 0.0, 1.0)
    return convolve(picture, (covered / covered.sum()).astype(np.float32))
