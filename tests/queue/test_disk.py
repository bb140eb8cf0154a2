"""A disk that is full, failing or read-only stops the queue, says so, costs no frame a try, and is waited for.

On small file systems that are really full where mounting is allowed, and with errors injected into each step of
publishing everywhere.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from engine.queue.jobs import JobState
from engine.queue.ledger_store import RESERVE_BYTES
from engine.queue.workplace import Place, Policy
from tests.queue.disks import MEGABYTE, Disk, read_only, small_disk
from tests.queue.engines import Engine, plain_recipe
from tests.queue.storm import STEPS
from tests.queue.supervised import shop

COUNT = 60
RESUME_SECONDS = 10.0
SLOW = plain_recipe(samples=66)
"""50 ms a frame, so that the disk can be filled meanwhile."""


@pytest.fixture
def disk(user_folders: Path) -> Iterator[Disk]:
    with small_disk(user_folders / "disk") as mounted:
        yield mounted


def done(engine: Engine, job: int) -> int:
    return int(engine.job(job)["done"])


def wait_until_blocked(engine: Engine, job: int, word: str) -> None:
    """The engine says why it waits, and goes on saying so; the job is not paused, so that nobody has to resume it."""
    engine.wait_for(lambda: engine.status()["state"] == "blocked", "the engine is blocked")
    engine.wait_for(lambda: not engine.job(job)["leased"], "the frames at hand are given back")
    before = done(engine, job)
    watched = time.monotonic() + 5
    while time.monotonic() < watched:
        status = engine.status()
        assert status["state"] == "blocked"
        assert word in status["message"]
        assert engine.job(job)["state"] == "queued"
        time.sleep(0.1)
    assert done(engine, job) == before


def wait_until_resumed(engine: Engine, job: int) -> None:
    """Within the time that is promised, and without being told."""
    before, began = done(engine, job), time.monotonic()
    engine.wait_for(lambda: done(engine, job) > before, "a frame is done again", RESUME_SECONDS)
    print(f"resumed after {time.monotonic() - began:.1f} s")
    status = engine.status()
    assert (status["state"], status["message"]) in (("working", ""), ("idle", ""))


def check_end(engine: Engine, job: int, root: Path, count: int = COUNT) -> None:
    """The job ends well, no frame was charged, and dataset and ledger are sound."""
    assert engine.wait_until(job, "done")["done"] == count
    engine.stop()
    with engine.ledger() as ledger:
        assert ledger._read("PRAGMA integrity_check") == [("ok",)]
        assert ledger.recount() == []
        assert {(row.deaths, row.raises) for row in ledger.frames(job)} == {(0, 0)}
        hashes = dict(ledger.done_frames(job))
    dataset = Dataset.open(root)
    assert {index: dataset.record(index).image.pixel_hash for index in dataset.indices()} == hashes
    found = validate_dataset(dataset)
    assert (found.frames, found.problems, found.leftovers) == (count, [], [])


@pytest.mark.slow
@pytest.mark.parametrize("renderer", ["fake", "blender"])
def test_a_dataset_on_a_full_disk(user_folders: Path, disk: Disk, renderer: str) -> None:
    root = disk.root / "data"
    count = COUNT if renderer == "fake" else 12
    with Engine(user_folders, renderer=renderer) as engine:
        job = engine.add(root, count, recipe=SLOW if renderer == "fake" else plain_recipe(samples=8))
        engine.wait_for(lambda: done(engine, job) >= 3, "some frames are done")
        disk.fill()
        wait_until_blocked(engine, job, "the disk is full")
        found = validate_dataset(Dataset.open(root))
        assert (found.frames, found.problems, found.leftovers) == (done(engine, job), [], [])
        disk.give_back(MEGABYTE)
        wait_until_blocked(engine, job, "the disk is full")
        disk.empty()
        wait_until_resumed(engine, job)
        check_end(engine, job, root, count)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_dataset_that_cannot_be_begun(user_folders: Path, disk: Disk, trouble: str) -> None:
    """The folder is not even there, nor the one above it."""
    root = disk.root / "new" / "data"
    if trouble == "full":
        disk.fill()
    else:
        disk.make_read_only()
    with Engine(user_folders) as engine:
        job = engine.add(root, COUNT)
        wait_until_blocked(engine, job, "full" if trouble == "full" else "read-only")
        assert not root.parent.exists()
        if trouble == "full":
            disk.empty()
        else:
            disk.make_writable()
        wait_until_resumed(engine, job)
        check_end(engine, job, root)


@pytest.mark.slow
def test_a_dataset_that_becomes_read_only(user_folders: Path) -> None:
    root = user_folders / "data"
    with Engine(user_folders) as engine:
        job = engine.add(root, COUNT, recipe=SLOW)
        engine.wait_for(lambda: done(engine, job) >= 3, "some frames are done")
        with read_only(root / "frames" / "00000"):
            wait_until_blocked(engine, job, "the file system is read-only")
        wait_until_resumed(engine, job)
        check_end(engine, job, root)


@pytest.mark.slow
def test_an_input_output_error_that_lasts(user_folders: Path) -> None:
    """The disk takes a trial file and refuses each frame: the engine goes on trying, and no frame is charged."""
    broken, root = user_folders / "broken", user_folders / "data"
    faults = [{"at": "publish image:sync", "do": "eio", "while": str(broken)}]
    with Engine(user_folders, faults=faults) as engine:
        job = engine.add(root, COUNT, recipe=SLOW)
        engine.wait_for(lambda: done(engine, job) >= 3, "some frames are done")
        broken.touch()
        engine.wait_for(lambda: engine.status()["state"] == "blocked", "the engine is blocked")
        assert "input/output error" in engine.status()["message"]
        time.sleep(10)
        found = validate_dataset(Dataset.open(root))
        assert (found.frames, found.problems) == (done(engine, job), [])
        broken.unlink()
        wait_until_resumed(engine, job)
        check_end(engine, job, root)


@pytest.mark.slow
@pytest.mark.parametrize("reserve", ["kept", "lost"])
def test_a_ledger_on_a_full_disk(user_folders: Path, disk: Disk, reserve: str) -> None:
    """With its reserve it writes down the frames at hand; without, they are made up for when there is room."""
    root = user_folders / "data"
    with Engine(disk.root) as engine:
        job = engine.add(root, COUNT, recipe=SLOW)
        engine.wait_for(lambda: done(engine, job) >= 3, "some frames are done")
        if reserve == "lost":
            engine.paths.ledger.with_suffix(".reserve").unlink()
        disk.fill()
        engine.wait_for(lambda: engine.status()["state"] == "blocked", "the engine is blocked")
        assert "the disk is full" in engine.status()["message"]
        time.sleep(5)
        assert engine.status()["state"] == "blocked"
        assert engine.job(job)["quarantined"] == 0
        on_disk = len(Dataset.open(root).indices())
        assert on_disk < COUNT
        if reserve == "kept":
            assert (done(engine, job), engine.job(job)["leased"]) == (on_disk, 0)
        disk.empty()
        wait_until_resumed(engine, job)
        assert engine.wait_until(job, "done")["done"] == COUNT
        assert engine.paths.ledger.with_suffix(".reserve").stat().st_size == RESERVE_BYTES
        check_end(engine, job, root)


@pytest.mark.slow
def test_an_engine_that_is_killed_while_the_ledgers_disk_is_full(user_folders: Path, disk: Disk) -> None:
    root = user_folders / "data"
    with Engine(disk.root) as engine:
        job = engine.add(root, COUNT, recipe=SLOW)
        engine.wait_for(lambda: done(engine, job) >= 3, "some frames are done")
        disk.fill()
        engine.wait_for(lambda: engine.status()["state"] == "blocked", "the engine is blocked")
        engine.kill()
        disk.fill()
        engine.start()
        assert engine.process is not None
        assert engine.process.wait(timeout=60) == 1, "it does not run without being able to write"
        disk.empty()
        assert "cannot be written because the disk is full" in engine.log()
        engine.start()
        check_end(engine, job, root)


@pytest.mark.slow
def test_an_engine_that_starts_while_the_ledgers_disk_is_full(user_folders: Path, disk: Disk) -> None:
    """The reserve, which it kept when it ended, lets it start: people can see their jobs, and why they wait."""
    root = user_folders / "data"
    with Engine(disk.root) as engine:
        job = engine.add(root, COUNT, recipe=SLOW)
        engine.wait_for(lambda: done(engine, job) >= 3, "some frames are done")
        engine.stop()
        disk.fill()
        engine.start()
        engine.wait_for(lambda: engine.status()["state"] == "blocked", "the engine is blocked")
        assert "ledger.db is full" in engine.status()["message"]
        disk.empty()
        wait_until_resumed(engine, job)
        check_end(engine, job, root)


@pytest.mark.parametrize("error", ["eio", "enospc"])
def test_an_error_at_each_step_of_publishing(tmp_path: Path, error: str) -> None:
    """Each stops the queue for a moment and harms nothing. In this process, to look at the disk more often."""
    markers = tmp_path / "markers"
    markers.mkdir()
    faults: list[dict[str, Any]] = [
        {"at": f"publish {step}", "index": 2 * number, "do": error, "once": str(markers / str(number))}
        for number, step in enumerate(STEPS)
    ]
    count = 2 * len(STEPS)

    async def scenario() -> None:
        place = Place("cpu", environment={"STUDIO_FAULTS": json.dumps(faults)})
        async with shop(tmp_path, policy=Policy(disk_check=0.02), places=(place,)) as it:
            job = it.add("job", count, recipe=plain_recipe())
            ended = await it.until_state(job, "done")
            assert (ended.state, ended.done) == (JobState.DONE, count)
            assert {(row.deaths, row.raises) for row in it.ledger.frames(job.id)} == {(0, 0)}
            assert len(it.heard.pids) == 1, "the worker lives on"
            assert it.heard.failed == []
            blocked, resumed = it.heard.reasons[::2], it.heard.reasons[1::2]
            assert set(resumed) == {""}
            word = {"eio": "input/output error", "enospc": "the disk is full"}[error]
            assert all(word in reason for reason in blocked)

    asyncio.run(scenario())
    assert len(list(markers.iterdir())) == len(STEPS), "each step was reached"
    found = validate_dataset(Dataset.open(tmp_path / "job"))
    assert (found.frames, found.problems, found.leftovers) == (count, [], [])
