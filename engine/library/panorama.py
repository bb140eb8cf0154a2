"""What an equirectangular HDRI is like, from its pixels: range of brightness, the sun, and a mirror ball in it.

Pixels are (H, W, 3) scene-linear Rec.709 with row 0 at the top. Directions are Blender's world's: z is up, the middle
of the picture lies towards +x, and its left half towards +y. Azimuth is counted from +x towards +y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Pixels = npt.NDArray[np.float32]
type Floats = npt.NDArray[np.float64]

_LUMINANCE = np.array((0.2126, 0.7152, 0.0722), np.float32)
_DARK_SHARE = 0.01
"""Share of the sphere that counts as darker than the darkest, so that single black pixels do not stretch the range."""

_SUN_RADIUS = 5.0
"""Degrees about the brightest pixel within which the sun's light is summed: its disk and the glare about it."""
_SUN_SHARE = 0.03
"""Part of all light that must come from there. An even sky of half a sphere gives 0.8 % of it from such a place."""
_SUN_CONTRAST = 100.0
"""How often the mean the brightest pixel must be: below that it is a bright cloud or a window."""

_SUPERSAMPLES = 3
_SOURCE_WIDTH = 1024


@dataclass(frozen=True, slots=True)
class Sun:
    """A small spot from which much of the light comes: the sun, or a lamp."""

    elevation: float
    """Degrees above the horizon."""
    azimuth: float
    """Degrees from +x towards +y, -180 to 180."""
    share: float
    """Part of the light of the whole sphere, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Brightness:
    """How light and dark an HDRI is."""

    mean: float
    """Mean luminance over the sphere."""
    peak: float
    """Largest luminance of a pixel."""
    range_ev: float
    """Powers of two between the brightest pixel and the luminance that 99 % of the sphere exceed."""
    middle: float
    """Geometric mean of the luminance over the sphere: what a camera would expose for."""


def luminance(pixels: Pixels) -> Floats:
    """Rec.709 luminance (H, W); what is no number counts as dark."""
    light: Floats = np.nan_to_num(pixels @ _LUMINANCE, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float64).clip(min=0.0)
    return light


def solid_angles(height: int, width: int) -> Floats:
    """Share of the sphere (H, 1) that each pixel of a row covers; all pixels together make 1."""
    edges = np.cos(np.linspace(0.0, np.pi, height + 1))
    shares: Floats = ((edges[:-1] - edges[1:]) / 2 / width)[:, None]
    return shares


def light_vector(light: npt.NDArray[np.floating]) -> tuple[float, float, float]:
    """Mean over the sphere of luminance (H, W) times the direction that it comes from: points to where most is."""
    height, width = light.shape
    azimuth, elevation = _angles(height, width)
    share = solid_angles(height, width)[:, 0]
    flat = share * np.cos(elevation)
    x, y = flat @ (light @ np.cos(azimuth)), flat @ (light @ np.sin(azimuth))
    return float(x), float(y), float((share * np.sin(elevation)) @ light.sum(axis=1, dtype=np.float64))


def brightness(pixels: Pixels) -> Brightness:
    """See `Brightness`; all zero for a black picture."""
    light = luminance(pixels)
    share = np.broadcast_to(solid_angles(*light.shape), light.shape)
    peak = float(light.max())
    if peak <= 0:
        return Brightness(0.0, 0.0, 0.0, 0.0)
    order = np.argsort(light, axis=None)
    covered = np.cumsum(share.ravel()[order])
    dark = light.ravel()[order[min(int(np.searchsorted(covered, _DARK_SHARE)), light.size - 1)]]
    floor = max(float(dark), float(light[light > 0].min()))
    middle = float(np.exp((np.log(np.maximum(light, floor)) * share).sum()))
    return Brightness(float((light * share).sum()), peak, float(np.log2(peak / floor)), middle)


def find_sun(pixels: Pixels) -> Sun | None:
    """The sun, or None where no small spot gives a good part of the light."""
    light = luminance(pixels)
    height, width = light.shape
    given = light * solid_angles(height, width)
    total = float(given.sum())
    if total <= 0 or light.max() < _SUN_CONTRAST * total:
        return None
    directions = _directions(height, width)
    row, column = np.unravel_index(int(given.argmax()), light.shape)
    near = directions @ directions[row, column] > np.cos(np.radians(_SUN_RADIUS))
    share = float(given[near].sum()) / total
    if share < _SUN_SHARE:
        return None
    bright = near & (light > light.max() / 4)
    x, y, z = (directions[bright] * given[bright][:, None]).sum(axis=0)
    return Sun(float(np.degrees(np.arctan2(z, np.hypot(x, y)))), float(np.degrees(np.arctan2(y, x))), share)


def _angles(height: int, width: int) -> tuple[Floats, Floats]:
    """Azimuths (W,) of the columns' centres and elevations (H,) of the rows', radians."""
    azimuth: Floats = np.pi - (np.arange(width) + 0.5) / width * 2 * np.pi
    elevation: Floats = np.pi / 2 - (np.arange(height) + 0.5) / height * np.pi
    return azimuth, elevation


def _directions(height: int, width: int) -> Floats:
    """Unit vectors (H, W, 3) through the pixels' centres."""
    azimuth, elevation = _angles(height, width)
    flat = np.cos(elevation)[:, None]
    x, y = flat * np.cos(azimuth), flat * np.sin(azimuth)
    z = np.broadcast_to(np.sin(elevation)[:, None], x.shape)
    return np.stack([x, y, z], axis=-1)


