"""What every backend's workers do: one contract, which the local supervisor's workers pass too."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engine.dataset.manifest import Storage
from engine.dataset.read import Dataset
from engine.queue.backend import Backend, Fate, Terms, Worker
from engine.queue.datasets import OpenDatasets
from engine.queue.jobs import Job, JobState
from engine.queue.local_backend import LocalBackend
from engine.queue.protocol import (
    Cancel,
    ChannelClosed,
    FrameCancelled,
    FrameFinished,
    FrameProgress,
    FromWorker,
    Prepare,
    Ready,
    RenderFrame,
)
from engine.queue.workplace import Place
from engine.recipe.load import recipe_from_plain
from tests.queue.engines import plain_recipe
from tests.queue.supervised import is_alive

PATIENCE = 120.0


_LONG = [pytest.mark.slow, pytest.mark.long]
everywhere = pytest.mark.parametrize(
    "backend", ["local", pytest.param("ray", marks=_LONG), pytest.param("slurm", marks=_LONG)], indirect=True
)
"""Starting a worker on a cluster for each test takes time: of clusters the gate tries whole jobs alone."""


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """A backend with a place or more. Those of clusters are shared by all tests."""
    if request.param == "local":
        return LocalBackend((Place("cpu"),))
    found: Backend = request.getfixturevalue(f"{request.param}_backend")
    return found


class Hired:
    """A worker that has a recipe, and a folder for its frames."""

    def __init__(self, worker: Worker, root: Path) -> None:
        self.worker = worker
        self.root = root
        self.storage: Storage
        self.datasets = OpenDatasets()

    def until(self, wanted: Callable[[FromWorker], bool] | type) -> Any:
        """The next report that is wanted; others are passed over. Fails where it does not come."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            report = self.worker.receive(timeout=0.5)
            if report is not None and (isinstance(report, wanted) if isinstance(wanted, type) else wanted(report)):
                return report
        raise AssertionError(f"in vain: {wanted}; {self.worker.last_words()}")

    def prepare(self, samples: int = 16) -> Ready:
        """Have a recipe loaded, and open the folder."""
        plain = plain_recipe(samples)
        self.worker.send(Prepare(plain, "basic", "cpu", "fake"))
        ready: Ready = self.until(Ready)
        job = Job(
            id=1, name="a", recipe_name="basic", seed=3, start=0, count=99, root=str(self.root), priority=0, position=1,
            device="cpu", state=JobState.RENDERING, done=0, quarantined=0, leased=0, created_at=0.0, started_at=None,
            ended_at=None, message="",
        )  # fmt: skip
        self.storage = self.datasets.open(job, recipe_from_plain(plain, "basic"), ready)
        return ready

    def render(self, *indices: int) -> None:
        """Order frames, under tokens that are their numbers and 1000 more."""
        for index in indices:
            self.worker.send(RenderFrame(index + 1000, index, 3, str(self.root), self.storage))

    def until_closed(self) -> None:
        """Wait until the worker has nothing more to say."""
        with suppress(ChannelClosed):
            self.until(lambda report: False)

    def stored(self) -> list[int]:
        return list(Dataset.open(self.root).indices())


@pytest.fixture
def hired(backend: Backend, tmp_path: Path) -> Iterator[Hired]:
    deadline = time.monotonic() + PATIENCE
    while not (places := backend.places()):
        assert time.monotonic() < deadline, "no place"
        time.sleep(0.2)
    hired = Hired(backend.start(places[0], Terms()), tmp_path / "data")
    yield hired
    hired.worker.forget()
    hired.datasets.close()


@everywhere
def test_frames_are_stored_and_reported_in_order_with_their_tokens(hired: Hired) -> None:
    assert hired.prepare().device_type == "CPU"
    hired.render(0, 1, 2)
    reports = [hired.until(FrameFinished) for _ in range(3)]
    assert [report.token for report in reports] == [1000, 1001, 1002]
    dataset = Dataset.open(hired.root)
    assert [dataset.record(index).image.pixel_hash for index in range(3)] == [report.pixel_hash for report in reports]
    assert dataset.record(0).render.device_type == "CPU"
    assert hired.worker.pid is not None


@everywhere
def test_a_frame_is_cancelled_within_its_rendering(hired: Hired) -> None:
    hired.prepare(samples=4016)  # four seconds, in four chunks
    hired.render(0)
    hired.until(FrameProgress)
    hired.worker.send(Cancel((1000,)))
    assert hired.until(FrameCancelled).token == 1000
    assert hired.stored() == []


@everywhere
def test_a_worker_that_is_killed_is_known_to_be_dead_and_why(hired: Hired) -> None:
    hired.prepare(samples=60_016)
    hired.render(0)
    hired.until(FrameProgress)
    pid = hired.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    hired.until_closed()
    hired.worker.end()
    assert not is_alive(pid)
    assert "SIGKILL" in hired.worker.obituary()
    assert str(pid) in hired.worker.last_words()
    assert hired.worker.fate is Fate.OWN


@everywhere
def test_at_the_end_it_is_certain_that_nothing_more_is_stored(hired: Hired) -> None:
    hired.prepare()
    hired.render(*range(40))
    hired.until(FrameFinished)
    pid = hired.worker.pid
    hired.worker.end()
    assert pid is not None
    assert not is_alive(pid)
    stored = hired.stored()
    assert 1 <= len(stored) < 40
    hired.worker.send(Cancel((1,)))
    hired.worker.end()
    hired.until_closed()
    time.sleep(0.3)
    assert hired.stored() == stored


@everywhere
def test_a_worker_that_hangs_as_a_whole_can_be_ended(hired: Hired) -> None:
    hired.prepare()
    pid = hired.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    hired.worker.end()
    assert not is_alive(pid)
