"""Colours of overlays, chosen so that people with colour vision deficiencies can tell them apart.

The hues are those of Okabe and Ito (2008). An instance keeps its colour in every frame and picture: it depends on the
instance id alone.
"""

from __future__ import annotations

type Color = tuple[int, int, int]
"""Red, green, blue of the sRGB display, 0 to 255."""

_HUES: tuple[Color, ...] = (
    (230, 159, 0),  # orange
    (86, 180, 233),  # sky blue
    (204, 121, 167),  # reddish purple
    (0, 158, 115),  # bluish green
    (240, 228, 66),  # yellow
    (213, 94, 0),  # vermillion
    (0, 114, 178),  # blue
)
_SHADES = (0.0, 0.45, -0.4)
"""Rounds of the seven hues: as they are, mixed with white, mixed with black."""

AXIS_COLORS: tuple[Color, Color, Color] = ((240, 86, 52), (47, 190, 132), (82, 160, 255))
"""Of the x, y and z axes: red, green and blue in tones that differ in lightness too."""

INK: Color = (16, 18, 22)
PAPER: Color = (250, 250, 250)


def instance_color(instance_id: int) -> Color:
    """Colour of an instance id (1 to 65,535). Ids up to 7 differ in hue, up to 21 in hue and lightness."""
    hue = _HUES[(instance_id - 1) % len(_HUES)]
    shade = _SHADES[(instance_id - 1) // len(_HUES) % len(_SHADES)]
    target = PAPER if shade > 0 else INK
    return mix(hue, target, abs(shade))


def prediction_color(verdict: str) -> Color:
    """Colour of a prediction: red where it is `wrong`, else light. Its frame is dashed and its label marked as well."""
    return (255, 84, 64) if verdict == "wrong" else PAPER


def mix(a: Color, b: Color, share: float) -> Color:
    """`a` with a share (0 to 1) of `b`."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def text_on(background: Color) -> Color:
    """Ink or paper, whichever reads better on a background (WCAG relative luminance)."""
    return INK if luminance(background) > 0.179 else PAPER


def luminance(color: Color) -> float:
    """Relative luminance of an sRGB colour, 0 (black) to 1 (white)."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
