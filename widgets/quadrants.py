"""Pictures as quadrant blocks: four pixels in a cell that has two colours. Arrays in, segments out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style

from widgets.cell_grid import CellText, Picture
from widgets.cells import (
    CellRow,
    cell_rows,
    half_block_style,
    packed_colors,
    palette_style,
    runs,
    text_style_for,
)
from widgets.palette256 import dither

GLYPHS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the quadrants that have the foreground: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""

_SPLITS = np.array([12, 4, 8, 2, 6, 10, 14])
"""Quadrants of the foreground in each way to split a cell in two; the upper left one always has the background. Of
equally good ones the first is taken, and so a half block where it does."""


def quadrant_cells(picture: Picture, texts: Sequence[CellText] = (), *, palette: bool = False) -> list[CellRow]:
    """One row of cells for each two rows of a picture of shape (2 * rows, 2 * columns, 3).

    Of the ways to give a cell's four pixels two colours the one of least squared error is taken, with the mean of the
    pixels on either side.
    """
    split, front, back = best_splits(picture)
    if palette:
        upper, lower = dither(back).astype(np.int64), dither(front).astype(np.int64)
    else:
        upper, lower = packed_colors(back), packed_colors(front)
    cells = split.astype(np.int64) << 48 | upper << 24 | lower
    make = partial(_segments, style=palette_style if palette else half_block_style)
    return cell_rows(cells, texts, make, text_style_for(palette=palette))


def _segments(line: npt.NDArray[np.int64], style: Callable[[int], Style]) -> list[Segment]:
    glyphs = "".join(GLYPHS[number] for number in (line >> 48).tolist())
    segments, done = [], 0
    for value, length in runs(line & ((1 << 48) - 1)):
        segments.append(Segment(glyphs[done : done + length], style(value)))
        done += length
    return segments


def best_splits(picture: Picture) -> tuple[npt.NDArray[np.uint8], Picture, Picture]:
    """Of each cell of a picture (2 * rows, 2 * columns, 3): the quadrants of the foreground as a number into GLYPHS
    (rows, columns), the colours of foreground and background (rows, columns, 3)."""
    rows, columns = picture.shape[0] // 2, picture.shape[1] // 2
    pixels = picture.reshape(rows, 2, columns, 2, 3).transpose(0, 2, 1, 3, 4).reshape(rows, columns, 4, 3)
    pixels = pixels.astype(np.float32)
    front = ((_SPLITS[:, None] >> np.arange(4)) & 1).astype(np.float32)
    sums = np.einsum("sp,rcpk->srck", front, pixels)
    counts = front.sum(axis=1)[:, None, None, None]
    rest = pixels.sum(axis=2)[None] - sums
    # What the means of the two sides leave over: all squares less those of the means, the first the same for every way.
    kept = (sums**2 / counts + rest**2 / (4 - counts)).sum(axis=-1)
    best = np.argmax(kept > kept.max(axis=0) - 0.5, axis=0)
    row, column = np.ogrid[:rows, :columns]
    number = _SPLITS[best].astype(np.uint8)
    count = counts[best, 0, 0]
    foreground = np.rint(sums[best, row, column] / count).astype(np.uint8)
    background = np.rint(rest[best, row, column] / (4 - count)).astype(np.uint8)
    return number, foreground, background
