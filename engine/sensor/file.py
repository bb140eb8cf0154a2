"""What a camera does to the finished picture before it is stored. Pictures are (H, W, 3) uint8 sRGB."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.sensor.filters import gaussian

type Rgb8 = npt.NDArray[np.uint8]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec.601's, as in JPEG files and cameras' sharpening."""

_LEAST_PIXEL = 0.25
"""Smaller camera pixels make JPEG's blocks of 8 x 8 smaller than 2 x 2, which cannot be seen."""


def sharpen(rgb: Rgb8, amount: float, sigma: float) -> Rgb8:
    """Unsharp mask on the brightness: `amount` times what a Gaussian of `sigma` pixels takes away is added."""
    luma = rgb @ _LUMA
    luma -= gaussian(luma, sigma)
    luma *= np.float32(amount)
    sharpened = rgb + luma[..., None]
    np.rint(sharpened, out=sharpened)
    return np.clip(sharpened, 0, 255, out=sharpened).astype(np.uint8)


def compress(rgb: Rgb8, quality: int, pixel: float = 1.0) -> Rgb8:
    """The picture after JPEG (4:2:0) of a quality from 1 to 100.

    Where a camera pixel is only `pixel` < 1 of the picture's, it is compressed at the camera's size.
    """
    if pixel < _LEAST_PIXEL:
        return rgb
    picture = Image.fromarray(rgb)
    if pixel < 1:
        full = round(picture.width / pixel), round(picture.height / pixel)
        whole = _compressed(picture.resize(full, Image.Resampling.BILINEAR), quality)
        return np.asarray(whole.resize(picture.size, Image.Resampling.BOX))
    return np.asarray(_compressed(picture, quality))


def _compressed(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return Image.open(file).convert("RGB")
