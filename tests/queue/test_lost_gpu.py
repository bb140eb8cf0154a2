"""What becomes of frames when a GPU goes away: real processes, and a fake renderer that passes for a GPU."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.queue.jobs import LIVE_STATES, JobState
from engine.queue.workplace import Place, Policy
from tests.queue.supervised import plain_recipe, shop


def gpu_place(name: str, *faults: dict[str, object]) -> Place:
    """A place for a GPU; the fake renderer finds one wherever CUDA_VISIBLE_DEVICES names one."""
    return Place(
        name,
        environment={"CUDA_VISIBLE_DEVICES": "GPU-1", "STUDIO_FAULTS": json.dumps(faults)},
        needs_gpu=True,
    )


def test_a_gpu_place_does_not_fall_back_to_the_cpu(tmp_path: Path) -> None:
    async def scenario() -> None:
        policy = Policy(device_check=0.2)
        async with shop(tmp_path, places=(Place("gpu0", needs_gpu=True),), policy=policy) as it:
            job = it.add("a", 3)
            await it.until(lambda: len(it.heard.pids) > 2, "it looks again and again")
            assert "not on the GPU" in it.heard.reasons[0]
            assert len(it.heard.reasons) == 1, "it is told once"
            assert "not on the GPU" in it.worker.trouble
            assert it.supervisor.obstacle == it.heard.reasons[0]
            assert it.ledger.job(job.id).state in LIVE_STATES
            assert not (tmp_path / "a").exists()

    asyncio.run(scenario())


def test_a_job_that_asks_for_the_cpu_gets_it_beside_a_gpu(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, places=(Place("gpu0", needs_gpu=True),)) as it:
            assert (await it.until_state(it.add("a", 2, device="cpu"), JobState.DONE)).done == 2

    asyncio.run(scenario())


def test_a_job_for_the_cpu_says_nothing_about_the_gpu(tmp_path: Path) -> None:
    """Neither does it clear the trouble of its place, nor is a frame of it kept in doubt."""

    async def scenario() -> None:
        poison = {"at": "render", "index": 1, "do": "raise"}
        place = Place("gpu0", environment={"STUDIO_FAULTS": json.dumps([poison])}, needs_gpu=True)
        async with shop(tmp_path, places=(place,), policy=Policy(device_check=0.2)) as it:
            it.add("a", 3)
            await it.until(lambda: it.heard.reasons, "the queue is blocked")
            job = await it.until_state(it.add("b", 3, device="cpu", priority=1), JobState.FAILED)
            assert (job.done, job.quarantined) == (2, 1)
            assert len(it.heard.reasons) == 1
            assert "not on the GPU" in it.worker.trouble

    asyncio.run(scenario())


def test_a_gpu_that_is_lost_costs_no_frame_a_retry(tmp_path: Path) -> None:
    """Frames fail and workers die while it is gone; once it is back the job ends as if nothing had been."""

    async def scenario() -> None:
        gone = tmp_path / "gone"
        lost = {"at": "device", "do": "lose device", "while": str(gone)}
        failing = {"at": "render", "do": "raise", "while": str(gone)}
        dying = {"at": "render", "index": 5, "do": "abort", "while": str(gone)}
        policy = Policy(device_check=0.2)
        async with shop(tmp_path, places=(gpu_place("gpu0", lost, dying, failing),), policy=policy) as it:
            job = it.add("a", 12, recipe=plain_recipe(16 + 100))
            await it.until(lambda: it.ledger.job(job.id).done >= 3, "some frames are done")
            gone.touch()
            await it.until(lambda: it.heard.reasons, "the queue is blocked")
            await it.until(lambda: not it.ledger.job(job.id).leased, "nobody holds a frame")
            assert "no GPU" in it.supervisor.obstacle
            assert not it.heard.failed
            gone.unlink()
            assert (await it.until_state(job, JobState.DONE)).done == 12
            assert it.heard.reasons[-1] == ""
            assert all(frame.deaths == frame.raises == 0 for frame in it.ledger.frames(job.id))

    asyncio.run(scenario())


def test_one_gpu_that_is_lost_leaves_the_work_to_the_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        lost = {"at": "device", "do": "lose device"}
        places = (gpu_place("gpu0", lost), gpu_place("gpu1"))
        async with shop(tmp_path, places=places, policy=Policy(device_check=0.2)) as it:
            assert (await it.until_state(it.add("a", 6), JobState.DONE)).done == 6
            await it.until(lambda: it.worker.trouble, "the first place tells its trouble")
            assert it.heard.reasons == []
            assert not it.supervisor.workers[1].trouble

    asyncio.run(scenario())


def test_workers_that_share_a_lost_gpu_wait_for_it_and_cost_no_frame_a_retry(tmp_path: Path) -> None:
    async def scenario() -> None:
        gone = tmp_path / "gone"
        lost = {"at": "device", "do": "lose device", "while": str(gone)}
        failing = {"at": "render", "do": "raise", "while": str(gone)}
        first = replace(gpu_place("gpu0", lost, failing), shares="gpu0")
        places = (first, replace(first, name="gpu0-2"))
        async with shop(tmp_path, places=places, policy=Policy(device_check=0.2)) as it:
            job = it.add("a", 12, recipe=plain_recipe(16 + 100))
            await it.until(lambda: it.ledger.job(job.id).done >= 3, "some frames are done")
            gone.touch()
            await it.until(lambda: it.heard.reasons, "the queue is blocked")
            assert all("no GPU" in worker.trouble for worker in it.supervisor.workers), "each has looked"
            assert it.heard.reasons[0].count("no GPU") == 1, "it is one GPU, told of once"
            assert not it.heard.failed
            gone.unlink()
            assert (await it.until_state(job, JobState.DONE)).done == 12
            assert it.heard.reasons == [it.heard.reasons[0], ""]
            assert all(frame.deaths == frame.raises == 0 for frame in it.ledger.frames(job.id))

    asyncio.run(scenario())


@pytest.mark.parametrize("do", ["raise", "abort"])
def test_a_bad_frame_is_known_beside_a_sound_gpu(tmp_path: Path, do: str) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, places=(gpu_place("gpu0", {"at": "render", "index": 2, "do": do}),)) as it:
            job = await it.until_state(it.add("a", 5), JobState.FAILED)
            assert (job.done, job.quarantined) == (4, 1)
            assert it.heard.reasons == []

    asyncio.run(scenario())
