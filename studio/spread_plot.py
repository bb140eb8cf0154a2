"""The spread of a recipe's frames as one picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from studio.spread_text import histogram, value_text

if TYPE_CHECKING:
    from engine.frame.spread import Quantity, Spread

_WIDTH, _HEIGHT = 300, 250
"""Of a panel."""
_COLUMNS = 3
_EDGE = 26
_INK, _FAINT, _PAPER, _DOT = (40, 40, 46), (205, 205, 210), (255, 255, 255), (32, 98, 168)
_SCALE = 2
"""Everything is drawn so many times larger, and then reduced, so that edges are smooth."""
_COLORS = 64
_BINS = 20
_MOST_BACKGROUNDS = 9

type _Sphere = Iterable[tuple[float, float]]


def save_plot(name: str, spread: Spread, path: Path) -> None:
    """Write a PNG. Raises OSError."""
    quantities = {quantity.name: quantity for quantity in spread.quantities}
    plot = _Plot(3)
    frames = spread.frames
    plot.sphere("viewpoints on the object's sphere", [(frame.azimuth, frame.elevation) for frame in frames])
    lit = [(frame.light_azimuth, frame.light_elevation) for frame in frames if frame.light_share > 0]
    plot.sphere("main light, in the world", lit)
    plot.picture("centres of boxes in the picture", [(x, y) for frame in frames for x, y, _, _ in frame.boxes])
    for column in ("box width", "box height", "distance", "light strength", "light from one side"):
        plot.columns(column, quantities.get(column))
    plot.names("backgrounds", spread.backgrounds)
    plot.save(f"{name}: {len(frames)} frames", path)


class _Plot:
    """Panels side by side, filled one after the other."""

    def __init__(self, rows: int) -> None:
        self._image = Image.new("RGB", (_COLUMNS * _WIDTH * _SCALE, (rows * _HEIGHT + _EDGE) * _SCALE), _PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._font = ImageFont.load_default(12 * _SCALE)
        self._filled = 0

    def sphere(self, title: str, directions: _Sphere) -> None:
        """A sphere seen from above, areas true: the zenith in the middle, the horizon the inner circle."""
        left, top = self._panel(title)
        radius = _HEIGHT / 2 - _EDGE
        x, y = left + _WIDTH / 2, top + _HEIGHT / 2 + 6
        for share in (1.0, math.sqrt(0.5)):
            self._ring(x, y, radius * share)
        for azimuth, elevation in directions:
            out = radius * math.sqrt((1 - math.sin(math.radians(elevation))) / 2)
            self._dot(x + out * math.cos(math.radians(azimuth)), y - out * math.sin(math.radians(azimuth)))

    def picture(self, title: str, places: _Sphere) -> None:
        """Places in a picture, as fractions of its sides."""
        left, top = self._panel(title)
        left, top, width, height = left + _EDGE, top + _EDGE + 6, _WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE - 6
        self._box(left, top, left + width, top + height)
        for x, y in places:
            self._dot(left + x * width, top + y * height)

    def columns(self, title: str, quantity: Quantity | None) -> None:
        """A histogram from the least to the greatest value."""
        left, top = self._panel(title)
        if quantity is None:
            return
        left, right, bottom = left + _EDGE, left + _WIDTH - _EDGE, top + _HEIGHT - _EDGE - 6
        counts = histogram(quantity, _BINS)
        each, unit = (right - left) / _BINS, (bottom - top - _EDGE - 6) / max(counts)
        for number, count in enumerate(counts):
            if count:
                at = left + number * each
                self._box(at + 1, bottom - count * unit, at + each - 1, bottom, fill=_DOT)
        self._line(left, bottom, right, bottom)
        self._text(left, bottom + 4, value_text(quantity.values[0], quantity.unit))
        self._text(right, bottom + 4, value_text(quantity.values[-1], quantity.unit), anchor="ra")

    def names(self, title: str, counts: dict[str, int]) -> None:
        """Bars with their names."""
        left, top = self._panel(title)
        shown = list(counts.items())[:_MOST_BACKGROUNDS]
        rest = sum(counts.values()) - sum(count for _, count in shown)
        if rest:
            shown.append((f"{len(counts) - len(shown)} more", rest))
        most = max(count for _, count in shown)
        for number, (name, count) in enumerate(shown):
            y = top + _EDGE + 6 + number * 19
            self._box(left + _EDGE, y, left + _EDGE + (_WIDTH - 2 * _EDGE) * count / most, y + 16, fill=_FAINT)
            self._text(left + _EDGE + 4, y + 1, f"{name}  {count}")

    def save(self, title: str, path: Path) -> None:
        """Write it as a PNG of few colours."""
        self._text(_EDGE, 8, title)
        size = self._image.width // _SCALE, self._image.height // _SCALE
        small = self._image.resize(size, Image.Resampling.BOX).quantize(_COLORS, dither=Image.Dither.NONE)
        small.save(path, "PNG", optimize=True)

    def _panel(self, title: str) -> tuple[float, float]:
        row, column = divmod(self._filled, _COLUMNS)
        self._filled += 1
        left, top = column * _WIDTH, row * _HEIGHT + _EDGE
        self._text(left + _EDGE, top + 8, title)
        return left, top

    def _ring(self, x: float, y: float, radius: float) -> None:
        box = [(side * _SCALE) for side in (x - radius, y - radius, x + radius, y + radius)]
        self._draw.ellipse(box, outline=_FAINT, width=_SCALE)

    def _dot(self, x: float, y: float) -> None:
        box = [side * _SCALE for side in (x - 1.6, y - 1.6, x + 1.6, y + 1.6)]
        self._draw.ellipse(box, fill=_DOT)

    def _box(self, left: float, top: float, right: float, bottom: float, fill: Sequence[int] | None = None) -> None:
        box = [side * _SCALE for side in (left, top, right, bottom)]
        self._draw.rectangle(box, fill=tuple(fill) if fill else None, outline=None if fill else _FAINT, width=_SCALE)

    def _line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self._draw.line([side * _SCALE for side in (x, y, to_x, to_y)], fill=_FAINT, width=_SCALE)

    def _text(self, x: float, y: float, text: str, anchor: str = "la") -> None:
        self._draw.text((x * _SCALE, y * _SCALE), text, fill=_INK, font=self._font, anchor=anchor)
