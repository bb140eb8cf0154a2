"""The picture's widget: cells, changed rows, slow terminals, messages, clicks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from tests.widgets.test_cells import cells, gradient
from tests.widgets.test_palette256 import many_colors
from widgets import image_view
from widgets.backpressure import Line, line_of
from widgets.cells import half_block_rows
from widgets.detail import STEPS
from widgets.graphics import Graphics
from widgets.image_view import SETTLE_SECONDS, ImageView
from widgets.quadrants import quadrant_cells


class ViewApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.clicks: list[tuple[float, float]] = []

    def compose(self) -> ComposeResult:
        yield ImageView()

    def on_image_view_clicked(self, event: ImageView.Clicked) -> None:
        self.clicks.append((event.x, event.y))


def with_view(test: Callable[[Pilot[None], ImageView], Awaitable[None]], size: tuple[int, int] = (40, 12)) -> None:
    async def run() -> None:
        app = ViewApp()
        async with app.run_test(size=size) as pilot:
            await test(pilot, app.query_one(ImageView))

    asyncio.run(run())


def lines(view: ImageView) -> list[str]:
    return [view.render_line(y).text for y in range(view.content_size.height)]


def test_a_picture_of_the_right_size_is_shown_cell_by_cell() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        picture = gradient(40, 24)
        view.show_picture(picture)
        await pilot.pause()
        shown = [[segment for segment in view.render_line(y) if segment.text] for y in range(12)]
        assert cells(shown) == cells(half_block_rows(picture))

    with_view(test)


def test_other_pictures_are_scaled_and_centred() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        view.show_picture(gradient(200, 200))
        await pilot.pause()
        assert view.picture_size(200, 200) == (24, 24)
        assert lines(view) == [" " * 8 + "▄" * 24 + " " * 8] * 12

    with_view(test)


def test_only_changed_rows_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        picture = gradient(40, 24)
        view.show_picture(picture)
        await pilot.pause()
        asked: list[Any] = []
        monkeypatch.setattr(view, "refresh", lambda *regions, **_: asked.append(regions))
        view.show_picture(picture.copy())
        assert asked == []
        changed = picture.copy()
        changed[7, 3] = 255
        view.show_picture(changed)
        assert asked == [(Region(0, 3, 40, 1),)]

    with_view(test)


def test_while_the_terminal_is_behind_only_the_latest_picture_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    behind = True
    monkeypatch.setattr(image_view, "terminal_is_behind", lambda _app: behind)

    async def test(pilot: Pilot[None], view: ImageView) -> None:
        nonlocal behind
        encoded: list[np.ndarray] = []
        take = view._take
        monkeypatch.setattr(view, "_take", lambda shown, waited: (encoded.append(shown.picture), take(shown, waited)))
        pictures = [np.full((24, 40, 3), value, np.uint8) for value in (10, 20, 30)]
        for picture in pictures:
            view.show_picture(picture)
            await pilot.pause(0.03)
        assert encoded == []
        behind = False
        await pilot.pause(0.1)
        assert len(encoded) == 1
        assert encoded[0] is pictures[-1]

    with_view(test)


def test_a_message_takes_the_place_of_the_picture() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        view.show_picture(gradient(40, 24))
        view.show_message("Nothing to see [here]")
        await pilot.pause()
        assert view.picture is None
        assert any("Nothing to see [here]" in line for line in lines(view))
        assert not any("▄" in line for line in lines(view))
        view.show_message("Long words that need a line break somewhere here")
        await pilot.pause()
        for line in filter(str.strip, lines(view)):
            left, right = len(line) - len(line.lstrip()), len(line) - len(line.rstrip())
            assert abs(left - right) <= 1
        view.show_picture(gradient(40, 24))
        await pilot.pause()
        assert view.message == ""
        assert all("▄" in line for line in lines(view))

    with_view(test)


def test_characters_instead_of_half_blocks() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        view.show_picture(gradient(40, 24))
        view.characters = True
        await pilot.pause()
        assert not any("▄" in line for line in lines(view))
        assert len(set("".join(lines(view)))) > 4

    with_view(test)


def test_the_picture_follows_the_size_of_the_window() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        view.show_picture(gradient(40, 24))
        await pilot.resize_terminal(20, 12)
        await pilot.pause()
        assert [line.count("▄") for line in lines(view)] == [0, 0, 0, *[20] * 6, 0, 0, 0]

    with_view(test)


def test_clicks_tell_the_place_in_the_picture() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        view.show_picture(gradient(200, 200))
        await pilot.pause()
        await pilot.click(view, offset=(8, 0))
        await pilot.click(view, offset=(31, 11))
        await pilot.click(view, offset=(2, 2))
        app = pilot.app
        assert isinstance(app, ViewApp)
        assert app.clicks == [(0.5 / 24, 0.5 / 12), (23.5 / 24, 11.5 / 12)]

    with_view(test)


def metered(app: App[Any], rate: float) -> Line:
    """The line of an app, as if its terminal had answered and took so many bytes a second."""
    line = line_of(app)
    line.answers = True
    line._rate = rate
    return line


def paint(view: ImageView) -> None:
    """What Textual does when it writes the lines that the view asked for."""
    console = Console(color_system="truecolor", force_terminal=True)
    for y, strip in enumerate(view.render_lines(view.size.region)):
        if y in view._sender._unpainted:
            strip.render(console)


def test_a_slow_line_gets_slices_and_less_detail_and_the_rest_later() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        view.show_picture(np.zeros((24, 40, 3), np.uint8))
        await pilot.pause()
        line = metered(pilot.app, 20e3)
        picture = many_colors(24, 40)
        view.show_picture(picture)
        slices = []
        while view._sender.busy:
            slices.append(len(view._sender._unpainted))
            paint(view)
            view._sender._unpainted.clear()
            view._sender.send()
        assert len(slices) > 1
        assert STEPS[view._detail.step].merged
        coarse = lines_of(view)
        assert coarse != cells(half_block_rows(picture))
        line._rate = 1e9
        await pilot.pause(SETTLE_SECONDS + 0.3)
        assert lines_of(view) == cells(half_block_rows(picture))

    with_view(test)


def lines_of(view: ImageView) -> list[list[tuple[str, object, object]]]:
    return cells([[segment for segment in view.render_line(y) if segment.text] for y in range(12)])


def test_a_picture_that_is_being_sent_is_sent_to_its_end_and_the_newest_follows() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        view.show_picture(np.zeros((24, 40, 3), np.uint8))
        await pilot.pause()
        metered(pilot.app, 4e3)
        noise = list(many_colors(4 * 24, 40).reshape(4, 24, 40, 3))
        for picture in noise:
            view.show_picture(picture)
        assert view.picture is noise[0]
        while view.picture is noise[0]:
            view._sender._unpainted.clear()
            view.advance()
        assert view.picture is noise[3]

    with_view(test)


def test_quadrants_ask_for_twice_as_many_pixels_across() -> None:
    async def test(pilot: Pilot[None], view: ImageView) -> None:
        pilot.app.graphics = Graphics("quadrants")  # type: ignore[attr-defined]
        sizes = []

        def fine(size: tuple[int, int]) -> np.ndarray:
            sizes.append(size)
            return gradient(*size)

        view.show_picture(gradient(40, 24), fine=fine)
        await pilot.pause()
        assert sizes == [(80, 24)]
        assert lines_of(view) == cells([row.segments for row in quadrant_cells(gradient(80, 24))])

    with_view(test)
