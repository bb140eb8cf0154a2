"""Pictures in 256 colours: only entries of the palette, true to the picture on average, still where it is still."""

from __future__ import annotations

import time

import numpy as np
import pytest
from rich.color import Color, ColorSystem
from rich.palette import Palette
from rich.segment import Segment
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual.color import Color as TextualColor
from textual.filter import ANSIToTruecolor

from widgets.cell_grid import CellText
from widgets.cells import character_rows, half_block_rows
from widgets.palette256 import FIRST, PALETTE, dither, entry_color, nearest, oklab


def faint_gradient() -> np.ndarray:
    """(48, 64, 3): a greyish blue that turns into a greyish pink, darker downwards."""
    y, x = np.mgrid[:48, :64]
    return np.stack([120 + x * 0.7 - y, 140 - y + x * 0.1, 165 - x * 0.5 - y], axis=-1).astype(np.uint8)


def many_colors(height: int, width: int) -> np.ndarray:
    """(height, width, 3) in which neighbours have nothing in common."""
    number = np.arange(height * width).reshape(height, width)
    return np.stack([number * 37 % 256, number * 101 % 251, number * 197 % 241], axis=-1).astype(np.uint8)


def means(picture: np.ndarray) -> np.ndarray:
    """Mean colour of each square of 4 x 4 pixels."""
    height, width = picture.shape[:2]
    mean: np.ndarray = picture.reshape(height // 4, 4, width // 4, 4, 3).astype(float).mean(axis=(1, 3))
    return mean


def by_rich(picture: np.ndarray) -> np.ndarray:
    """Each pixel as Rich shows it on a terminal of 256 colours."""
    flat = [Color.from_rgb(*pixel).downgrade(ColorSystem.EIGHT_BIT).number for pixel in picture.reshape(-1, 3).tolist()]
    shown: np.ndarray = PALETTE[np.array(flat) - FIRST].reshape(picture.shape)
    return shown


def hue_error(shown: np.ndarray, wanted: np.ndarray) -> float:
    """Mean distance in the hue plane of OKLab between squares of two pictures."""
    first, second = (oklab(np.rint(means(picture)).astype(np.uint8).reshape(-1, 3)) for picture in (shown, wanted))
    return float(np.hypot(*(first - second)[:, 1:].T).mean())


def entries_of(rows: list[list[Segment]]) -> np.ndarray:
    """(2 * rows, columns) entries of half blocks."""
    upper, lower = [], []
    for row in rows:
        cells = [style for text, style, _ in row for _ in text if style is not None]
        upper.append([style.bgcolor.number for style in cells if style.bgcolor])
        lower.append([style.color.number for style in cells if style.color])
    return np.stack([np.array(upper), np.array(lower)], axis=1).reshape(-1, len(upper[0]))


def test_the_palette_is_that_of_xterm() -> None:
    from rich._palettes import EIGHT_BIT_PALETTE

    assert isinstance(EIGHT_BIT_PALETTE, Palette)
    assert [tuple(EIGHT_BIT_PALETTE[entry]) for entry in range(FIRST, 256)] == [tuple(c) for c in PALETTE.tolist()]


def test_oklab_has_the_published_values() -> None:
    found = oklab(np.array([[255, 255, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]], dtype=np.uint8))
    expected = [[1, 0, 0], [0.628, 0.2249, 0.1258], [0.452, -0.0325, -0.3115], [0, 0, 0]]
    np.testing.assert_allclose(np.asarray(found, float), np.array(expected, float), atol=1e-3)


def test_cells_hold_entries_of_the_palette_only() -> None:
    picture = many_colors(16, 40)
    texts = [CellText(3, 2, "cup", (16, 18, 22), (230, 159, 0))]
    rows = half_block_rows(picture, texts, palette=True)
    entries = entries_of(rows)
    assert entries.min() >= FIRST
    without_text = entries_of(half_block_rows(picture, palette=True))
    np.testing.assert_array_equal(without_text, dither(picture))
    codes = {
        code for row in rows for _, style, _ in row if style and style.color for code in style.color.get_ansi_codes()
    }
    assert "2" not in codes


def test_textual_and_rich_send_entries_as_they_are() -> None:
    rows = half_block_rows(faint_gradient(), palette=True)
    filtered = ANSIToTruecolor(DEFAULT_TERMINAL_THEME).apply(rows[3], TextualColor(0, 0, 0))
    np.testing.assert_array_equal(entries_of([filtered]), entries_of([rows[3]]))
    for entry in range(FIRST, 256):
        assert entry_color(entry).downgrade(ColorSystem.EIGHT_BIT).get_ansi_codes() == ("38", "5", str(entry))


def test_faint_colors_are_kept_on_average() -> None:
    picture = faint_gradient()
    wanted = means(picture)
    error = np.abs(means(PALETTE[dither(picture) - FIRST]) - wanted)
    of_rich = np.abs(means(by_rich(picture)) - wanted)
    assert error.mean() < 6
    assert error.max() < 30
    assert error.mean() < 0.6 * of_rich.mean()
    assert hue_error(PALETTE[dither(picture) - FIRST], picture) < 0.6 * hue_error(by_rich(picture), picture)


def test_hues_are_kept_where_rich_shows_greys() -> None:
    picture = np.full((16, 16, 3), (118, 130, 150), np.uint8)
    shown = means(PALETTE[dither(picture) - FIRST])
    assert (by_rich(picture).min(axis=-1) == by_rich(picture).max(axis=-1)).all()
    assert (shown[..., 2] - shown[..., 0]).mean() > 12


def test_exact_entries_are_shown_as_they_are() -> None:
    strong = PALETTE[:216][PALETTE[:216].max(axis=1) - PALETTE[:216].min(axis=1) >= 160]
    picture = np.repeat(np.repeat(strong[None], 4, axis=0), 4, axis=1)
    np.testing.assert_array_equal(PALETTE[dither(picture) - FIRST], picture)


@pytest.mark.parametrize("color", [(230, 159, 0), (86, 180, 233), (204, 121, 167), (0, 158, 115), (213, 94, 0)])
def test_strong_colors_are_even_and_those_of_texts(color: tuple[int, int, int]) -> None:
    assert set(dither(np.full((8, 8, 3), color, np.uint8)).ravel().tolist()) == {nearest(color)}


def test_equal_rows_stay_equal_whatever_else_changes() -> None:
    picture = faint_gradient()
    before = half_block_rows(picture, palette=True)
    assert half_block_rows(picture.copy(), palette=True) == before
    changed = picture.copy()
    changed[20:24] = (250, 10, 10)
    after = half_block_rows(changed, palette=True)
    assert [y for y in range(24) if after[y] != before[y]] == [10, 11]


def test_a_picture_does_not_depend_on_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    from widgets import palette256

    picture = faint_gradient()
    warm = dither(picture)
    monkeypatch.setattr(palette256, "_known", np.zeros_like(palette256._known))
    np.testing.assert_array_equal(dither(picture), warm)


def test_it_is_quick_once_the_colors_are_known() -> None:
    picture = many_colors(48, 80)
    dither(picture)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        dither(picture)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02


def test_texts_over_characters_have_entries_too() -> None:
    texts = [CellText(2, 0, "cup", (0, 0, 0), (230, 159, 0))]
    style = next(s for text, s, _ in character_rows(faint_gradient(), texts, palette=True)[0] if text == "cup")
    assert style is not None
    assert style.bgcolor == entry_color(nearest((230, 159, 0)))
