"""Pictures behind what is rendered: photographs, and crops of the frame's own HDRI.

The scene is rendered on a transparent film and laid over the picture. A photograph is in display colours already, so it
is put in after the view transform: where nothing covers it, it keeps its pixels, and the denoiser never sees it. A crop
of an HDRI is light, and goes through exposure, sensor and view with the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.blender import colour
from engine.blender.hdri_import import hdri_pixels
from engine.blender.world import Environment
from engine.frame.backdrop_spec import HdriCrop, PhotoCrop
from engine.frame.geometry import direction
from engine.frame.sensor_spec import SensorSpec
from engine.frame.spec import FrameSpec, WorldSpec
from engine.library.photos import read_crop, to_display, to_linear

Array = npt.NDArray[np.float32]
Rgb8 = npt.NDArray[np.uint8]

_CLEAR = 1e-3
"""Coverage below which the colour of what covers a pixel is not looked for."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What is seen where the film is transparent, at the size of the picture: one of the two."""

    photo: Rgb8 | None = None
    """(H, W, 3) sRGB."""
    light: Array | None = None
    """(H, W, 3) scene-linear Rec.709."""

    def develop(self, linear: Array, alpha: Array, view: str, exposure_ev: float, sensor: SensorSpec | None) -> Rgb8:
        """The finished picture, (H, W, 3), of a render (H, W, 3) that is premultiplied with its `alpha` (H, W)."""
        alpha = alpha.clip(0, 1)
        if self.light is not None:
            whole: Array = np.asarray(linear + (1 - alpha)[..., None] * self.light, np.float32)
            return colour.develop(whole, view, exposure_ev, sensor)
        assert self.photo is not None
        photo = self.photo
        opaque: Array = np.asarray(linear / np.maximum(alpha, _CLEAR)[..., None], np.float32)
        return colour.develop(opaque, view, exposure_ev, sensor, lambda picture: over(picture, alpha, photo))


def behind(spec: FrameSpec, photos: Mapping[str, Path], environments: Mapping[str, Environment]) -> Behind | None:
    """The picture behind a frame; None where the camera sees the world. Raises AssetError."""
    if spec.backdrop is None:
        return None
    size, picture = (spec.camera.width, spec.camera.height), spec.backdrop.picture
    if isinstance(picture, PhotoCrop):
        return Behind(photo=photo_crop(picture, photos, size))
    assert spec.world.hdri is not None
    image = environments[spec.world.hdri.content_hash].image
    pixels = hdri_pixels(image)
    image.buffers_free()
    return Behind(light=hdri_view(pixels, spec.world, picture, size))


def over(picture: Rgb8, alpha: Array, photo: Rgb8) -> Rgb8:
    """`picture` over `photo`, (H, W, 3) sRGB each, mixed as light is; unchanged where `alpha` (H, W) is 0 or 1."""
    result = np.where((alpha > 0)[..., None], picture, photo)
    edge = (alpha > 0) & (alpha < 1)
    share = alpha[edge][:, None]
    result[edge] = to_display(share * to_linear(picture[edge]) + (1 - share) * to_linear(photo[edge]))
    return result


def photo_crop(crop: PhotoCrop, photos: Mapping[str, Path], size: tuple[int, int]) -> Rgb8:
    """A part of one of the photographs, (H, W, 3) sRGB, at `size` (width, height). Raises AssetError."""
    return _crop(crop.photo.content_hash, photos[crop.photo.content_hash], crop.box, size)


@lru_cache(maxsize=4)
def _crop(digest: str, path: Path, box: tuple[float, float, float, float], size: tuple[int, int]) -> Rgb8:  # noqa: ARG001
    """`read_crop`, kept for the next preview of the frame; `digest` tells contents apart."""
    return read_crop(path, box, size)


def hdri_view(pixels: Array, world: WorldSpec, crop: HdriCrop, size: tuple[int, int]) -> Array:
    """What a level pinhole camera of `size` (width, height) sees of an equirectangular HDRI (H, W, 3), which `world`
    turns, tints and scales: (height, width, 3), row 0 at the top."""
    width, height = size
    half = math.tan(math.radians(crop.field_of_view) / 2)
    across = ((np.arange(width) + 0.5) / width * 2 - 1) * half
    down = ((np.arange(height) + 0.5) / height * 2 - 1) * half * height / width
    azimuth = crop.azimuth - world.rotation
    ahead, right = direction(azimuth, crop.elevation), direction(azimuth - 90, 0)
    ways = ahead + across[None, :, None] * right + down[:, None, None] * np.cross(ahead, right)
    ways /= np.linalg.norm(ways, axis=-1, keepdims=True)
    seen = _looked_up(_thinned(pixels, crop.field_of_view / 360 * pixels.shape[1] / width), ways)
    return seen * np.array(world.tint, np.float32) * np.float32(world.strength)


def _thinned(pixels: Array, step: float) -> Array:
    """The HDRI with so few pixels that about one and a half, not `step`, fall on one of the picture."""
    factor = max(1, math.floor(step / 1.5))
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    blocks = pixels[: height * factor, : width * factor].reshape(height, factor, width, factor, 3)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def _looked_up(pixels: Array, ways: npt.NDArray[np.float64]) -> Array:
    """Light from unit directions (H, W, 3), z up, x ahead where the HDRI has its middle. Between pixels a cubic
    B-spline: it blurs a little, as a lens does out of its focus, and never rings at a lamp."""
    height, width, _ = pixels.shape
    x = (0.5 - np.arctan2(ways[..., 1], ways[..., 0]) / (2 * np.pi)) * width - 0.5
    y = np.arccos(ways[..., 2].clip(-1, 1)) / np.pi * height - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    columns, rows = _spline(x - left), _spline(y - top)
    total = np.zeros((*x.shape, 3), np.float32)
    for j, weight_y in enumerate(rows):
        row = (top + j - 1).clip(0, height - 1)
        for i, weight_x in enumerate(columns):
            total += (weight_x * weight_y)[..., None] * pixels[row, (left + i - 1) % width]
    return total


def _spline(t: npt.NDArray[np.float64]) -> tuple[Array, ...]:
    """Weights of the four pixels around a place that is `t` behind the second of them."""
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 3 * (t + t**2 - t**3) + 1, t**3)
    return tuple((weight / 6).astype(np.float32) for weight in weights)
