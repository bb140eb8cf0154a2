"""Keys of the parts that screens share: tables, logs, grids of pictures, help, statistics, and the way to a dataset."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from engine.dataset.read import Dataset
from engine.queue.door_messages import Snapshot
from engine.queue.lifecycle import engine_paths
from studio.actions import ACTIONS
from studio.app import StudioApp
from studio.screens.help import HelpScreen
from studio.screens.inspect import InspectScreen
from studio.screens.library import LibraryScreen
from studio.screens.queue import QueueScreen
from studio.screens.queue_panes import JobLog, JobTable
from studio.screens.statistics import StatisticsScreen
from studio.screens.welcome import WelcomeScreen
from tests.factory import make_dataset
from tests.studio.library_rig import make_assets, paint, run_library
from tests.studio.queue_rig import plain_job
from tests.studio.screens import run_app, settle, until
from widgets.prompt_bar import PromptBar
from widgets.row_table import RowTable

KEYS = {action.id: action.keys for action in ACTIONS}

JOBS = 40


def run_queue(test: Callable[[Pilot[None], QueueScreen], Awaitable[None]]) -> None:
    """Run a test on the Queue screen with forty waiting jobs; the log of the first has 200 lines."""

    async def go() -> None:
        app = StudioApp(start="queue")
        async with app.run_test(size=(80, 24)) as plain:
            pilot = cast("Pilot[None]", plain)
            jobs = [plain_job(number) for number in range(1, JOBS + 1)]
            app.take_changes([Snapshot(jobs, [], {"state": "idle", "message": ""})])
            await pilot.pause()
            await test(pilot, cast(QueueScreen, app.screen))

    log = engine_paths().job_log(1)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"line {number}\n" for number in range(200)))
    asyncio.run(go())


@pytest.mark.tries("table.up", "table.down", "table.page_up", "table.page_down", "table.first", "table.last")
def test_keys_of_a_table() -> None:
    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        table = screen.query_one(JobTable)

        async def goes(key: str) -> int:
            await pilot.press(key)
            return int(table.cursor or 0)

        assert [await goes(key) for key in (*KEYS["table.down"], *KEYS["table.up"])] == [2, 3, 2, 1]
        page = await goes("pagedown")
        assert 4 < page < JOBS
        assert await goes("pageup") == 1
        for last, first in zip(KEYS["table.last"], KEYS["table.first"], strict=True):
            assert await goes(last) == JOBS
            assert await goes(first) == 1

    run_queue(test)


@pytest.mark.tries("log.up", "log.down", "log.page_up", "log.page_down", "log.first", "log.last")
def test_keys_of_a_log() -> None:
    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        log = screen.query_one(JobLog)
        await until(pilot, lambda: len(log.shown) == 200)
        pilot.app.set_focus(log)

        async def goes(key: str) -> float:
            await pilot.press(key)
            await pilot.pause(0.05)
            return log.scroll_y

        for last, first in zip(KEYS["log.last"], KEYS["log.first"], strict=True):
            assert await goes(first) == 0
            assert not log.following
            assert await goes(last) == log.max_scroll_y > 100
            assert log.following
        await goes("home")
        assert [await goes(key) for key in (*KEYS["log.down"], *KEYS["log.up"])] == [1, 2, 1, 0]
        page = await goes("pagedown")
        assert 2 < page < 100
        assert await goes("pageup") == 0

    run_queue(test)


@pytest.mark.tries(
    "grid.left", "grid.right", "grid.up", "grid.down", "grid.page_up", "grid.page_down", "grid.first", "grid.last"
)
def test_keys_of_a_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paint(monkeypatch)
    make_assets(tmp_path / "assets")

    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        grid = screen.grid
        keys = list(grid.keys)

        async def goes(key: str) -> int:
            await pilot.press(key)
            return keys.index(str(grid.cursor))

        for last, first in zip(KEYS["grid.last"], KEYS["grid.first"], strict=True):
            assert await goes(last) == len(keys) - 1
            assert await goes(first) == 0
        assert [await goes(key) for key in (*KEYS["grid.right"], *KEYS["grid.left"])] == [1, 2, 1, 0]
        row = await goes("down")
        assert row > 1
        assert [await goes(key) for key in ("j", "k", "up")] == [2 * row, row, 0]
        page = await goes("pagedown")
        assert page > 0
        assert page % row == 0
        assert await goes("pageup") == 0

    run_library(test, (80, 24))


@pytest.mark.tries("app.help", "help.close")
def test_keys_of_the_help() -> None:
    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        for opening in KEYS["app.help"]:
            for closing in KEYS["help.close"]:
                await pilot.press(opening)
                assert isinstance(pilot.app.screen, HelpScreen), opening
                await pilot.press(closing)
                assert pilot.app.screen is screen, closing

    run_queue(test)


@pytest.mark.tries("statistics.down", "statistics.up", "statistics.page_down", "statistics.page_up", "statistics.close")
def test_keys_of_the_statistics(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await until(pilot, lambda: screen.columns is not None)
        for closing in KEYS["statistics.close"]:
            await pilot.press("t")
            assert isinstance(pilot.app.screen, StatisticsScreen)
            await pilot.press(closing)
            assert pilot.app.screen is screen
        await pilot.press("t")
        statistics = pilot.app.screen
        assert isinstance(statistics, StatisticsScreen)
        await until(pilot, lambda: statistics.found is not None)
        charts = statistics.query_one("#charts")
        await until(pilot, lambda: charts.max_scroll_y > 10)
        for down, up in zip(KEYS["statistics.down"], KEYS["statistics.up"], strict=True):
            await pilot.press(down)
            await until(pilot, lambda: charts.scroll_y > 0)
            await pilot.press(up)
            await until(pilot, lambda: charts.scroll_y == 0)
        for down, up in zip(KEYS["statistics.page_down"], KEYS["statistics.page_up"], strict=True):
            await pilot.press(down)
            await until(pilot, lambda: charts.scroll_y >= charts.content_size.height - 1)
            await pilot.press(up)
            await until(pilot, lambda: charts.scroll_y == 0)

    run_app(StudioApp(balls), test, (80, 24))


@pytest.mark.tries("welcome.path", "welcome.reload", "table.choose")
def test_keys_of_the_choice_of_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def test(pilot: Pilot[None], screen: WelcomeScreen) -> None:
        for key in KEYS["welcome.path"]:
            await pilot.press(key)
            assert screen.query_one(PromptBar).is_open, key
            await pilot.press("escape")
        table = screen.query_one("#datasets", RowTable)
        assert table.rows == ()
        make_dataset(tmp_path / "new", 1)
        await pilot.press("r")
        await until(pilot, lambda: len(table.rows) > 0)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, InspectScreen)

    async def go() -> None:
        app = StudioApp(start="inspect")
        async with app.run_test(size=(80, 24)) as plain:
            pilot = cast("Pilot[None]", plain)
            await settle(pilot)
            await test(pilot, cast(WelcomeScreen, app.screen))

    asyncio.run(go())
