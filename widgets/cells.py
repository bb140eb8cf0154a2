"""Pictures as terminal cells: half blocks (two pixels in a cell) or characters by lightness. Arrays in, segments out.

A pixel is taken as square: a cell is one pixel wide and two high. Colours are exactly those of Rich-Pixels' half cells;
with `palette`, for terminals of 256 colours, they are mixed of the palette's instead (`widgets.palette256`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from widgets.cell_grid import CellText, Picture, Rgb
from widgets.palette256 import dither, entry_color, nearest

type Rows = list[list[Segment]]
type SegmentMaker = Callable[[npt.NDArray[np.int64]], list[Segment]]
type TextStyle = Callable[[Rgb, Rgb], Style]

LOWER_HALF = "▄"
RAMP = " .:;~*%#@"
"""Characters from dark to light; none of those that lines, frames and texts over a picture are made of."""

_CACHE_LIMIT = 1 << 12
"""More would take the garbage collector longer to look through than they take to be made."""

_styles: dict[int, Style] = {}
_palette_styles: dict[int, Style] = {}


def scale_to(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture (H, W, 3) resampled to (width, height)."""
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0), dtype=np.uint8)


class CellRow:
    """A row of cells, whose segments are made when they are first asked for."""

    __slots__ = ("_make", "_numbers", "_segments", "_style", "_texts")

    def __init__(
        self,
        numbers: npt.NDArray[np.int64],
        texts: Sequence[CellText],
        make: SegmentMaker,
        style: TextStyle | None,
    ) -> None:
        """`make` turns a line of numbers, one for each cell, into segments; `style` a text's colours into its style."""
        self._numbers, self._texts, self._make, self._style = numbers, tuple(texts), make, style
        self._segments: list[Segment] | None = None

    @property
    def segments(self) -> list[Segment]:
        """The cells, with the texts over them."""
        if self._segments is None:
            self._segments = _row(self._numbers, self._texts, self._make, self._style)
        return self._segments

    @property
    def columns(self) -> int:
        """Cells in the row."""
        return len(self._numbers)

    @property
    def cost(self) -> int:
        """About how many bytes showing it takes: a blank in one colour needs one code, a half block mostly two."""
        numbers = self._numbers
        begins = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
        blank = int(np.count_nonzero(numbers[begins] >> 24 == numbers[begins] & 0xFFFFFF))
        code = 9 if self._style is _PALETTE_STYLE else 17
        return 24 + len(numbers) // 2 + code * (2 * len(begins) - blank + 2 * len(self._texts))

    def shows_same(self, other: CellRow) -> bool:
        """Whether both look the same."""
        return (
            self._style is other._style
            and self._texts == other._texts
            and np.array_equal(self._numbers, other._numbers)
        )


def half_block_rows(picture: Picture, texts: Sequence[CellText] = (), *, palette: bool = False) -> Rows:
    """One list of segments for each two rows of a picture of shape (2 * rows, columns, 3).

    Neighbouring cells of equal colours share a segment.
    """
    return [row.segments for row in half_block_cells(picture, texts, palette=palette)]


def half_block_cells(picture: Picture, texts: Sequence[CellText] = (), *, palette: bool = False) -> list[CellRow]:
    """The same rows, not yet made."""
    packed = _colors(picture, palette)
    make = _palette_segments if palette else _half_block_segments
    return cell_rows(packed[0::2] << 24 | packed[1::2], texts, make, text_style_for(palette=palette))


def _colors(picture: Picture, palette: bool) -> npt.NDArray[np.int64]:
    """24-bit colours, or entries of the palette."""
    return dither(picture).astype(np.int64) if palette else packed_colors(picture)


def character_rows(
    picture: Picture, texts: Sequence[CellText] = (), color: bool = True, *, palette: bool = False
) -> Rows:
    """Rows like those of half blocks, with a character for each cell.

    It is chosen by the lightness of the cell's two pixels among the picture's. With `color` the character has the
    cell's hue at full brightness; without, it carries no style at all. With `palette` only the colours of texts are the
    palette's: a terminal finds the nearest to a hue well enough.
    """
    return [row.segments for row in character_cells(picture, texts, color, palette=palette)]


