"""Lines sent short show what Textual's long ones show, and Textual still sends them."""

from __future__ import annotations

import asyncio

import numpy as np
import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widgets import Static

from tests.widgets.test_cells import gradient
from tests.widgets.test_palette256 import many_colors
from widgets.cell_grid import CellText
from widgets.cells import Rows, half_block_rows
from widgets.image_view import ImageView
from widgets.lean import LeanStrip, lean_text
from widgets.quadrants import quadrant_cells

TEXTS = [CellText(3, 1, "cup", (0, 0, 0), (230, 159, 0))]


def noise(width: int, height: int) -> np.ndarray:
    """(height, width, 3) in which neighbours are often equal."""
    return (many_colors(height, width) % 3 * 100).astype(np.uint8)


def on_screen(lines: list[str], columns: int) -> list[list[tuple[str, str, str, bool]]]:
    """(character, foreground, background, bold) of each cell of a terminal that got these lines; a half block is shown
    as the lower one, whichever was sent."""
    screen = pyte.Screen(columns, len(lines))
    pyte.Stream(screen).feed("\r\n".join(lines))
    table = []
    for y in range(len(lines)):
        row = []
        for x in range(columns):
            char = screen.buffer[y][x]
            text, front, back = char.data, char.fg, char.bg
            if text == "▀":
                text, front, back = "▄", back, front
            if text == " ":
                text, front = "▄" if back != "default" else " ", back
            row.append((text, front, back, char.bold))
        table.append(row)
    return table


def long_lines(rows: Rows, system: str) -> list[str]:
    console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]
    return [Strip(row).render(console) for row in rows]


@pytest.mark.parametrize("system", ["truecolor", "256"])
@pytest.mark.parametrize("picture", [gradient(40, 24), noise(40, 24), np.full((24, 40, 3), 7, np.uint8)])
def test_short_lines_show_the_same_cells(picture: np.ndarray, system: str) -> None:
    rows = half_block_rows(picture, TEXTS, palette=system == "256")
    short, long = [lean_text(row, system) for row in rows], long_lines(rows, system)
    assert on_screen(short, 40) == on_screen(long, 40)
    assert sum(map(len, short)) < sum(map(len, long))


def test_other_glyphs_and_margins_are_sent_as_they_are() -> None:
    margin = Segment("  ", Style(bgcolor="#101010"))
    rows = [[margin, *row.segments, margin] for row in quadrant_cells(noise(36, 12))]
    short, long = [lean_text(row, "truecolor") for row in rows], long_lines(rows, "truecolor")
    assert on_screen(short, 22) == on_screen(long, 22)


def test_what_is_more_than_colors_is_left_to_textual() -> None:
    link = Style(link="https://example.org", color="#ff0000")
    row = [Segment("▄▄", Style.parse("#010203 on #040506")), Segment("ab", link), Segment("cd"), Segment("ef", None)]
    text = lean_text(row, "truecolor")
    assert "https://example.org" in text
    assert text.index("\x1b[0m") < text.index("https://")
    assert text.endswith("cdef")
    standard = lean_text([Segment("x", Style.parse("red on blue"))], "standard")
    assert standard == Strip([Segment("x", Style.parse("red on blue"))]).render(Console(color_system="standard"))


def test_a_color_is_named_once() -> None:
    picture = np.zeros((2, 6, 3), np.uint8)
    picture[0, :] = (9, 9, 9)
    picture[1] = [(1, 1, 1)] * 2 + [(2, 2, 2)] * 2 + [(1, 1, 1)] * 2
    text = lean_text(half_block_rows(picture)[0], "truecolor")
    assert text == "\x1b[38;2;1;1;1;48;2;9;9;9m▄▄\x1b[38;2;2;2;2m▄▄\x1b[38;2;1;1;1m▄▄\x1b[0m"
    mirrored = np.stack([picture[1, [0, 2]], picture[1, [2, 0]]])
    assert lean_text(half_block_rows(mirrored)[0], "truecolor") == "\x1b[38;2;2;2;2;48;2;1;1;1m▄▀\x1b[0m"


def test_parts_of_a_short_line_are_textuals_own() -> None:
    strip = LeanStrip(Strip(half_block_rows(gradient(40, 2))[0]))
    assert strip.divide([40]) == [strip]
    left, right = strip.divide([10, 40])
    assert (left.cell_length, right.cell_length) == (10, 30)
    assert left.text == "▄" * 10


def test_textual_sends_the_strips_that_a_widget_returns() -> None:
    class BesideApp(App[None]):
        CSS = "Static { dock: left; width: 5; } ImageView { border: round white; }"

        def compose(self) -> ComposeResult:
            yield Static("side")
            yield ImageView()

    async def run() -> None:
        app = BesideApp()
        async with app.run_test(size=(45, 12)) as pilot:
            view = app.query_one(ImageView)
            view.show_picture(gradient(38, 20))
            await pilot.pause()
            sent: list[int] = []
            view._sender.written = lambda line, size: sent.append(line)  # type: ignore[method-assign]
            view._lean.clear()
            compositor, console = app.screen._compositor, Console(color_system="truecolor", force_terminal=True)
            whole = compositor.render_update(full=True)
            text = whole.render_segments(console)  # type: ignore[union-attr]
            assert sent == list(range(-1, 11))
            row = view._sender.rows[4]
            assert row is not None
            assert lean_text(row.segments, "truecolor").removesuffix("\x1b[0m") in text
            sent.clear()
            changed = gradient(38, 20)
            changed[6:10] = 77
            view.show_picture(changed)
            compositor.update_widgets({view})
            compositor.render_update().render_segments(console)  # type: ignore[union-attr]
            assert sent == [3, 4]

    asyncio.run(run())
