"""What the camera's lens, sensor and file do to the picture. Left alone, nothing."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution
from engine.recipe.fields import varying, varying_text, where

DEMOSAICS = ("none", "bilinear", "malvar")

NEUTRAL_KELVIN = 6500.0
"""The white balance that leaves colours as they are: Rec.709's white."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """What the camera's lens, sensor and file do to the picture (never to masks or depth), in the order given here."""

    blur: Distribution = varying(
        0.0, "standard deviation of the lens's own blur; 0 is a perfect lens", unit="px", low=0, high=10
    )
    defocus: Distribution = varying(
        0.0, "radius of the disc that a point becomes when the focus is missed", unit="px", low=0, high=12
    )
    red_shift: Distribution = varying(
        0.0,
        "lateral chromatic aberration: how much larger the red picture is than the green",
        unit="‰",
        low=-20,
        high=20,
    )
    blue_shift: Distribution = varying(
        0.0,
        "lateral chromatic aberration: how much larger the blue picture is than the green",
        unit="‰",
        low=-20,
        high=20,
    )
    vignetting: Distribution = varying(0.0, "share of the light that is lost in the corners", low=0, high=0.95)
    iso: Distribution = varying(
        0.0,
        "sensitivity, which decides how much noise there is; 0 is a sensor without noise",
        unit="ISO",
        low=0,
        high=1e6,
    )
    full_well: Distribution = where(
        "iso != 0",
        varying(100_000.0, "electrons that fill a pixel at ISO 100; fewer are noisier", unit="e⁻", low=10, high=1e8),
    )
    read_noise: Distribution = where(
        "iso != 0",
        varying(
            3.0,
            "standard deviation of the noise of reading a pixel, where there is an `iso`",
            unit="e⁻",
            low=0,
            high=1e4,
        ),
    )
    headroom: Distribution = varying(
        6.5,
        "how much brighter than middle grey (0.18) light may be before a pixel is full; "
        "counts where there is an `iso`, `bits` or a `demosaic`",
        unit="EV",
        low=1,
        high=16,
    )
    bits: Distribution = varying(
        0, "bits of the sensor's numbers, linear in the light; 0 does not round", low=0, high=16, integer=True
    )
    demosaic: Distribution = varying_text(
        "none",
        "how the colours are made from a Bayer mosaic (RGGB); `none` has a sensor for each colour",
        options=DEMOSAICS,
    )
    white_balance: Distribution = varying(
        NEUTRAL_KELVIN,
        "colour temperature that the camera takes for white: above 6500 the picture becomes warmer, below colder",
        unit="K",
        low=2500,
        high=20_000,
    )
    tint: Distribution = varying(
        0.0,
        "error of the white balance across it: above 0 towards magenta, below towards green",
        unit="EV",
        low=-2,
        high=2,
    )
    sharpening: Distribution = varying(
        0.0, "strength of the sharpening (unsharp mask on the brightness) that phones apply", low=0, high=5
    )
    sharpening_radius: Distribution = where(
        "sharpening != 0",
        varying(1.0, "standard deviation of the blur that the sharpening compares with", unit="px", low=0.3, high=5),
    )
    jpeg: Distribution = varying(
        0, "quality at which the camera compresses the picture (4:2:0); 0 does not", low=0, high=100, integer=True
    )
