"""What share of the time no worker at a device samples."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.dataset.read import Dataset
from engine.queue.jobs import JobState
from engine.queue.places import local_places
from engine.queue.protocol import FrameFinished, Sampling
from engine.queue.tracing import WINDOW, Tracing
from tests.queue.supervised import plain_recipe, shop


class Watched:
    """Workers that render one frame after the other at a device, each by what it did before."""

    def __init__(self) -> None:
        self.tracing = Tracing()
        self._ended: dict[str, float] = {}

    def renders(self, gap: float, *sampled: float, first: bool = False, worker: str = "gpu0") -> None:
        """A frame's first sample comes `gap` seconds after the last one of the frame before; its samples come in
        chunks of so many seconds, with a second between them."""
        follows = None if first else self._ended[worker]
        at = self._ended.get(worker, 1000.0) + gap
        spans = []
        for seconds in sampled:
            spans.append((at, at + seconds))
            at += seconds + 1
        self._ended[worker] = spans[-1][1]
        self.tracing.note(worker, FrameFinished(1, 0, 1.0, "", sampling=Sampling(tuple(spans), follows)))

    def share(self) -> float:
        assert self.tracing.between is not None
        return round(self.tracing.between, 6)


def test_it_is_the_share_of_the_last_frames_without_waiting_for_work() -> None:
    it = Watched()
    assert it.tracing.between is None
    it.renders(5, 9, first=True)
    assert it.tracing.between is None, "a recipe's first frame says nothing"
    it.renders(1, 3)
    it.renders(3, 1)
    assert it.share() == 0.5
    assert it.tracing.frames == 2
    it.tracing.waits("gpu0")
    it.renders(3600, 1)
    assert it.share() == 0.5, "there was no work"
    it.renders(300, 1, first=True)
    assert it.share() == 0.5, "another recipe was loaded"
    for _ in range(WINDOW):
        it.renders(1, 9)
    assert it.share() == 0.1, "what is long ago counts no longer"
    assert it.tracing.frames == WINDOW


def test_pauses_between_chunks_of_samples_count() -> None:
    it = Watched()
    it.renders(0, 1, first=True)
    it.renders(2, 3, 4)
    assert it.share() == 0.3


def test_while_one_worker_samples_a_device_is_not_left_alone() -> None:
    """Two whose frames take 10 s, of which they sample 6: from 0 to 6, and from 5 to 11."""
    it = Watched()
    for worker, begin in (("gpu0", 0), ("gpu0-2", 5)):
        it.renders(begin, 6, first=True, worker=worker)
    for _ in range(3 * WINDOW):
        it.renders(4, 6, worker="gpu0")
        it.renders(4, 6, worker="gpu0-2")
    assert it.share() == 0
    assert it.tracing.frames == 2 * WINDOW


def test_what_one_of_two_has_not_told_of_yet_is_not_taken_for_a_pause() -> None:
    it = Watched()
    for worker, begin in (("gpu0", 0), ("gpu0-2", 5)):
        it.renders(begin, 6, first=True, worker=worker)
    it.renders(4, 6, worker="gpu0-2")
    for _ in range(3):
        it.renders(4, 6, worker="gpu0")
    assert it.share() == 0
    it.tracing.waits("gpu0-2")
    assert it.share() == pytest.approx(4 / 30, abs=1e-6), "it has nothing to tell of gpu0's last pause"


def test_frames_of_which_one_of_two_is_not_known_any_more_do_not_count() -> None:
    """The last frames of a worker go back less far where they are short: to 561 s here, and the other's to 0 s."""
    it = Watched()
    it.renders(0, 90, first=True, worker="gpu0")
    it.renders(0, 1, first=True, worker="gpu0-2")
    for _ in range(5):
        it.renders(10, 90, worker="gpu0")
    for _ in range(300):
        it.renders(1, 1, worker="gpu0-2")
    assert it.share() == 0, "gpu0 sampled from 500 s to 590 s"


def test_a_worker_shows_it_once_it_has_done_frames(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            assert it.worker.between_samplings is None
            await it.until_state(it.add("a", 4, recipe=plain_recipe(316)), JobState.DONE)
            share = it.worker.between_samplings
            assert share is not None
            assert 0 < share < 1
            assert it.worker.between_frames == 3

    asyncio.run(scenario())


def test_workers_that_share_a_device_show_one_share_and_make_the_frames_that_one_makes(tmp_path: Path) -> None:
    async def scenario(workers: int) -> tuple[dict[int, str], set[float | None]]:
        places = local_places(tmp_path, {}, workers=workers)
        async with shop(tmp_path, places=places) as it:
            job = it.add(f"by {workers}", 10, recipe=plain_recipe(216))
            done = await it.until_state(job, JobState.DONE)
            assert (done.done, it.heard.failed) == (10, [])
            assert sorted(it.heard.finished) == [(job.id, index) for index in range(10)], "each is done once"
            assert len(it.heard.pids) == workers, "all had work"
            shares = {worker.between_samplings for worker in it.supervisor.workers}
        frames = Dataset.open(tmp_path / f"by {workers}")
        return {index: frames.record(index).image.pixel_hash for index in frames.indices()}, shares

    alone, (share_alone,) = asyncio.run(scenario(1))
    together, (share_together,) = asyncio.run(scenario(2))
    assert together == alone
    assert share_alone is not None
    assert share_together is not None
