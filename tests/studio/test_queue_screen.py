"""Every action of the Queue screen, by its key, against a real engine whose workers paint frames."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.queue.lifecycle import engine_paths, is_running
from studio.actions import in_scope
from studio.screens.confirm import ConfirmScreen
from studio.screens.inspect import InspectScreen
from studio.screens.queue import QueueScreen
from studio.screens.queue_panes import JobLog, JobTable, NewestPicture
from tests.studio.engine_rig import SLOW, TINY, Studio, kill_engine, studio
from tests.studio.queue_rig import PATIENCE, run_queue
from tests.studio.screens import until
from widgets.prompt_bar import PromptBar

__all__ = ["studio"]


def add(studio: Studio, root: Path, *more: object, count: int = 3) -> int:
    """Add a job; returns its id."""
    job = studio.ok("queue", "add", "basic", "--count", count, "--out", root, *TINY, *more)
    return int(job["id"])


def add_paused(studio: Studio, folder: Path, count: int) -> None:
    """So many jobs that stand still, with ids from 1."""
    for number in range(1, count + 1):
        add(studio, folder / f"cups-{number}", *SLOW, "--name", f"cups {number}", count=1000)
        studio.ok("queue", "pause", number)


def order(screen: QueueScreen) -> list[int]:
    return [int(row.key) for row in screen.query_one(JobTable).rows]


def state(screen: QueueScreen, job: int) -> str:
    assert screen.view is not None
    found = screen.view.jobs.get(job)
    return "" if found is None else str(found["state"])


@pytest.mark.tries("queue.pause", "queue.resume", "queue.cancel", "queue.mark", "queue.mark_all", "queue.leave")
def test_pausing_resuming_and_cancelling_one_or_several(studio: Studio, tmp_path: Path) -> None:
    add_paused(studio, tmp_path, 3)

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        assert order(screen) == [1, 2, 3]
        await pilot.press("r")
        await until(pilot, lambda: state(screen, 1) in ("queued", "rendering"), PATIENCE)
        await pilot.press("p")
        await until(pilot, lambda: state(screen, 1) == "paused", PATIENCE)
        await pilot.press("down", "space", "space")
        assert screen.marked == {2, 3}
        await pilot.press("r")
        await until(pilot, lambda: {state(screen, 2), state(screen, 3)} <= {"queued", "rendering"}, PATIENCE)
        assert state(screen, 1) == "paused"
        await pilot.press("asterisk")
        assert screen.marked == {1, 2, 3}
        await pilot.press("p")
        await until(pilot, lambda: all(state(screen, job) == "paused" for job in (1, 2, 3)), PATIENCE)
        await pilot.press("escape")
        assert screen.marked == set()
        await pilot.press("c")
        assert isinstance(pilot.app.screen, ConfirmScreen)
        await pilot.press("n")
        assert pilot.app.screen is screen
        await pilot.press("c", "y")
        await until(pilot, lambda: "cancelled" in {state(screen, job) for job in (1, 2, 3)}, PATIENCE)

    run_queue(test)
    assert sorted(studio.job(number)["state"] for number in (1, 2, 3)) == ["cancelled", "paused", "paused"]


@pytest.mark.tries("queue.up", "queue.down", "queue.top", "queue.bottom", "queue.raise", "queue.lower")
def test_moving_and_priorities(studio: Studio, tmp_path: Path) -> None:
    add_paused(studio, tmp_path, 4)

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        for key, wanted in (
            ("J", [2, 1, 3, 4]), ("shift+down", [2, 3, 1, 4]), ("K", [2, 1, 3, 4]), ("B", [2, 3, 4, 1]),
            ("T", [1, 2, 3, 4]), ("minus", [2, 3, 4, 1]), ("plus", [1, 2, 3, 4]), ("plus", [1, 2, 3, 4]),
        ):  # fmt: skip
            await pilot.press(key)
            await until(pilot, lambda wanted=wanted: order(screen) == wanted, PATIENCE)  # type: ignore[misc]
            assert screen.query_one(JobTable).cursor == "1"
        await until(pilot, lambda: screen.current is not None and screen.current["priority"] == 1, PATIENCE)
        await pilot.press("down", "down", "space", "space", "J", "K")
        await until(pilot, lambda: order(screen) == [1, 3, 4, 2], PATIENCE)

    run_queue(test)


@pytest.mark.tries("queue.extend", "queue.remove", "queue.delete", "queue.all", "confirm.yes", "confirm.no")
def test_extending_removing_and_deleting(studio: Studio, tmp_path: Path) -> None:
    for number in (1, 2):
        add(studio, tmp_path / f"cups-{number}", count=2)
        assert studio("queue", "wait", number).code == 0

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        assert order(screen) == [2, 1]
        await pilot.press("e")
        assert screen.query_one(PromptBar).is_open
        await pilot.press("backspace", *"few", "enter")
        assert screen.query_one(PromptBar).is_open, "that is no number"
        await pilot.press(*["backspace"] * 3, "4", "enter")
        await until(pilot, lambda: "4/4" in str(screen.query_one(JobTable).rows), PATIENCE)
        await until(pilot, lambda: state(screen, 2) == "done", PATIENCE)
        await pilot.press("x", "escape")
        assert state(screen, 2) == "done"
        await pilot.press("x", "y")
        await until(pilot, lambda: order(screen) == [1], PATIENCE)
        await pilot.press("a")
        assert screen.everything
        await pilot.press("X", "y")
        await until(pilot, lambda: order(screen) == [], PATIENCE)

    run_queue(test)
    studio.wait_until(lambda: not list((tmp_path / "cups-1").rglob("*.png")))
    assert len(list((tmp_path / "cups-2").rglob("*.png"))) == 4


@pytest.mark.tries("queue.retry", "queue.filter", "queue.follow", *(action.id for action in in_scope("log")))
def test_retrying_quarantined_frames_and_reading_the_log(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "bad"
    marker.touch()
    faults = [{"at": "render", "index": 1, "do": "raise", "while": str(marker)}]
    monkeypatch.setenv("STUDIO_FAULTS", json.dumps(faults))
    add(studio, tmp_path / "cups", "--name", "cups")
    assert studio("queue", "wait", "cups").code == 1

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        log = screen.query_one(JobLog)
        await until(pilot, lambda: any("quarantined" in line for line in log.shown), PATIENCE)
        assert "✗ failed" in str(screen.query_one(JobTable).rows[0].cells[2])
        await pilot.press("slash", *"QUARANTINED", "enter")
        assert log.shown
        assert all("quarantined" in line.lower() for line in log.shown)
        assert "QUARANTINED".lower() in str(log.border_title)
        await pilot.press("escape")
        assert len(log.shown) > 3
        pilot.app.set_focus(log)
        for key in ("g", "j", "down", "pagedown", "k", "up", "pageup", "home"):
            await pilot.press(key)
        assert not log.following or log.max_scroll_y == 0
        await pilot.press("G", "end")
        assert log.following
        await pilot.press("home", "f")
        assert log.following
        assert log.scroll_y == log.max_scroll_y
        marker.unlink()
        await pilot.press("t")
        await until(pilot, lambda: state(screen, 1) == "done", PATIENCE)
        await until(pilot, lambda: any("frame 1 " in line for line in log.shown), PATIENCE)

    run_queue(test, (80, 24))


@pytest.mark.tries("queue.inspect", "queue.overlays", "queue.pane")
def test_the_newest_frame_and_the_way_to_inspect(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", *SLOW, count=200)
    studio.wait_until(lambda: studio.job(1)["done"] > 0)

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        picture = screen.query_one(NewestPicture)
        await until(pilot, lambda: picture.picture is not None, PATIENCE)
        first = str(picture.border_title)
        await until(pilot, lambda: str(picture.border_title) != first, PATIENCE)
        assert picture.overlays
        await pilot.press("o")
        assert not picture.overlays
        log, workers = screen.query_one(JobLog), screen.query_one("#workers")
        assert log.display
        assert not workers.display
        await pilot.press("v")
        assert workers.display
        assert not log.display
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, InspectScreen), PATIENCE)
        shown = pilot.app.screen
        assert isinstance(shown, InspectScreen)
        assert shown.dataset is not None
        assert shown.dataset.root == tmp_path / "cups"
        await pilot.press("3")
        assert pilot.app.screen is screen
        assert screen.has_class("-workers")

    run_queue(test, (80, 24))


@pytest.mark.tries("queue.start")
def test_the_engine_is_started_on_request_lost_and_found(studio: Studio) -> None:
    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        def notices() -> str:
            return " ".join(str(notice.message) for notice in pilot.app._notifications)

        assert screen.view is not None
        assert screen.view.gone is not None
        assert "s starts it" in screen.query_one(JobTable)._empty
        assert not is_running(), "looking at the queue starts nothing"
        await pilot.press("s")
        await until(pilot, lambda: screen.view is not None and screen.view.gone is None, PATIENCE)
        kill_engine()
        await until(pilot, lambda: "went away" in notices(), PATIENCE)
        await pilot.press("s")
        await until(pilot, lambda: "is back" in notices(), PATIENCE)
        await pilot.press("s")
        assert screen.view.gone is None

    run_queue(test, (80, 24))
    assert is_running(), "the engine outlives the app"


def test_while_the_engine_is_stopped_its_jobs_are_shown_and_not_changed(studio: Studio, tmp_path: Path) -> None:
    add_paused(studio, tmp_path, 2)
    studio.ok("queue", "resume", 2)
    assert studio("engine", "stop", "--now").code == 0

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        def notices() -> str:
            return " ".join(str(notice.message) for notice in pilot.app._notifications)

        assert [state(screen, 1), state(screen, 2)] == ["paused", "queued"]
        assert "as the engine left them" in str(screen.query_one(JobTable).border_title)
        await pilot.press("r")
        assert "No job can be changed now. The engine does not run. s starts it." in notices()
        await pilot.press("c")
        assert pilot.app.screen is screen
        await pilot.press("s")
        await until(pilot, lambda: screen.view is not None and screen.view.gone is None, PATIENCE)
        await pilot.press("asterisk", "p")
        await until(pilot, lambda: "1 job is paused; 1 was paused already." in notices(), PATIENCE)

    run_queue(test, (80, 24))
    assert not engine_paths().jobs_left.exists(), "a running engine tells of its jobs itself"


def test_a_job_that_ends_is_told_on_every_screen(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", *SLOW, "--name", "cups", count=12)
    studio.ok("queue", "pause", "cups")

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        await pilot.press("r", "4")
        assert pilot.app.screen is not screen
        await until(
            pilot, lambda: any("“cups”: done" in str(note.message) for note in pilot.app._notifications), PATIENCE
        )

    run_queue(test, (80, 24))


def test_nothing_can_be_changed_with_readonly(studio: Studio, tmp_path: Path) -> None:
    add_paused(studio, tmp_path, 1)
    before = studio.job(1)

    async def test(pilot: Pilot[None], screen: QueueScreen) -> None:
        for action in in_scope("queue"):
            if action.changes and action.id != "queue.start":
                pilot.app.clear_notifications()
                await pilot.press(action.keys[0])
                assert any("--readonly" in str(note.message) for note in pilot.app._notifications), action.id
                assert pilot.app.screen is screen
                assert not screen.query_one(PromptBar).is_open
        await pilot.press("space")
        assert screen.marked == {1}

    run_queue(test, readonly=True)
    assert studio.job(1) == before
