"""What processes write for themselves goes when they have ended, however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.paths import cache_dir
from engine.queue.worker_process import WorkerProcess
from engine.scratch import Scratch

WORKER = """
from engine.queue.worker_process import WorkerProcess
worker = WorkerProcess()
(worker._scratch.path / "blender_a1b2c3").mkdir()
print(worker.process.pid, worker._scratch.path, flush=True)
input()
"""


def folders() -> list[Path]:
    """What is there now, but for what is of no process."""
    return [path for path in (cache_dir() / "scratch").iterdir() if path.is_dir()]


def wait_until_dead(pid: int) -> None:
    end = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_folder_goes_with_its_owner_and_others_stay() -> None:
    first, second = Scratch("one"), Scratch("two")
    (first.path / "half.exr").write_text("half")
    first.remove()
    first.remove()
    assert folders() == [second.path], "what is in use stays"
    del second
    assert folders() == [], "what nobody has any more goes"


def test_a_killed_worker_leaves_nothing() -> None:
    with WorkerProcess() as worker:
        (worker._scratch.path / "blender_a1b2c3").mkdir()
        worker.process.send_signal(signal.SIGKILL)
        assert "SIGKILL" in worker.obituary()
    assert folders() == []


def test_what_a_killed_engine_leaves_is_taken_away_once_its_workers_are_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as engine:
        assert engine.stdout is not None
        pid, path = engine.stdout.readline().decode().split()
        engine.kill()
        engine.wait()
    wait_until_dead(int(pid))
    assert Path(path, "blender_a1b2c3").is_dir()
    next_one = Scratch("worker")
    assert folders() == [next_one.path]


def test_what_a_living_process_holds_is_left_though_its_owner_is_dead() -> None:
    scratch = Scratch("worker")
    with subprocess.Popen(["sleep", "60"], pass_fds=[scratch.fileno()]) as child:
        os.close(scratch.fileno())
        scratch._finalizer.detach()  # its owner is killed
        other = Scratch("other")
        assert sorted(folders()) == sorted([scratch.path, other.path])
        child.kill()
    last = Scratch("last")
    assert sorted(folders()) == sorted([other.path, last.path])


def test_without_a_cache_the_systems_own_place_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    scratch = Scratch("worker")
    assert scratch.path.is_dir()
    scratch.remove()
    assert not scratch.path.exists()


def test_workers_step_back_as_far_as_they_are_told() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with WorkerProcess(nice=7) as worker:
        assert worker.receive(timeout=60) is not None, "its first heartbeat"
        assert os.getpriority(os.PRIO_PROCESS, worker.process.pid) == min(own + 7, 19)
