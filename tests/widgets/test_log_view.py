"""The view of a log follows, stays where it is put, wraps and filters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from widgets.log_view import MOST_LINES, LogView
from widgets.sparkline import spark


class LogApp(App[None]):
    def compose(self) -> ComposeResult:
        yield LogView()


def run(test: Callable[[Pilot[None], LogView], Awaitable[None]]) -> None:
    async def go() -> None:
        app = LogApp()
        async with app.run_test(size=(40, 10)) as pilot:
            await test(pilot, app.query_one(LogView))

    asyncio.run(go())


def lines_of(view: LogView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def test_it_follows_until_it_is_scrolled_and_again_at_the_end() -> None:
    async def test(pilot: Pilot[None], view: LogView) -> None:
        view.add([f"line {number}" for number in range(50)])
        await pilot.pause()
        assert lines_of(view)[-1] == "line 49"
        view.scroll_to(y=10, animate=False, force=True)
        await pilot.pause()
        assert not view.following
        view.add(["line 50"])
        await pilot.pause()
        assert lines_of(view)[0] == "line 10"
        view.follow()
        await pilot.pause()
        assert lines_of(view)[-1] == "line 50"
        assert view.following

    run(test)


def test_it_follows_on_through_a_filter_and_in_another_log() -> None:
    async def test(pilot: Pilot[None], view: LogView) -> None:
        view.add([f"line {number}" for number in range(50)])
        await pilot.pause()
        view.needle = "line 3"
        await pilot.pause()
        assert lines_of(view)[-1] == "line 39"
        view.needle = "line 39"
        await pilot.pause()
        view.needle = ""
        await pilot.pause()
        assert lines_of(view)[-1] == "line 49"
        view.clear()
        await pilot.pause()
        view.add([f"other {number}" for number in range(50)])
        await pilot.pause()
        assert lines_of(view)[-1] == "other 49"
        assert view.following

    run(test)


def test_long_lines_are_wrapped_and_old_ones_dropped() -> None:
    async def test(pilot: Pilot[None], view: LogView) -> None:
        view.add(["word " * 20])
        await pilot.pause()
        assert all(len(line) <= 40 for line in lines_of(view))
        assert sum("word" in line for line in lines_of(view)) == 3
        view.add([str(number) for number in range(MOST_LINES + 5)])
        assert len(view.shown) == MOST_LINES
        assert view.shown[0] == "5"

    run(test)


def test_only_lines_that_match_are_shown_also_of_those_that_come_later() -> None:
    async def test(pilot: Pilot[None], view: LogView) -> None:
        view.clear("Nothing yet.")
        await pilot.pause()
        assert lines_of(view)[0] == "Nothing yet."
        view.add(["frame 1 done", "frame 2 FAILED"])
        view.needle = "failed"
        view.add(["frame 3 done", "frame 4 failed"])
        await pilot.pause()
        assert lines_of(view)[:3] == ["frame 2 FAILED", "frame 4 failed", ""]
        view.needle = "nowhere"
        await pilot.pause()
        assert lines_of(view)[0] == "Nothing matches."

    run(test)


def test_little_bars() -> None:
    assert spark([0, 1, 2, 4, 8], 8) == ["    ▁▂▄█"]
    assert spark([8, 8, 4], 2) == ["█▄"]
    assert spark([0, 0.001, 2], 3, rows=2) == ["  █", " ▁█"]
    assert spark([], 3) == ["   "]
    assert spark([1, 2], 2, characters=True) == ["=@"]
