"""The soft light of a photograph: its own colours, spread out around, so that what stands before it mirrors them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt

from engine.blender import stale
from engine.blender.backdrop import photo_crop
from engine.blender.world import Environment
from engine.frame.backdrop_spec import PhotoCrop
from engine.library.photos import to_linear

Array = npt.NDArray[np.float32]

_SIZE = (128, 96)
"""Width and height of the crop that the light is made from, pixels."""

_WIDTH, _HEIGHT = 256, 128
_MAP_RESOLUTION = 256
_LUMINANCE = np.array((0.2126, 0.7152, 0.0722), np.float32)

_WIDE, _HIGH = 180.0, 140.0
"""Degrees over which the photograph is spread; behind the camera it is mirrored, above and below its border goes on."""

_FROM_ABOVE = 0.8
"""How much more light comes from the zenith than from the horizon, as almost everywhere people take photographs."""

_CLIPPED, _BOOST = 0.7, 4.0
"""Linear luminance from which a photograph has lost brightness, and by how much its white is raised."""


class PhotoWorld:
    """An image for the light of one photograph at a time."""

    def __init__(self) -> None:
        self._image: bpy.types.Image | None = None
        self._shown: PhotoCrop | None = None

    def environment(self, crop: PhotoCrop, photos: Mapping[str, Path]) -> Environment:
        """The surroundings that a crop of one of the photographs suggests: mean luminance 1, its middle ahead."""
        if self._image is None:
            self._image = bpy.data.images.new("photograph's light", _WIDTH, _HEIGHT, alpha=False, float_buffer=True)
            self._image.colorspace_settings.name = "Linear Rec.709"
        if crop != self._shown:
            light = panorama(to_linear(photo_crop(crop, photos, _SIZE)))
            stale.set_image_pixels(self._image, np.pad(light, ((0, 0), (0, 0), (0, 1)), constant_values=1))
            self._shown = crop
        return Environment(self._image, _MAP_RESOLUTION)


def panorama(linear: Array) -> Array:
    """Spread a linear Rec.709 picture (H, W, 3) out as an equirectangular one (128, 256, 3) of mean luminance 1."""
    height, width, _ = linear.shape
    restored = _restored(linear)
    right = (np.arange(_WIDTH) + 0.5) / _WIDTH * 360 - 180
    mirrored = np.where(np.abs(right) <= _WIDE / 2, right, np.sign(right) * 180 - right)
    above = 90 - (np.arange(_HEIGHT) + 0.5) / _HEIGHT * 180
    columns = ((mirrored / _WIDE + 0.5) * width).astype(np.int64).clip(0, width - 1)
    rows = ((0.5 - above / _HIGH) * height).astype(np.int64).clip(0, height - 1)
    spread = restored[rows][:, columns]
    latitude = np.radians(above)[:, None, None]
    # Towards the poles a row's pixels are all one direction.
    pole = np.sin(np.abs(latitude)) ** 6
    spread = spread * (1 - pole) + spread.mean(axis=1, keepdims=True) * pole
    spread = spread * (1 + _FROM_ABOVE * np.sin(latitude))
    weight = np.cos(latitude)
    mean = float(((spread @ _LUMINANCE)[..., None] * weight).sum() / (weight.sum() * _WIDTH))
    light: Array = (spread / max(mean, 1e-6)).astype(np.float32)
    return light


def _restored(linear: Array) -> Array:
    """With lamps and sky brighter than the photograph's white, as they were."""
    bright = ((linear @ _LUMINANCE - _CLIPPED) / (1 - _CLIPPED)).clip(0, 1)
    return (linear * (1 + (_BOOST - 1) * bright**2)[..., None]).astype(np.float32, copy=False)
