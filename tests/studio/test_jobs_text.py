"""Tables of jobs: exact widths, honest bars, and nothing in them that could steer a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from studio.engine_link import EngineView
from studio.jobs_text import bar, duration, fitted, in_order, job_details, job_table, rate_text, recent
from studio.queue_watch import screen

NOW = 1_000_000.0


def job(number: int, **values: Any) -> dict[str, Any]:
    """A job's map."""
    return {
        "id": number, "name": f"cups-{number}", "recipe_name": "basic", "seed": 0, "start": 0, "count": 1000,
        "root": f"/data/cups-{number}", "priority": 0, "position": number, "device": "auto", "state": "queued",
        "done": 0, "quarantined": 0, "leased": 0, "created_at": NOW, "started_at": None, "ended_at": None,
        "message": "", "rate": None, "seconds_left": None, "devices": [],
    } | values  # fmt: skip


WORST = job(
    123456, name="杯子" * 40, root="/data/" + "long/" * 40, state="rendering", count=10**12, done=10**11,
    quarantined=12_345, rate=12345.6, seconds_left=1e9,
)  # fmt: skip


@pytest.mark.parametrize("columns", [60, 79, 80, 100, 120, 200])
@pytest.mark.parametrize("jobs", [[job(1)], [job(1), WORST], [job(1, name="é" * 30), job(2, state="cancelled")]])
def test_no_line_is_longer_than_the_terminal(jobs: list[dict[str, Any]], columns: int) -> None:
    for line in job_table(jobs, columns):
        assert cell_len(line) <= columns
    view = EngineView(jobs={job["id"]: job for job in jobs}, state="working")
    for rows in (6, 12, 24):
        lines = screen(view, columns, rows, everything=True, color=False)
        assert len(lines) <= rows
        assert max(map(cell_len, lines)) <= columns


def test_a_small_screen_shows_what_is_at_work_and_counts_the_rest() -> None:
    jobs = [
        job(number, state="rendering" if number == 150 else "queued", position=1000 - number) for number in range(200)
    ]
    view = EngineView(jobs={job["id"]: job for job in jobs})
    lines = screen(view, 80, 24, everything=True, color=False)
    assert len(lines) == 24
    shown = [line for line in lines if "cups-" in line]
    assert f"and {200 - len(shown)} more" in lines[-2]
    assert len(shown) >= 18


def test_a_bar_is_full_only_when_all_is_done_and_empty_only_when_nothing_is() -> None:
    assert bar(0, 10) == "░" * 8
    assert bar(10, 10) == "█" * 8
    assert bar(1, 10**9)[0] != "░"
    assert bar(10**9 - 1, 10**9) != "█" * 8
    assert {len(bar(done, 97)) for done in range(98)} == {8}


def test_names_and_messages_cannot_steer_the_terminal() -> None:
    evil = job(1, name="a\x1b[2Jb\nc", message="\x1b]0;owned\x07", root="/data/\x1b[31m", state="paused")
    for lines in (job_table([evil], 80), job_details(evil, 80)):
        assert "\x1b" not in "".join(lines)
        assert all("\n" not in line for line in lines)


def test_texts_are_cut_at_the_end_that_says_least() -> None:
    assert fitted("cups-and-saucers", 8) == "cups-an…"
    assert fitted("/data/renders/cups", 8, keep_end=True) == "…rs/cups"
    assert fitted("7", 3, right=True) == "  7"
    assert fitted("杯子杯子", 6) == "杯子… "


def test_numbers_are_short() -> None:
    assert [duration(s) for s in (None, 5, 125, 3723, 400_000)] == ["–", "0:05", "2:05", "1:02:03", "4d 15h"]
    assert [rate_text(r) for r in (None, 0.123, 12.34, 1234.5)] == ["–", "0.12", "12.3", "1,234"]


def test_jobs_at_work_come_first_in_the_order_of_the_queue_then_the_latest_ended() -> None:
    jobs = [
        job(1, state="done", ended_at=NOW - 10),
        job(2, position=9),
        job(3, priority=5, position=20),
        job(4, state="failed", ended_at=NOW),
        job(5, position=3),
        job(6, state="cancelled", ended_at=NOW - 100_000),
    ]
    assert [entry["id"] for entry in in_order(jobs)] == [3, 5, 2, 4, 1, 6]
    assert [entry["id"] for entry in recent(jobs, NOW)] == [1, 2, 3, 4, 5]
