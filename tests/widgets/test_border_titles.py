"""Texts on a border: they are on the screen, and nothing inside the border is painted for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from rich.console import RenderableType
from textual._compositor import ChopsUpdate
from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from widgets.border_titles import entitle


class Bordered(Widget):
    DEFAULT_CSS = "Bordered { border: round; padding: 1 2; }"


class SpyApp(App[None]):
    """Keeps which lines of the screen were sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[int] = []

    def compose(self) -> ComposeResult:
        yield Bordered()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            self.sent += [y for y, _, _ in renderable.spans]
        else:
            self.sent += range(self.size.height)
        super()._display(screen, renderable)


def run(test: Callable[[SpyApp, Pilot[None], Bordered], Awaitable[None]]) -> None:
    async def begin() -> None:
        app = SpyApp()
        async with app.run_test(size=(40, 12)) as pilot:
            await pilot.pause()
            app.sent.clear()
            await test(app, pilot, app.query_one(Bordered))

    asyncio.run(begin())


def screen_lines(app: App[None]) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


def test_only_the_lines_that_changed_are_painted() -> None:
    async def test(app: SpyApp, pilot: Pilot[None], widget: Bordered) -> None:
        entitle(widget, "frame 3", "4 samples")
        await pilot.pause()
        assert sorted(app.sent) == [0, 11]
        lines = screen_lines(app)
        assert "frame 3" in lines[0]
        assert "4 samples" in lines[11]
        app.sent.clear()
        entitle(widget, "frame 3", "5 samples")
        await pilot.pause()
        assert app.sent == [11]
        assert (widget.border_title, widget.border_subtitle) == ("frame 3", "5 samples")

    run(test)


def test_what_is_there_already_is_not_painted_and_nothing_takes_it_away() -> None:
    async def test(app: SpyApp, pilot: Pilot[None], widget: Bordered) -> None:
        entitle(widget, "frames", Content.styled("overlays", "bold"))
        await pilot.pause()
        app.sent.clear()
        entitle(widget, "frames", Content.styled("overlays", "bold"))
        await pilot.pause()
        assert not app.sent
        entitle(widget, "frames", Content.styled("overlays", "underline"))  # the same words in another style
        await pilot.pause()
        assert app.sent
        entitle(widget)
        await pilot.pause()
        assert not any(word in line for line in screen_lines(app) for word in ("frames", "overlays"))

    run(test)
