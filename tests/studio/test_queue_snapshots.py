"""What the Queue screen looks like. `--snapshot-update` accepts a change that is meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from engine.dataset.read import Dataset
from engine.queue.door_messages import JobChanged, Snapshot
from engine.queue.lifecycle import engine_paths
from studio.app import StudioApp
from studio.engine_link import Gone
from studio.screens.confirm import ConfirmScreen
from studio.screens.queue import QueueScreen
from studio.screens.queue_panes import JobLog, NewestPicture
from studio.throughput import Throughput
from tests.studio.queue_rig import plain_job, plain_worker, run_queue
from tests.studio.screens import until

SIZES = [(80, 24), (120, 40), (200, 60)]
NAMES = ["80x24", "120x40", "200x60"]

type Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are shown in the machine's zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def some_jobs(balls: Dataset) -> list[dict[str, Any]]:
    busy = {"rate": 41.5, "seconds_left": 3670.0, "devices": ["GPU: NVIDIA RTX 6000"]}
    return [
        plain_job(1, "rendering", name="kitchen", root="/data/kitchen", done=2462, quarantined=3, leased=1, **busy),
        plain_job(2, "paused", name="cups on tables", done=120, message="Paused: the disk of /data is full."),
        plain_job(3, name="wide angle", count=1_000_000, priority=2),
        plain_job(4, "done", name="balls", root=str(balls.root), count=25, done=25, ended_at=4e9, devices=["CPU"]),
        plain_job(5, "failed", name="glass", count=40, done=37, quarantined=3, ended_at=4e9 - 1),
        plain_job(6, "cancelled", name="old", done=7, ended_at=4e9 - 2),
    ]


def screen_of(pilot: Pilot[None]) -> tuple[StudioApp, QueueScreen]:
    app = cast(StudioApp, pilot.app)
    return app, cast(QueueScreen, app.screen)


async def show_jobs(pilot: Pilot[None], balls: Dataset) -> None:
    log = engine_paths().job_log(4)
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"2031-04-05T16:07:{second:02}+00:00 frame {second} done in 1.4 s" for second in range(25)]
    log.write_text("\n".join([*lines, "2031-04-05T16:08:00+00:00 done: a line that is longer than the pane is wide"]))
    app, screen = screen_of(pilot)
    screen.throughput = Throughput(clock=lambda: 0.0)  # No step ends meanwhile.
    workers = [plain_worker(0), plain_worker(1, samples_done=0)]
    app.take_changes([Snapshot(some_jobs(balls), workers, {"state": "working", "message": ""})])
    screen.throughput._counts.extend([0, 2, 5, 7, 7, 8, 6, 7, 9, 12, 11, 7, 8])
    await pilot.pause()
    await pilot.press("down", "down", "space")
    await until(pilot, lambda: screen.query_one(NewestPicture).picture is not None)
    await until(pilot, lambda: len(screen.query_one(JobLog).shown) > 20)
    screen.show_all()
    # The folder's name differs from run to run.
    app.take_changes([JobChanged(app.engine.jobs[4] | {"root": "/data/balls"})])  # type: ignore[union-attr]
    await pilot.pause(0.3)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_queue(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await show_jobs(pilot, balls)

    assert snap_compare(StudioApp(start="queue"), terminal_size=size, run_before=prepare)


def test_workers_where_there_is_little_room(snap_compare: Compare, balls: Dataset) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await show_jobs(pilot, balls)
        await pilot.press("v")
        await pilot.pause()

    assert snap_compare(StudioApp(start="queue"), terminal_size=(80, 24), run_before=prepare)


def test_sure(snap_compare: Compare, balls: Dataset) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await show_jobs(pilot, balls)
        await pilot.press("escape", "X")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.pause(0.3)

    assert snap_compare(StudioApp(start="queue"), terminal_size=(80, 24), run_before=prepare)


def test_without_an_engine(snap_compare: Compare) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        screen_of(pilot)[0].take_changes([Gone("The engine does not run.", True)])
        await pilot.pause(0.3)

    assert snap_compare(StudioApp(start="queue"), terminal_size=(80, 24), run_before=prepare)


def test_the_least_window(snap_compare: Compare, balls: Dataset) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await show_jobs(pilot, balls)

    assert snap_compare(StudioApp(start="queue"), terminal_size=(60, 18), run_before=prepare)


def test_a_window_that_is_too_small(snap_compare: Compare) -> None:
    assert snap_compare(StudioApp(start="queue"), terminal_size=(59, 18))


def test_two_hundred_jobs_of_a_million_frames_cost_what_the_screen_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change draws the lines it concerns; rows of the other jobs are not even made again."""
    monkeypatch.setattr("tests.studio.queue_rig.until", _told)

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        table = screen.query_one("#jobs")
        rows = table.rows  # type: ignore[attr-defined]
        assert len(rows) == 200
        drawn: list[int] = []
        original = type(table).render_line
        monkeypatch.setattr(type(table), "render_line", lambda self, y: (drawn.append(y), original(self, y))[1])
        app = cast(StudioApp, pilot.app)
        app.take_changes([JobChanged(plain_job(2, "rendering", count=1_000_000, done=777_777))])
        await pilot.pause(0.2)
        after = table.rows  # type: ignore[attr-defined]
        assert "777,777" in str(after)
        assert sum(new is not old for new, old in zip(after, rows, strict=True)) == 1
        assert set(drawn) == {2}

    run_queue(test)


async def _told(pilot: Pilot[None], _condition: object, _seconds: float = 0) -> None:
    jobs = [plain_job(number, "rendering", count=1_000_000, done=number * 1000) for number in range(1, 201)]
    cast(StudioApp, pilot.app).take_changes([Snapshot(jobs, [], {"state": "working", "message": ""})])