def character_cells(
    picture: Picture, texts: Sequence[CellText] = (), color: bool = True, *, palette: bool = False
) -> list[CellRow]:
    """The same rows, not yet made."""
    mean = picture.reshape(picture.shape[0] // 2, 2, picture.shape[1], 3).mean(axis=1)
    lightness = mean @ np.array([0.2126, 0.7152, 0.0722])
    dark, light = np.percentile(lightness, (2, 98))
    stretched = np.clip((lightness - dark) / max(light - dark, 1), 0, 1)
    levels = np.minimum((stretched * len(RAMP)).astype(np.int64), len(RAMP) - 1)
    bright = np.rint(mean * (255 / np.maximum(mean.max(axis=-1, keepdims=True), 1))).astype(np.uint8)
    # Sixteen steps a channel: hues that nobody can tell apart share a segment.
    hues = packed_colors(bright & np.uint8(0xF0)) if color else np.zeros(levels.shape, np.int64)
    make = _colored_segments if color else _plain_segments
    return cell_rows(hues << 8 | levels, texts, make, text_style_for(palette=palette) if color else None)


def cell_rows(
    cells: npt.NDArray[np.int64], texts: Sequence[CellText], make: SegmentMaker, style: TextStyle | None
) -> list[CellRow]:
    """Rows from a number for each cell (rows, columns), with texts over them."""
    by_row = _texts_by_row(texts)
    return [CellRow(line, by_row.get(y, ()), make, style) for y, line in enumerate(cells)]


def packed_colors(picture: Picture) -> npt.NDArray[np.int64]:
    """Colours (H, W, 3) as numbers (H, W) of 24 bits, red highest."""
    wide = picture.astype(np.int64)
    packed: npt.NDArray[np.int64] = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    return packed


def _texts_by_row(texts: Sequence[CellText]) -> dict[int, list[CellText]]:
    by_row: dict[int, list[CellText]] = {}
    for text in sorted(texts, key=lambda text: text.column):
        by_row.setdefault(text.row, []).append(text)
    return by_row


def _row(
    line: npt.NDArray[np.int64], texts: Sequence[CellText], make: SegmentMaker, style: TextStyle | None
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


def runs(line: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """(value, length) of each run of equal numbers."""
    starts = np.flatnonzero(np.concatenate(([True], line[1:] != line[:-1])))
    lengths = np.diff(np.append(starts, len(line)))
    return list(zip(line[starts].tolist(), lengths.tolist(), strict=True))


def _half_block_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    return [Segment(LOWER_HALF * length, half_block_style(value)) for value, length in runs(line)]


def _colored_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    """Runs of one hue; the characters inside them differ."""
    segments = []
    characters = [RAMP[level] for level in (line & 0xFF).tolist()]
    done = 0
    for value, length in runs(line >> 8):
        style = Style.from_color(rgb_color(value))
        segments.append(Segment("".join(characters[done : done + length]), style))
        done += length
    return segments


def _plain_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    return [Segment("".join(RAMP[level] for level in (line & 0xFF).tolist()))]


def _palette_segments(line: npt.NDArray[np.int64]) -> list[Segment]:
    return [Segment(LOWER_HALF * length, palette_style(value)) for value, length in runs(line)]


def half_block_style(value: int) -> Style:
    """Style of a cell from its upper (high 24 bits) and lower colour."""
    style = _styles.get(value)
    if style is None:
        if len(_styles) >= _CACHE_LIMIT:
            _styles.clear()
        style = _styles[value] = Style.from_color(rgb_color(value & 0xFFFFFF), rgb_color(value >> 24))
    return style


def palette_style(value: int) -> Style:
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


def text_style_for(*, palette: bool) -> TextStyle:
    """How the texts of rows are styled."""
    return _PALETTE_STYLE if palette else text_style


_PALETTE_STYLE = partial(text_style, palette=True)


def rgb_color(value: int) -> Color:
    """Rich's colour of a number of 24 bits."""
    return Color(f"#{value:06x}", ColorType.TRUECOLOR, None, ColorTriplet(value >> 16, value >> 8 & 0xFF, value & 0xFF))
