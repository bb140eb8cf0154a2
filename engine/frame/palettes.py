"""The colours and the gloss that a material has by nature."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

from engine.frame.looks_spec import Rgb
from engine.frame.rng import Stream

type Range = tuple[float, float]
type Palette = tuple[Rgb, Rgb, float]
"""Base colour, second colour, roughness."""

_METALS: tuple[Rgb, ...] = (
    (0.95, 0.95, 0.96),  # aluminium
    (0.78, 0.77, 0.76),  # steel
    (0.86, 0.83, 0.79),  # nickel
    (0.96, 0.76, 0.65),  # copper
    (0.92, 0.80, 0.54),  # brass
    (0.74, 0.71, 0.68),  # titanium
    (0.99, 0.86, 0.54),  # gold
)

_ANY: Range = (0.0, 360.0)


def natural(material: str, stream: Stream) -> Palette:
    """Draw them; for `pbr` they stand in for the maps that a set lacks."""
    return _PALETTES[material](stream)


def _within(stream: Stream, ends: Range) -> float:
    return ends[0] + stream.uniform() * (ends[1] - ends[0])


def _color(stream: Stream, hue: Range, saturation: Range, value: Range) -> Rgb:
    h, s, v = (_within(stream, ends) for ends in (hue, saturation, value))
    return colorsys.hsv_to_rgb(h / 360 % 1, s, v)


def _shaded(stream: Stream, color: Rgb, factor: Range) -> Rgb:
    """The colour, darker or lighter by a factor."""
    by = _within(stream, factor)
    red, green, blue = (min(1.0, part * by) for part in color)
    return red, green, blue


def _wood(stream: Stream) -> Palette:
    base = _color(stream, (18, 36), (0.35, 0.62), (0.28, 0.82))
    return base, _shaded(stream, base, (0.35, 0.65)), _within(stream, (0.3, 0.65))


def _marble(stream: Stream) -> Palette:
    grey: Range = (0.0, 0.06)
    if stream.uniform() < 0.7:
        base, second = _color(stream, (20, 60), grey, (0.82, 0.94)), _color(stream, (20, 220), grey, (0.3, 0.55))
    else:
        base, second = _color(stream, _ANY, (0.05, 0.4), (0.08, 0.28)), _color(stream, (20, 60), grey, (0.7, 0.9))
    return base, second, _within(stream, (0.12, 0.4))


def _concrete(stream: Stream) -> Palette:
    base = _color(stream, (28, 55), (0.02, 0.09), (0.48, 0.72))
    return base, _shaded(stream, base, (0.6, 0.8)), _within(stream, (0.65, 0.95))


def _fabric(stream: Stream) -> Palette:
    base = _color(stream, _ANY, (0.0, 0.65), (0.2, 0.85))
    return base, _color(stream, _ANY, (0.0, 0.5), (0.25, 0.9)), _within(stream, (0.75, 1.0))


def _metal(roughness: Range) -> Callable[[Stream], Palette]:
    def draw(stream: Stream) -> Palette:
        base = _METALS[int(stream.uniform() * len(_METALS))]
        return base, base, _within(stream, roughness)

    return draw


def _plastic(stream: Stream) -> Palette:
    base = _color(stream, _ANY, (0.0, 0.9), (0.05, 0.92))
    return base, base, _within(stream, (0.12, 0.5))


def _ceramic(stream: Stream) -> Palette:
    base = _color(stream, _ANY, (0.0, 0.55), (0.3, 0.93))
    return base, _shaded(stream, base, (0.45, 0.8)), _within(stream, (0.06, 0.3))


def _tiles(stream: Stream) -> Palette:
    base = _color(stream, _ANY, (0.0, 0.6), (0.25, 0.92))
    return base, _color(stream, (25, 60), (0.02, 0.12), (0.3, 0.85)), _within(stream, (0.08, 0.4))


def _leather(stream: Stream) -> Palette:
    base = _color(stream, (8, 34), (0.3, 0.75), (0.08, 0.5))
    return base, _shaded(stream, base, (1.3, 1.9)), _within(stream, (0.35, 0.6))


def _cardboard(stream: Stream) -> Palette:
    base = _color(stream, (27, 35), (0.34, 0.48), (0.56, 0.74))
    return base, _shaded(stream, base, (0.5, 0.65)), _within(stream, (0.8, 0.95))


def _dirty_paint(stream: Stream) -> Palette:
    base = _color(stream, _ANY, (0.1, 0.8), (0.3, 0.9))
    # Below it: rust, or a primer.
    rust = stream.uniform() < 0.5
    under = _color(stream, (8, 24), (0.5, 0.7), (0.25, 0.45)) if rust else _color(stream, _ANY, (0.0, 0.2), (0.3, 0.7))
    return base, under, _within(stream, (0.2, 0.6))


_PALETTES: dict[str, Callable[[Stream], Palette]] = {
    "wood": _wood,
    "marble": _marble,
    "concrete": _concrete,
    "fabric": _fabric,
    "brushed-metal": _metal((0.22, 0.45)),
    "polished-metal": _metal((0.03, 0.15)),
    "plastic": _plastic,
    "ceramic": _ceramic,
    "tiles": _tiles,
    "leather": _leather,
    "cardboard": _cardboard,
    "dirty-paint": _dirty_paint,
    "pbr": _concrete,
    "plain": _plastic,
    "stone": _marble,
}
