"""Quadrants: the two colours and the split that are nearest to a cell's four pixels."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.widgets.test_cells import cells, gradient
from tests.widgets.test_palette256 import many_colors
from widgets.cell_grid import CellText
from widgets.cells import half_block_rows
from widgets.palette256 import FIRST
from widgets.quadrants import GLYPHS, best_splits, quadrant_cells


def shown(picture: np.ndarray) -> np.ndarray:
    """The pixels that quadrants show, (2 * rows, 2 * columns, 3)."""
    table = cells([row.segments for row in quadrant_cells(picture)])
    result = np.zeros_like(picture)
    for y, line in enumerate(table):
        for x, (character, front, back) in enumerate(line):
            number = GLYPHS.index(character)
            for at, (dy, dx) in enumerate(product(range(2), range(2))):
                result[2 * y + dy, 2 * x + dx] = tuple(front if number >> at & 1 else back)  # type: ignore[arg-type]
    return result


def test_two_colors_are_shown_exactly() -> None:
    colors = np.array([(10, 20, 30), (200, 100, 50)], np.uint8)
    picture = colors[many_colors(24, 40)[..., 0] & 1]
    np.testing.assert_array_equal(shown(picture), picture)


def test_no_split_with_means_is_better() -> None:
    picture = many_colors(8, 12)
    got = ((shown(picture).astype(float) - picture) ** 2).reshape(4, 2, 6, 2, 3).sum(axis=(1, 3, 4))
    pixels = picture.reshape(4, 2, 6, 2, 3).transpose(0, 2, 1, 3, 4).reshape(4, 6, 4, 3).astype(float)
    for number in range(1, 15):
        front = np.array([number >> at & 1 for at in range(4)], bool)
        error = sum(
            ((pixels[:, :, side] - pixels[:, :, side].mean(axis=2, keepdims=True)) ** 2).sum(axis=(2, 3))
            for side in (front, ~front)
        )
        assert (got <= error + 4).all()  # means are rounded


def test_equal_pixels_across_give_half_blocks() -> None:
    picture = gradient(20, 12)
    assert cells([row.segments for row in quadrant_cells(picture.repeat(2, axis=1))]) == cells(half_block_rows(picture))


def test_texts_and_the_palette() -> None:
    text = CellText(2, 1, "cup", (0, 0, 0), (230, 159, 0))
    rows = [row.segments for row in quadrant_cells(gradient(40, 24), [text], palette=True)]
    assert "".join(segment.text for segment in rows[1])[2:5] == "cup"
    colors = [style.bgcolor for row in rows for _, style, _ in row if style is not None]
    assert all(color is not None and color.number is not None and color.number >= FIRST for color in colors)


def test_splits_never_give_the_upper_left_the_foreground() -> None:
    numbers, front, back = best_splits(gradient(16, 8))
    assert numbers.shape == (4, 8)
    assert front.shape == back.shape == (4, 8, 3)
    assert not (numbers & 1).any()
