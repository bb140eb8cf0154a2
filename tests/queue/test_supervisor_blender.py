"""Stopping, crashing and going on within a frame, with Blender in the worker."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from engine.dataset.read import Dataset
from engine.queue.jobs import JobState
from engine.queue.places import local_places
from engine.queue.workplace import Policy
from tests.queue.supervised import crash, is_alive, plain_recipe, shop

pytestmark = pytest.mark.slow

CHEAP = ("render.max_bounces=0", "objects[0].look=bare", "ground.finish=plain")
"""Light paths as short as they can be: it is the number of chunks that counts."""
SAMPLES = 860
"""Three chunks at 64x48; each may take seconds where the machine is busy."""


def test_a_frame_stops_within_a_chunk_survives_a_crash_and_comes_out_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        # More patience than people have, so that it shows whether the worker answers, however busy the machine is.
        async with shop(tmp_path, renderer="blender", policy=Policy(cancel=60.0)) as it:
            job = it.add("a", 1, recipe=plain_recipe(SAMPLES, *CHEAP))
            await it.until(lambda: it.worker.samples_done > 0, "samples come in")
            first = it.worker.pid
            assert first is not None
            it.ledger.pause(job.id)
            it.supervisor.wake()
            began = time.monotonic()
            await it.until_state(job, JobState.PAUSED)
            print(f"paused after {(time.monotonic() - began) * 1e3:.0f} ms")
            assert is_alive(first), "it did not answer and was ended"
            assert not it.heard.finished, "the frame was rendered to its end"

            it.ledger.resume(job.id)
            it.supervisor.wake()
            await it.until(lambda: it.worker.samples_done > 0, "the same worker goes on")
            assert it.worker.pid == first
            crash(first)
            began = time.monotonic()
            await it.until(lambda: it.worker.pid not in (None, first), "a second worker starts")
            print(f"next claim {(time.monotonic() - began) * 1e3:.0f} ms after the crash")
            await it.until_state(job, JobState.DONE)
            print(f"and the frame is done after {time.monotonic() - began:.1f} s")
            assert it.ledger.frame(job.id, 0).deaths == 1

            undisturbed = it.add("b", 1, recipe=plain_recipe(SAMPLES, *CHEAP))
            await it.until_state(undisturbed, JobState.DONE)
            assert hashes(tmp_path / "a") == hashes(tmp_path / "b")

    asyncio.run(scenario())


def hashes(root: Path) -> list[str]:
    return [record.image.pixel_hash for record in Dataset.open(root).iter_records()]


def test_workers_that_share_a_device_render_what_one_renders(tmp_path: Path) -> None:
    """Two Blenders at once on the processor, with the threads of each in the way of the other's."""

    async def scenario(workers: int) -> list[str]:
        async with shop(tmp_path, renderer="blender", places=local_places(tmp_path, {}, workers=workers)) as it:
            job = await it.until_state(it.add(f"by {workers}", 4, recipe=plain_recipe(4)), JobState.DONE)
            assert job.done == 4
            assert len(it.heard.pids) == workers
        return hashes(tmp_path / f"by {workers}")

    assert asyncio.run(scenario(2)) == asyncio.run(scenario(1))
