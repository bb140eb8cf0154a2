"""docs/engine.md names tests and states that exist, and a test for each guarantee."""

from __future__ import annotations

import re
from pathlib import Path

from engine.queue.jobs import FrameState, JobState
from engine.queue.ledger_store import RESERVE_BYTES
from engine.queue.lifecycle import EnginePaths
from engine.queue.log_files import BOUNDS
from engine.queue.workplace import Policy, WorkerState, WorkerView

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = (REPOSITORY / "docs" / "engine.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_test_that_the_page_names_exists() -> None:
    sources = (path.read_text(encoding="utf-8") for path in REPOSITORY.glob("tests/**/test_*.py"))
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 20
    assert named <= there, f"there is no {', '.join(sorted(named - there))}"


def test_every_guarantee_has_a_test() -> None:
    rows = [row for row in section("What is guaranteed").splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        sentence, tests = row.strip("| ").split(" | ")
        assert sentence.endswith("."), row
        assert re.fullmatch(r"`test_\w+`(, `test_\w+`)*", tests), row


def test_every_state_is_in_the_diagrams() -> None:
    states = section("States")
    for state in (*JobState, *FrameState, *WorkerState):
        assert re.search(rf"\b{state}\b", states), f"{state} is not in the diagrams"


def test_numbers_and_files_are_those_of_the_program() -> None:
    policy, paths = Policy(), EnginePaths(Path("/engine"))
    assert f"{policy.frames_per_worker:,} frames" in PAGE
    assert f"niceness {policy.nice}" in PAGE
    assert f"{policy.memory_growth_bytes // 1024**3} GB more" in PAGE
    assert (policy.idle, policy.cancel, policy.stall) == (300, 3, 900)
    assert f"{RESERVE_BYTES // 1024**2} MB in reserve" in PAGE
    files = section("Files")
    assert f"at {BOUNDS.file_bytes // 10**6} MB it is set aside" in files
    assert f"oldest of the {BOUNDS.files} files" in files
    gpu_fields = {name for name in WorkerView.__struct_fields__ if name.startswith("gpu_")}
    assert gpu_fields == set(re.findall(r"`(gpu_\w+)`", section("GPUs")))
    for path in (paths.ledger, paths.socket, paths.jobs_left, paths.log, paths.quarantine):
        assert path.name in files
    for path in (paths.lock, paths.workers_lock, paths.start_lock):
        assert path.suffix == ".lock"
