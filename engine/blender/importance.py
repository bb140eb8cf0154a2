"""How fine a map of brightness Cycles needs to find the light in an HDRI.

Cycles aims rays at the bright parts of the surroundings by a map that it makes by looking at the HDRI at one point per
cell, anew each time the HDRI turns. Its automatic size costs over a second on a small CPU; 256 x 128 cells cost 4 ms,
and each doubling costs four times as much. But a small sun falls between the points of a coarse map, or shares a cell
with dark sky; its light then comes as noise. What is computed here is how much noisier a coarse map makes the light.
Measured in renders of 16 samples with the HDRIs that Blender brings: “courtyard” gains nothing from a finer map than
256; with 2048 “city” has a seventeenth of the variance that it has with 256.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.blender import stale

Floats = npt.NDArray[np.float64]

RESOLUTIONS = (256, 512, 1024)
"""Widths of map to choose from, coarsest first. 2048 would cost a second of one processor core for every frame."""

NOISE_LIMIT = 1.15
"""How much variance a map may give, relative to an ideal one. A finer one costs a twentieth of a frame of 128x96 with
32 samples at most, and next to nothing of a large one."""

_IDEAL = 2048
"""Width of the map that others are held against: it puts three cells across the sun's disk."""

_BRIGHT = 16.0
"""Parts of the HDRI brighter than the mean by this factor are looked at; the rest any map samples well."""

_FIREFLY = 50.0
"""Largest weight of a sample: rays that come with a larger one are so rare that they show as missing light."""

_POINTS = 3
"""Points along each side of a bright pixel: the HDRI is interpolated, so light varies within a pixel."""

_TURNS = (0.0, 0.25, 0.5, 0.75)
"""Positions of the cells, in cells: turning the HDRI about the vertical moves it through all of them."""


def world_map_resolution(pixels: npt.NDArray[np.float32]) -> int:
    """The smallest of `RESOLUTIONS` that samples an equirectangular HDRI well on average over its turns, or the last.

    `pixels` is (H, W, 3 or more) scene-linear, row 0 at the top or the bottom. A function of the pixels alone.
    """
    light = np.nan_to_num(pixels[..., :3].mean(axis=-1, dtype=np.float64), nan=0.0, posinf=0.0).clip(min=0.0)
    bright = _BrightPoints(light)
    limit = NOISE_LIMIT * (1.0 + bright.noise(_IDEAL))
    return next((width for width in RESOLUTIONS if 1.0 + bright.noise(width) <= limit), RESOLUTIONS[-1])


def use_map(world: Any, resolution: int) -> None:
    """Set the size of a Blender world's map: `resolution` cells around, half as many from pole to pole."""
    stale.set_world_cycles(world, sampling_method="MANUAL", sample_map_resolution=resolution)


class _BrightPoints:
    """Points of an HDRI in its bright pixels, in pixel coordinates, each with its light and share of the sphere."""

    def __init__(self, light: Floats) -> None:
        height, width = light.shape
        sine = np.sin((np.arange(height) + 0.5) / height * np.pi)
        mean = float((light * sine[:, None]).sum() / (sine.sum() * width))
        self._light = light / mean if mean > 0 else light
        rows, columns = np.nonzero(_grown(self._light > _BRIGHT))
        offset = (np.arange(_POINTS) + 0.5) / _POINTS - 0.5
        self._x = (columns[:, None, None] + offset[None, :] + np.zeros((_POINTS, 1))).ravel()
        self._y = (rows[:, None, None] + np.zeros(_POINTS) + offset[:, None]).ravel()
        self._value = self._at(self._x, self._y)
        self._share = np.sin((self._y + 0.5) / height * np.pi) / (sine.sum() * width * _POINTS**2)

    def noise(self, resolution: int) -> float:
        """Second moment of what a sampled ray brings from the bright points; about 1 comes from everything else."""
        height, width = self._light.shape
        rows = resolution // 2
        y = (np.floor((self._y + 0.5) / height * rows) + 0.5) / rows * height - 0.5
        total = 0.0
        for turn in _TURNS:
            x = (np.floor((self._x + 0.5) / width * resolution + turn) + 0.5 - turn) / resolution * width - 0.5
            # Cycles takes about half of its rays towards the surroundings by the surface instead of the map.
            density = 0.5 * self._at(x, y) + 0.5
            weight = np.minimum(self._value / density, _FIREFLY)
            total += float((self._share * self._value * weight).sum())
        return total / len(_TURNS)

    def _at(self, x: Floats, y: Floats) -> Floats:
        """The HDRI's light, interpolated as Cycles does; it wraps around in x."""
        height, width = self._light.shape
        y = y.clip(0, height - 1)
        left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
        across, down = x - left, y - top
        right, bottom = (left + 1) % width, np.minimum(top + 1, height - 1)
        left = left % width
        upper = self._light[top, left] * (1 - across) + self._light[top, right] * across
        lower = self._light[bottom, left] * (1 - across) + self._light[bottom, right] * across
        return upper * (1 - down) + lower * down


def _grown(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """A mask with the neighbours of its pixels added, into which interpolation carries their light."""
    grown = mask.copy()
    for axis in (0, 1):
        grown |= np.roll(grown, 1, axis) | np.roll(grown, -1, axis)
    return grown
