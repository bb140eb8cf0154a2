"""What lens, sensor and file do to one frame's picture: plain drawn values."""

from __future__ import annotations

from typing import Literal

import msgspec


class SensorSpec(msgspec.Struct, frozen=True):
    """Values of `engine.recipe.sensor.Sensor`, in its units, for one frame."""

    blur: float
    """Standard deviation, camera pixels."""
    defocus: float
    """Radius, camera pixels."""
    red_shift: float
    """‰"""
    blue_shift: float
    """‰"""
    vignetting: float
    """Share of the light lost in the corners."""
    iso: float
    """0 is without noise."""
    full_well: float
    """Electrons at ISO 100."""
    read_noise: float
    """Electrons."""
    headroom: float
    """EV above middle grey."""
    bits: int
    """0 is not rounded."""
    demosaic: Literal["none", "bilinear", "malvar"]
    white_balance: float
    """Kelvin."""
    tint: float
    """EV."""
    sharpening: float
    sharpening_radius: float
    """Standard deviation, camera pixels."""
    jpeg: int
    """Quality; 0 is not compressed."""
    noise_seed: int
    """0 to 2**53 - 1."""
    axis: tuple[float, float] = (0.0, 0.0)
    """Where the optical axis meets the picture, as the camera's `principal_point`."""
    pixel: float = 1.0
    """Side of a camera pixel in pixels of the picture: below 1 where this is a small picture of a larger frame."""
