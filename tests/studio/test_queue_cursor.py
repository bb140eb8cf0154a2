"""Which job the keys of the Queue screen act on: the cursor's place when the screen is shown and when jobs come."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from engine.queue.door_messages import JobChanged, Snapshot
from studio.app import StudioApp
from studio.footer import KeyFooter
from studio.screens.queue import QueueScreen
from studio.screens.queue_panes import JobLog, JobTable
from studio.state import Memory
from tests.studio.queue_rig import QueueTest, plain_job

ENDED = [plain_job(number, "done", ended_at=4e9 + number) for number in (1, 2)]
LIVE = [plain_job(3, "rendering"), plain_job(4)]


def run_queue(test: QueueTest) -> None:
    """Run a test on an app that hears of an engine from the test alone."""

    async def run() -> None:
        app = StudioApp(start="queue")
        async with app.run_test(size=(80, 24)) as pilot:
            await test(pilot, cast(QueueScreen, app.screen))

    asyncio.run(run())


def told(pilot: Pilot[None], *jobs: dict[str, Any]) -> StudioApp:
    app = cast(StudioApp, pilot.app)
    app.take_changes([Snapshot(list(jobs), [], {"state": "working", "message": ""})])
    return app


@pytest.mark.parametrize(
    ("before", "jobs", "wanted"),
    [
        ("", [*ENDED, *LIVE], "3"),
        ("4", [*ENDED, *LIVE], "4"),
        ("1", [*ENDED, *LIVE], "3"),
        ("1", ENDED, "1"),
        ("9", ENDED, "2"),
    ],
)
def test_at_first_it_is_on_the_job_of_last_time_but_on_no_ended_one_while_others_wait(
    before: str, jobs: list[dict[str, Any]], wanted: str
) -> None:
    memory = Memory()
    memory.keep("queue", {"job": before})
    memory.save()

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        told(pilot, *jobs)
        await pilot.pause()
        assert screen.query_one(JobTable).cursor == wanted

    run_queue(test)


def test_the_filter_of_the_log_is_there_after_a_restart() -> None:
    async def leave(pilot: Pilot[None], screen: QueueScreen) -> None:
        told(pilot, *LIVE)
        await pilot.press("slash", *"frame", "enter")
        await pilot.pause()

    async def come_back(pilot: Pilot[None], screen: QueueScreen) -> None:
        assert screen.query_one(JobLog).needle == "frame"
        await pilot.press("escape")

    async def at_last(_pilot: Pilot[None], screen: QueueScreen) -> None:
        assert screen.query_one(JobLog).needle == ""

    for test in (leave, come_back, at_last):
        run_queue(test)


def test_it_goes_to_the_job_that_was_just_added_here_once() -> None:
    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        app, table = told(pilot, *ENDED), screen.query_one(JobTable)
        await pilot.pause()
        assert table.cursor == "2"
        app.added_job = 7  # known here before the engine tells of it
        app.take_changes([JobChanged(plain_job(6))])
        await pilot.pause()
        assert table.cursor == "2", "jobs that others add leave the cursor alone"
        app.take_changes([JobChanged(plain_job(7))])
        await pilot.pause()
        assert table.cursor == "7"
        await pilot.press("up")
        app.take_changes([JobChanged(plain_job(7, "rendering"))])
        await pilot.pause()
        assert table.cursor == "6"
        line = str(screen.query_one(KeyFooter).render())
        assert "c cancel" in line
        assert "t retry" in line
        assert len(line) <= 80, line

    run_queue(test)
