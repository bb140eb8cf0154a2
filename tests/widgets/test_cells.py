"""Cells hold exactly the colours that Rich-Pixels would give them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from rich.segment import Segment
from rich_pixels import HalfcellRenderer

from widgets.cell_grid import CellText, fit
from widgets.cells import RAMP, character_rows, half_block_cells, half_block_rows, scale_to
from widgets.detail import Detail, reduced
from widgets.lean import lean_text


def gradient(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 7 % 256, y * 13 % 256, (x * y) % 256], axis=-1).astype(np.uint8)


def cells(rows: list[list[Segment]]) -> list[list[tuple[str, object, object]]]:
    """(character, foreground, background) of each cell."""
    table = []
    for row in rows:
        line = []
        for text, style, _ in row:
            colors = (style.color.triplet, style.bgcolor.triplet) if style and style.color and style.bgcolor else ()
            line += [(character, *colors) for character in text]
        table.append(line)
    return table


def rich_pixels_rows(picture: np.ndarray) -> list[list[Segment]]:
    rows: list[list[Segment]] = [[]]
    for segment in HalfcellRenderer().render(Image.fromarray(picture), None):
        if segment.text == "\n":
            rows.append([])
        else:
            rows[-1].append(segment)
    return rows[:-1]


@pytest.mark.parametrize(("width", "height"), [(1, 2), (40, 24), (79, 46)])
def test_half_blocks_equal_rich_pixels(width: int, height: int) -> None:
    picture = gradient(width, height)
    assert cells(half_block_rows(picture)) == cells(rich_pixels_rows(picture))


def test_equal_neighbours_share_a_segment() -> None:
    picture = np.full((4, 50, 3), 90, np.uint8)
    rows = half_block_rows(picture)
    assert [len(row) for row in rows] == [1, 1]
    assert cells(rows) == cells(rich_pixels_rows(picture))


def test_texts_replace_cells_and_nothing_else() -> None:
    picture = gradient(20, 8)
    texts = [
        CellText(3, 1, "cup 1", (0, 0, 0), (230, 159, 0)),
        CellText(6, 1, "bowl", (0, 0, 0), (1, 2, 3)),
        CellText(17, 2, "long name", (0, 0, 0), (1, 2, 3)),
        CellText(25, 2, "outside", (0, 0, 0), (1, 2, 3)),
    ]
    plain, written = cells(half_block_rows(picture)), cells(half_block_rows(picture, texts))
    assert [len(row) for row in written] == [20] * 4
    assert "".join(cell[0] for cell in written[1]) == "▄▄▄cup 1wl▄▄▄▄▄▄▄▄▄▄"
    assert "".join(cell[0] for cell in written[2]).endswith("▄▄▄lon")
    assert written[1][3][2] == (230, 159, 0)
    assert written[0] == plain[0]
    assert written[1][10:] == plain[1][10:]


def test_characters_follow_lightness() -> None:
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], 2, axis=0).repeat(3, axis=2)
    text = "".join(segment.text for segment in character_rows(ramp, color=False)[0])
    assert len(text) == 32
    assert text[0] == " "
    assert text[-1] == "@"
    order = RAMP
    assert [order.index(character) for character in text] == sorted(order.index(character) for character in text)


def test_characters_without_color_carry_no_style() -> None:
    texts = [CellText(2, 0, "cup", (0, 0, 0), (9, 9, 9))]
    assert all(segment.style is None for row in character_rows(gradient(20, 8), texts, color=False) for segment in row)
    assert any(segment.style is not None for row in character_rows(gradient(20, 8)) for segment in row)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (64, 48), (4000, 100), (1, 1)])
@pytest.mark.parametrize("area", [(50, 19), (78, 35), (146, 55), (10, 3), (1, 1)])
def test_fit_keeps_inside_and_keeps_the_shape(size: tuple[int, int], area: tuple[int, int]) -> None:
    width, height = fit(size, *area)
    assert 1 <= width <= area[0]
    assert 2 <= height <= 2 * area[1]
    assert height % 2 == 0
    assert width == area[0] or height == 2 * area[1] or min(area) == 1
    if min(width, height) > 8:
        assert width / height == pytest.approx(size[0] / size[1], rel=0.1)


def test_scaling_averages() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[::2] = 200
    small = scale_to(picture, (8, 8))
    assert small.shape == (8, 8, 3)
    assert abs(int(small.mean()) - 100) <= 2


def test_costs_are_near_what_is_sent() -> None:
    picture = gradient(80, 48)
    for palette in (False, True):
        for merged in (0, 1, 4):
            rows = half_block_cells(reduced(picture, Detail(merged=merged)), palette=palette)
            sent = sum(len(lean_text(row.segments, "truecolor").encode()) for row in rows)
            assert 0.6 < sum(row.cost for row in rows) / sent < 1.6
