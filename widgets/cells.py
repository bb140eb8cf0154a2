"""Pictures as terminal cells: half blocks (two pixels in a cell) or characters by lightness. Arrays in, segments out.

A pixel is taken as square: a cell is one pixel wide and two high. Colours are exactly those of Rich-Pixels' half cells;
with `palette`, for terminals of 256 colours, they are mixed of the palette's instead (`widgets.palette256`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from widgets.palette256 import dither, entry_color, nearest

type Picture = npt.NDArray[np.uint8]
type Rgb = tuple[int, int, int]
type _SegmentMaker = Callable[[npt.NDArray[np.int64]], list[Segment]]
type _TextStyle = Callable[[Rgb, Rgb], Style]

LOWER_HALF = "▄"
RAMP = " .:-=+*#%@"
"""Characters from dark to light."""

_CACHE_LIMIT = 1 << 16
_styles: dict[int, Style] = {}
_palette_styles: dict[int, Style] = {}


@dataclass(frozen=True, slots=True)
class CellText:
    """A text written over a picture, one line of single-width characters, as real characters."""

    column: int
    row: int
    text: str
    foreground: Rgb
    background: Rgb


def fit(picture_size: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
    """The largest (width, height) in pixels that keeps a picture's shape and fits into columns x rows cells.

    The height is even, so that the picture fills whole cells; both are at least one cell's.
    """
    width, height = picture_size
    scale = min(columns / width, 2 * rows / height)
    fitted_rows = min(max(round(height * scale / 2), 1), max(rows, 1))
    return min(max(round(width * scale), 1), max(columns, 1)), 2 * fitted_rows


def scale_to(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture (H, W, 3) resampled to (width, height)."""
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0), dtype=np.uint8)


def half_block_rows(picture: Picture, texts: Sequence[CellText] = (), *, palette: bool = False) -> list[list[Segment]]:
    """One list of segments for each two rows of a picture of shape (2 * rows, columns, 3).

    Neighbouring cells of equal colours share a segment.
    """
    packed = dither(picture).astype(np.int64) if palette else _packed(picture)
    cells = packed[0::2] << 24 | packed[1::2]
    by_row = _texts_by_row(texts)
    make = _palette_segments if palette else _half_block_segments
    return [_row(line, by_row.get(y, ()), make, _text_style_for(palette=palette)) for y, line in enumerate(cells)]


def character_rows(
    picture: Picture, texts: Sequence[CellText] = (), color: bool = True, *, palette: bool = False
) -> list[list[Segment]]:
    """The same with a character for each cell, chosen by the lightness of its two pixels among the picture's.

    With `color` the character has the cell's hue at full brightness; without, it carries no style at all. With
    `palette` only the colours of texts are the palette's: a terminal finds the nearest to a hue well enough.
    """
    mean = picture.reshape(picture.shape[0] // 2, 2, picture.shape[1], 3).mean(axis=1)
    lightness = mean @ np.array([0.2126, 0.7152, 0.0722])
    dark, light = np.percentile(lightness, (2, 98))
    stretched = np.clip((lightness - dark) / max(light - dark, 1), 0, 1)
    levels = np.minimum((stretched * len(RAMP)).astype(np.int64), len(RAMP) - 1)
    bright = np.rint(mean * (255 / np.maximum(mean.max(axis=-1, keepdims=True), 1))).astype(np.uint8)
    # Sixteen steps a channel: hues that nobody can tell apart share a segment.
    hues = _packed(bright & np.uint8(0xF0)) if color else np.zeros(levels.shape, np.int64)
    cells = hues << 8 | levels
    by_row = _texts_by_row(texts)
    make = _colored_segments if color else _plain_segments
    style = _text_style_for(palette=palette) if color else None
    return [_row(line, by_row.get(y, ()), make, style) for y, line in enumerate(cells)]


def _packed(picture: Picture) -> npt.NDArray[np.int64]:
    wide = picture.astype(np.int64)
    packed: npt.NDArray[np.int64] = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    return packed


def _texts_by_row(texts: Sequence[CellText]) -> dict[int, list[CellText]]:
    by_row: dict[int, list[CellText]] = {}
    for text in sorted(texts, key=lambda text: text.column):
        by_row.setdefault(text.row, []).append(text)
    return by_row


def _row(
    line: npt.NDArray[np.int64], texts: Sequence[CellText], make: _SegmentMaker, style: _TextStyle | None
) -> list[Segment]:
    """A row of cells with texts over it; texts that overlap an earlier one or the edge are cut."""
    if not texts:
        return make(line)
    segments: list[Segment] = []
    done = 0
    for text in texts:
        start = max(text.column, done)
        shown = text.text[start - text.column : max(len(line) - text.column, 0)]
        if not shown:
            continue
        if start > done:
            segments += make(line[done:start])
        segments.append(Segment(shown, style(text.foreground, text.background) if style else None))
        done = start + len(shown)
    if done < len(line):
        segments += make(line[done:])
    return segments


def _runs(line: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """(value, length) of each run of equal numbers."""
    starts = np.flatnonzero(np.concatenate(([True], line[1:] != line[:-1])))
    lengths = np.diff(np.append(starts, len(line)))
    return list(zip(line[starts].tolist(), lengths.tolist(), strict=True))


def _half_block_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    return [Segment(LOWER_HALF * length, _half_block_style(value)) for value, length in _runs(line)]


def _colored_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    """Runs of one hue; the characters inside them differ."""
    segments = []
    characters = [RAMP[level] for level in (line & 0xFF).tolist()]
    done = 0
    for value, length in _runs(line >> 8):
        style = Style.from_color(_color(value))
        segments.append(Segment("".join(characters[done : done + length]), style))
        done += length
    return segments


def _plain_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    return [Segment("".join(RAMP[level] for level in (line & 0xFF).tolist()))]


def _palette_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    return [Segment(LOWER_HALF * length, _palette_style(value)) for value, length in _runs(line)]


def _half_block_style(value: int) -> Style:
    """Style of a cell from its upper (high 24 bits) and lower colour."""
    style = _styles.get(value)
    if style is None:
        if len(_styles) >= _CACHE_LIMIT:
            _styles.clear()
        style = _styles[value] = Style.from_color(_color(value & 0xFFFFFF), _color(value >> 24))
    return style


def _palette_style(value: int) -> Style:
    """The same from two entries of the palette; there are too few of them for a limit."""
    style = _palette_styles.get(value)
    if style is None:
        style = Style.from_color(entry_color(value & 0xFFFFFF), entry_color(value >> 24))
        _palette_styles[value] = style
    return style


def text_style(foreground: Rgb, background: Rgb, *, palette: bool = False) -> Style:
    """Style of a text with its own background."""
    return Style(
        color=mark_color(foreground, palette=palette), bgcolor=mark_color(background, palette=palette), bold=True
    )


def mark_color(rgb: Rgb, *, palette: bool = False) -> Color:
    """The colour of a text or mark; with `palette` the one that an overlay's line has in a picture."""
    return entry_color(nearest(rgb)) if palette else Color.from_rgb(*rgb)


def _text_style_for(*, palette: bool) -> _TextStyle:
    return partial(text_style, palette=palette)


def _color(value: int) -> Color:
    triplet = ColorTriplet(value >> 16, value >> 8 & 0xFF, value & 0xFF)
    return Color(triplet.hex, ColorType.TRUECOLOR, None, triplet)
