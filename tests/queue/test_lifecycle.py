"""Starting the engine when something needs it: once, whoever asks and whatever was there before."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.dataset import layout
from engine.dataset.read import Dataset
from engine.errors import EngineDown
from engine.queue.door_messages import AddJob, Backup, EngineStatus, JobLog, ShowJob
from engine.queue.ledger import Ledger
from engine.queue.lifecycle import connect, engine_paths, is_running, stop_engine
from tests.queue.supervised import PATIENCE, crash, is_alive, plain_recipe


@pytest.fixture(autouse=True)
def _no_engine_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STUDIO_RENDERER", "fake")
    yield
    if is_running():
        stop_engine(now=True)


def pid_of_engine() -> int:
    with connect() as client:
        return int(client.request(EngineStatus())["pid"])


def test_many_who_need_it_at_once_get_the_same_engine() -> None:
    with ThreadPoolExecutor(6) as pool:
        pids = set(pool.map(lambda _: pid_of_engine(), range(6)))
    assert len(pids) == 1
    assert pids.isdisjoint({os.getpid()})


def test_a_stopped_engine_stays_stopped_however_many_had_asked_for_it() -> None:
    with ThreadPoolExecutor(6) as pool:
        coming = [pool.submit(pid_of_engine) for _ in range(6)]
        first = coming[0].result(timeout=PATIENCE)
        for other in coming:
            assert other.result(timeout=PATIENCE) == first
    assert stop_engine(now=True)
    time.sleep(0.5)
    assert not is_running()
    assert engine_paths().log.read_text().count("another engine") == 0


def test_stopping_does_not_wait_for_an_engine_that_somebody_else_started() -> None:
    first = pid_of_engine()
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(stop_engine)
        while is_alive(first):
            time.sleep(0.005)
        second = pid_of_engine()
        assert stopping.result(timeout=10)
    assert second != first
    assert is_running()


def test_asking_whether_it_runs_does_not_keep_it_from_starting() -> None:
    enough = threading.Event()

    def ask_and_ask() -> None:
        while not enough.is_set():
            is_running()

    asking = threading.Thread(target=ask_and_ask)
    asking.start()
    try:
        assert is_alive(pid_of_engine())
    finally:
        enough.set()
        asking.join()


def test_an_engine_that_is_ending_is_followed_by_a_new_one() -> None:
    paths = engine_paths()
    paths.folder.mkdir(parents=True)
    with paths.lock.open("wb") as held:
        # As one that has closed its door and not ended yet.
        fcntl.flock(held, fcntl.LOCK_EX)
        assert is_running()
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(pid_of_engine)
            time.sleep(0.3)
            fcntl.flock(held, fcntl.LOCK_UN)
            assert is_alive(coming.result(timeout=PATIENCE))


def test_an_engine_that_cannot_start_says_why_at_once() -> None:
    paths = engine_paths()
    paths.folder.mkdir(parents=True)
    paths.ledger.write_bytes(b"no database at all" * 1000)
    with pytest.raises(EngineDown, match=r"could not start: The ledger .* is damaged"):
        connect(timeout=PATIENCE)
    assert not is_running()


def test_without_leave_to_start_it_says_how() -> None:
    with pytest.raises(EngineDown, match="studio engine start"):
        connect(start=False)


def test_after_a_crash_of_the_engine_the_next_one_finishes_the_job(tmp_path: Path) -> None:
    """The frame at hand is taken back, and its old worker is dead before it is given away again."""
    with connect() as client:
        root = str(tmp_path / "out")
        client.request(AddJob(plain_recipe(16 + 200), "basic", "a", 0, 0, 10, root))
        first = int(client.request(EngineStatus())["pid"])
        deadline = time.monotonic() + PATIENCE
        while not client.request(ShowJob("a"))["done"] >= 1:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        crash(first)
    assert pid_of_engine() != first
    with connect() as client:
        while client.request(ShowJob("a"))["state"] != "done":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        log = client.request(JobLog("a", 1000))
    stop_engine()
    with Ledger(engine_paths().ledger) as ledger:
        assert all(frame.deaths == frame.raises == 0 for frame in ledger.frames(1))
    for index in range(10):
        assert sum(f"frame {index} done" in line for line in log) <= 1


def test_the_end_of_a_long_log_is_found_without_reading_all_of_it(tmp_path: Path) -> None:
    with connect() as client:
        client.request(AddJob(plain_recipe(), "basic", "a", 0, 0, 1, str(tmp_path / "out")))
        deadline = time.monotonic() + PATIENCE
        while client.request(ShowJob("a"))["state"] != "done":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with engine_paths().job_log(1).open("a") as file:
            file.writelines(f"line {number} — ä\n" for number in range(100_000))
        assert client.request(JobLog("a", 3)) == [f"line {number} — ä" for number in range(99_997, 100_000)]
        assert len(client.request(JobLog("a", 20_000))) == 20_000
        everything = client.request(JobLog("a", 10_000_000))
        assert everything[-1] == "line 99999 — ä"
        assert "added: 1 frames" in everything[0]
        assert client.request(JobLog("a", 0)) == []


def test_a_backup_moved_elsewhere_goes_on_from_what_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docs/engine.md says: frames that came after the backup are found, those that are gone rendered again."""
    root = tmp_path / "out"
    copy = tmp_path / "queue.db"
    with connect() as client:
        client.request(AddJob(plain_recipe(16 + 100), "basic", "a", 0, 0, 8, str(root)))
        deadline = time.monotonic() + PATIENCE
        while client.request(ShowJob("a"))["done"] < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        client.request(Backup(str(copy)))
        while client.request(ShowJob("a"))["done"] < 5:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    stop_engine()
    on_disk = set(Dataset.open(root).indices())
    assert len(on_disk) >= 5
    gone = root / layout.record_path(0)
    gone.unlink()
    kept = {index: (root / layout.record_path(index)).stat().st_mtime_ns for index in on_disk - {0}}

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    engine_paths().folder.mkdir(parents=True)
    copy.rename(engine_paths().ledger)
    with connect() as client:
        while client.request(ShowJob("a"))["state"] != "done":
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert Dataset.open(root).indices() == list(range(8))
    assert kept == {index: (root / layout.record_path(index)).stat().st_mtime_ns for index in kept}
