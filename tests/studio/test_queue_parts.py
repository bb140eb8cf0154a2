"""Parts of the Queue screen that need no screen: moving by a place, priorities, throughput, the newest frame."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from engine.dataset import layout
from engine.queue.client_line import went_away
from engine.queue.door_messages import MoveJobs, SetPriority
from engine.queue.jobs import NewJob
from engine.queue.jobs_left import forget_jobs, leave_jobs, left_jobs
from engine.queue.ledger import Ledger
from studio.engine_link import STOPPED, EngineView, Gone
from studio.jobs_text import state_text
from studio.newest import finish_times, newest_frame
from studio.queue_account import account
from studio.queue_order import changed_priorities, one_place
from studio.screens.queue_rows import JobRows, thin_bar, worker_rows
from studio.screens.queue_texts import status_text, title_text, waiting_text
from studio.throughput import STEP_SECONDS, STEPS, Throughput
from tests.studio.queue_rig import plain_job, plain_worker

JOBS = [plain_job(number) for number in (1, 2, 3, 4)] + [plain_job(5, priority=1), plain_job(6, "done", ended_at=1.0)]


@pytest.mark.parametrize(
    ("ids", "by", "wanted"),
    [
        ([3], -1, MoveJobs(("3",), "before:2")),
        ([3], 1, MoveJobs(("3",), "after:4")),
        ([1], -1, None),
        ([4], 1, None),
        ([2, 3], 1, MoveJobs(("2", "3"), "after:4")),
        ([1, 3], -1, MoveJobs(("1", "3"), "top")),
        ([2, 4], 1, MoveJobs(("2", "4"), "bottom")),
        ([5], -1, None),
        ([1, 5], 1, None),
        ([6], 1, None),
        ([], 1, None),
    ],
)
def test_moving_by_one_place(ids: list[int], by: int, wanted: MoveJobs | None) -> None:
    assert one_place(JOBS, [job for job in JOBS if job["id"] in ids], by) == wanted


def test_each_priority_changes_by_the_same() -> None:
    assert changed_priorities(JOBS[3:5], 1) == [SetPriority(("4",), 1), SetPriority(("5",), 2)]


def test_throughput_counts_by_the_counters_of_known_jobs() -> None:
    now = 0.0
    throughput = Throughput(lambda: now)
    throughput.take([plain_job(1, done=100)])
    throughput.take([plain_job(1, done=102), plain_job(2, done=50)])
    now = STEP_SECONDS * 2.5
    throughput.take([plain_job(1, done=103), plain_job(2, done=50)])
    throughput.take([plain_job(1, done=90)])
    assert throughput.per_minute() == [2 * 60 / STEP_SECONDS, 0, 60 / STEP_SECONDS]
    now = STEP_SECONDS * 10 * STEPS
    assert throughput.per_minute() == [0] * STEPS


def test_the_newest_frame_of_a_job_is_found_in_the_folder_that_changed_last(tmp_path: Path) -> None:
    def put(index: int, at: int) -> None:
        path = tmp_path / layout.record_path(index)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (at, at))
        os.utime(path.parent, (at, at))

    assert newest_frame(tmp_path, 0, 10) is None
    for index, at in ((5, 100), (3, 200), (4, 150), (1500, 250)):
        put(index, at)
    assert newest_frame(tmp_path, 0, 5000) == 1500
    os.utime(tmp_path / layout.folder_path(3), (300, 300))
    assert newest_frame(tmp_path, 0, 5000) == 3
    assert newest_frame(tmp_path, 4, 2) == 4
    assert newest_frame(tmp_path, 1000, 1000) == 1500
    assert newest_frame(tmp_path, 2000, 1000) is None


def test_frames_finished_before_are_counted_by_their_age(tmp_path: Path) -> None:
    now = 1000.0
    throughput = Throughput(lambda: now)
    throughput.take([plain_job(1, done=5)])
    throughput.add_past([0.0, STEP_SECONDS * 1.5, STEP_SECONDS * 1.6, STEP_SECONDS * STEPS * 2])
    assert [rate * STEP_SECONDS / 60 for rate in throughput.per_minute()] == [2, 1, 0]
    path = tmp_path / layout.record_path(7)
    path.parent.mkdir(parents=True)
    path.touch()
    os.utime(path, (500, 500))
    assert finish_times(tmp_path, 0, 10, 400) == [500.0]
    assert finish_times(tmp_path, 0, 10, 600) == []
    assert finish_times(tmp_path, 8, 10, 400) == []


def test_rows_are_made_again_only_for_jobs_that_changed() -> None:
    rows = JobRows()
    jobs: list[dict[str, Any]] = [plain_job(1), plain_job(2, quarantined=3)]
    first = rows.rows(jobs, {2}, {}, 8)
    assert str(first[1].cells[0]) == "●2"
    assert str(first[1].cells[5]) == "3"
    second = rows.rows([jobs[0], plain_job(2, "failed", quarantined=4)], {2}, {}, 8)
    assert second[0] is first[0]
    assert "✗ failed" in str(second[1].cells[2])


@pytest.mark.parametrize(("done", "drawn"), [(0, "────"), (1, "╸───"), (500, "━━──"), (999, "━━━╸"), (1000, "━━━━")])
def test_bars_are_full_only_at_the_end(done: int, drawn: str) -> None:
    assert thin_bar(done, 1000, 4).plain == drawn


def test_workers_tell_what_is_known_of_their_gpu() -> None:
    cells = [str(cell) for cell in worker_rows([plain_worker(0, trouble="hot")])[0].cells]
    assert cells[1] == "▶ rendering 1,234 of job 1: hot"
    assert cells[3:7] == ["2.1 GB", "97%", "8.2/48.0 GB", "64"]


def test_several_jobs_give_one_account_of_what_became_of_them() -> None:
    jobs = [plain_job(1), plain_job(2), plain_job(3, "done"), plain_job(4, "paused"), plain_job(5, "paused")]
    assert account("paused", jobs[:1], []) == "", "that one is seen"
    assert account("forgotten", jobs[:2]) == "2 jobs are forgotten."
    assert account("paused", jobs[:1], jobs[2:3]) == "1 job is paused; 1 was done already."
    assert account("paused", jobs[:2], jobs[2:]) == "2 jobs are paused; 1 was done and 2 were paused already."
    said = account("in the queue again", jobs[:2], jobs[2:], "had no quarantined frames")
    assert said == "2 jobs are in the queue again; 3 had no quarantined frames."


def test_a_job_that_the_engine_paused_does_not_look_like_one_paused_by_hand() -> None:
    by_hand, held = plain_job(1, "paused"), plain_job(2, "paused", message="its folder is of another recipe.")
    first, second = JobRows().rows([by_hand, held], (), {"text-error": "red", "text-warning": "yellow"}, 8)
    assert [str(first.cells[2]), str(second.cells[2])] == ["‖ paused", "! paused"]
    assert [first.cells[-1], second.cells[-1]] == ["–", "its folder is of another recipe."]
    assert state_text(held) == "! paused"


def test_what_is_said_of_an_engine_that_is_away() -> None:
    view = EngineView()
    view.take(Gone(STOPPED, True, [plain_job(1, "rendering", done=10, rate=5.0), plain_job(2, "done")]))
    assert view.jobs[1]["state"] == "queued", "nobody renders it now"
    assert status_text(view, None, {}, starting=False) == (
        "The engine was stopped; s starts it again. 1 job with 4,990 frames waits."
    )
    assert title_text(view, 2, 0) == "Jobs (2) as the engine left them"
    view.take(Gone(went_away(), False))
    assert "The engine went away; `studio engine logs` may say why, and F5 starts it again without loss." in (
        status_text(view, None, {"queue.start": ("f5",)}, starting=False)
    )
    assert waiting_text(view.jobs.values()) == "1 job with 4,990 frames waits.", "what is known stays"


def test_jobs_are_left_for_those_who_look_while_no_engine_runs(tmp_path: Path) -> None:
    file = tmp_path / "jobs-left.json"
    assert left_jobs(file) is None
    with Ledger(tmp_path / "ledger.db") as ledger:
        ledger.add_job(NewJob(name="cups", recipe={}, recipe_name="basic", seed=1, count=5, root="/data/cups"))
        leave_jobs(file, ledger.jobs())
    found = left_jobs(file)
    assert found is not None
    assert {key: found[0][key] for key in plain_job(1)}.keys() == plain_job(1).keys()
    assert found[0]["name"] == "cups"
    file.write_text(file.read_text()[:-5])
    assert left_jobs(file) is None, "half a file is none"
    forget_jobs(file)
    forget_jobs(file)
    assert not file.exists()