def look_up(pixels: Pixels, directions: Floats) -> Pixels:
    """Radiance (..., 3) that arrives from unit directions (..., 3), interpolated between pixels."""
    height, width = pixels.shape[:2]
    x, y, z = directions[..., 0], directions[..., 1], directions[..., 2]
    column = (0.5 - np.arctan2(y, x) / (2 * np.pi)) * width - 0.5
    row = np.clip((0.5 - np.arctan2(z, np.hypot(x, y)) / np.pi) * height - 0.5, 0, height - 1)
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    right, bottom = (left + 1) % width, np.minimum(top + 1, height - 1)
    across = (column - left).astype(np.float32)[..., None]
    down = (row - top).astype(np.float32)[..., None]
    left = left % width
    above = pixels[top, left] * (1 - across) + pixels[top, right] * across
    below = pixels[bottom, left] * (1 - across) + pixels[bottom, right] * across
    found: Pixels = above * (1 - down) + below * down
    return found


def chrome_ball(pixels: Pixels, side: int) -> tuple[Pixels, npt.NDArray[np.float32]]:
    """A perfect mirror ball seen from far away by a level camera that looks towards +x.

    Its middle shows what is behind the camera, its rim what is in front of it. Returns scene-linear (side, side, 3)
    and the share (side, side, 1) of each pixel that the ball covers.
    """
    source = shrink(pixels, min(_SOURCE_WIDTH, pixels.shape[1]))
    fine = side * _SUPERSAMPLES
    across = (np.arange(fine) + 0.5) / fine * 2 - 1
    right, up = np.meshgrid(across, -across)
    squared = right**2 + up**2
    inside = squared < 1
    # The camera looks along +x, its right is -y: the normal of the ball points back at it.
    normal = np.stack([-np.sqrt(np.clip(1 - squared, 0, None)), -right, up], axis=-1)
    view = np.array((1.0, 0.0, 0.0))
    reflected = view - 2 * (normal @ view)[..., None] * normal
    seen: Pixels = np.where(inside[..., None], look_up(source, reflected), np.float32(0)).astype(np.float32)
    covered = _mean_of_blocks(inside[..., None].astype(np.float32), side)
    ball: Pixels = (_mean_of_blocks(seen, side) / np.maximum(covered, np.float32(1e-6))).astype(np.float32)
    return ball, covered


def _mean_of_blocks(pixels: Pixels, side: int) -> Pixels:
    blocks: Pixels = pixels.reshape(side, _SUPERSAMPLES, side, _SUPERSAMPLES, -1).mean(axis=(1, 3), dtype=np.float32)
    return blocks


def shrink(pixels: Pixels, width: int) -> Pixels:
    """Means over areas, so that no light is lost: (about width / aspect, width, 3). Never enlarges."""
    height = max(round(pixels.shape[0] * width / pixels.shape[1]), 1)
    if width >= pixels.shape[1]:
        return pixels
    return _means(_means(pixels, height).transpose(1, 0, 2), width).transpose(1, 0, 2)


def _means(pixels: Pixels, count: int) -> Pixels:
    """Means of `count` bands of rows, with parts of rows where the bands do not end on one."""
    rows = pixels.shape[0]
    edges = np.linspace(0, rows, count + 1)
    total = np.concatenate([np.zeros_like(pixels[:1], np.float64), np.cumsum(pixels, axis=0, dtype=np.float64)])
    whole = np.minimum(edges.astype(int), rows - 1)
    at_edges = total[whole] + (edges - whole)[:, None, None] * pixels[whole]
    bands: Pixels = ((at_edges[1:] - at_edges[:-1]) * (count / rows)).astype(np.float32)
    return bands
