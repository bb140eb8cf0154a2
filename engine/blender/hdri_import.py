"""Importing HDRIs: equirectangular images of linear radiance that light a scene and are seen behind it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt

from engine.blender.importance import world_map_resolution
from engine.errors import AssetError
from engine.library.panorama import light_vector
from engine.library.precheck import check_hdri

_LUMINANCE = np.array((0.2126, 0.7152, 0.0722), np.float32)
_ASPECT = 2.0
_ASPECT_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class ImportedHdri:
    """An environment image whose pixels were read and found sound."""

    image: bpy.types.Image
    """Linear Rec.709; the image keeps no pixels in memory until they are asked for."""

    width: int
    height: int

    mean_luminance: float
    """Mean over the sphere of directions (rows weighted by their solid angle) of the Rec.709 luminance."""

    light: tuple[float, float, float]
    """Mean of luminance times direction; see `engine.library.panorama.light_vector`."""

    peak_luminance: float
    """Largest luminance of a pixel."""

    map_resolution: int
    """Width of the map of brightness that Cycles needs to find its light; see `engine.blender.importance`."""

    warnings: tuple[str, ...]
    """Sentences for the user: an aspect that is not 2:1."""

    @property
    def dynamic_range(self) -> float:
        """Peak over mean luminance: about 10 under an overcast sky, thousands with the sun in the picture.

        The larger it is, the finer must be the importance map that finds the bright spot.
        """
        return self.peak_luminance / self.mean_luminance


def load_hdri(path: str | os.PathLike[str]) -> ImportedHdri:
    """Load a .exr, .hdr or .pic file as an environment image and read all of its pixels once.

    Raises AssetError (one sentence with file and remedy), leaving no image behind, when the file is missing, no
    HDRI, truncated, has pixels that are not finite, or is black.
    """
    file = Path(path)
    check_hdri(file)
    image = None
    try:
        image = bpy.data.images.load(str(file.absolute()), check_existing=False)
        result = _measure(image, file)
    except BaseException as error:
        if image is not None:
            bpy.data.images.remove(image)
        if isinstance(error, (RuntimeError, MemoryError)):
            raise AssetError(f"{file}: Blender cannot read the HDRI; save or download it again.") from None
        raise
    image.buffers_free()
    return result


def hdri_pixels(image: bpy.types.Image) -> npt.NDArray[np.float32]:
    """The (H, W, 3) linear RGB of an image, row 0 at the top. Empty (0, 0, 3) when Blender cannot read it."""
    pixels = image_pixels(image)
    return np.ascontiguousarray(pixels[..., :3] if pixels.shape[2] >= 3 else np.repeat(pixels[..., :1], 3, axis=2))


def image_pixels(image: bpy.types.Image) -> npt.NDArray[np.float32]:
    """All channels of an image, (H, W, channels), row 0 at the top. Empty (0, 0, 3) when Blender cannot read it."""
    width, height = image.size
    if width == 0 or height == 0 or not len(image.pixels):
        return np.empty((0, 0, 3), np.float32)
    flat = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(height, width, -1)[::-1]


def _measure(image: bpy.types.Image, file: Path) -> ImportedHdri:
    pixels = hdri_pixels(image)
    height, width, _ = pixels.shape
    if pixels.size == 0:
        raise AssetError(f"{file}: the HDRI cannot be decoded, it is damaged or truncated; download it again.")
    luminance = pixels @ _LUMINANCE
    if not np.isfinite(luminance).all():
        raise AssetError(f"{file}: some pixels are not finite numbers (NaN or infinity); clamp and save it again.")
    latitude = (np.arange(height) + 0.5) * np.pi / height
    weights = np.sin(latitude)
    mean = float(luminance.mean(axis=1, dtype=np.float64) @ weights / weights.sum())
    if mean <= 0.0:
        raise AssetError(f"{file}: the HDRI is black and gives no light; use another one.")
    return ImportedHdri(
        image=image,
        width=width,
        height=height,
        mean_luminance=mean,
        light=light_vector(luminance),
        peak_luminance=float(luminance.max()),
        map_resolution=world_map_resolution(pixels),
        warnings=tuple(_aspect_warnings(file, width, height)),
    )


def _aspect_warnings(file: Path, width: int, height: int) -> list[str]:
    if abs(width / height / _ASPECT - 1) <= _ASPECT_TOLERANCE:
        return []
    return [f"{file.name} is {width}x{height}, not 2:1, so it may be no equirectangular panorama; it is stretched"]
