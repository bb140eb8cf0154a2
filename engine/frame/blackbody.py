"""The colour of glowing bodies, in which lamps and the sun are told by their temperature."""

from __future__ import annotations

from engine.frame.looks_spec import Rgb


def chromaticity(kelvin: float) -> tuple[float, float]:
    """CIE 1931 (x, y) of a black body between 1667 K and 25,000 K.

    Cubic splines through the Planckian locus: Kim et al., “Design of advanced color temperature control system for
    HDTV applications”, Journal of the Korean Physical Society 41(6), 2002; off by less than 0.001.
    """
    t = 1000.0 / kelvin
    if kelvin <= 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin <= 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin <= 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return x, y


def light_color(kelvin: float) -> Rgb:
    """Linear Rec.709 of a black body, of luminance 1. What lies outside the gamut (the blue of a candle) is 0."""
    x, y = chromaticity(kelvin)
    X, Z = x / y, (1 - x - y) / y  # noqa: N806 - the tristimulus values' names; Y is 1
    # IEC 61966-2-1, the matrix of Rec.709's primaries and D65.
    red = 3.2404542 * X - 1.5371385 - 0.4985314 * Z
    green = -0.9692660 * X + 1.8760108 + 0.0415560 * Z
    blue = 0.0556434 * X - 0.2040259 + 1.0572252 * Z
    red, green, blue = (max(0.0, part) for part in (red, green, blue))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return red / luminance, green / luminance, blue / luminance
