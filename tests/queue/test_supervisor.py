"""What the supervisor does with workers, frames and jobs, and with their troubles: real processes, a fake renderer."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from engine.dataset.read import Dataset
from engine.queue import worker_process
from engine.queue.jobs import FrameState, JobState
from engine.queue.worker_process import LOG_TAIL_BYTES, WorkerProcess
from engine.queue.workplace import Place, Policy, WorkerState
from tests.queue.supervised import crash, fault, is_alive, plain_recipe, shop

SLOW = 16 + 2000
"""Samples of a frame that takes the fake renderer 2 s, in chunks of half a second."""


def hashes(root: Path) -> dict[int, str]:
    dataset = Dataset.open(root)
    return {index: dataset.record(index).image.pixel_hash for index in dataset.indices()}


def test_a_job_is_rendered_whole_and_each_frame_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = await it.until_state(it.add("a", 20), JobState.DONE)
            assert job.done == 20
            assert it.heard.finished == [(job.id, index) for index in range(20)]
            assert len(it.heard.pids) == 1
            assert dict(it.ledger.done_frames(job.id)) == hashes(tmp_path / "a")

    asyncio.run(scenario())


def test_after_a_crash_the_frame_is_rendered_by_the_next_worker(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 4, recipe=plain_recipe(SLOW // 4))
            await it.until_rendering()
            first = it.worker.pid
            assert first is not None
            crash(first)
            await it.until(lambda: len(it.heard.pids) == 2, "a second worker starts")
            await it.until_state(job, JobState.DONE)
            assert [frame.deaths for frame in it.ledger.frames(job.id)].count(1) == 1
            assert sorted(it.heard.finished) == [(job.id, index) for index in range(4)]
            ((_, _, state, reason),) = it.heard.failed
            assert state is FrameState.PENDING
            assert "SIGKILL" in reason

    asyncio.run(scenario())


def test_pausing_stops_the_frame_within_a_chunk_and_keeps_the_worker(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 4, recipe=plain_recipe(SLOW))
            await it.until_rendering()
            pid = it.worker.pid
            it.ledger.pause(job.id)
            it.supervisor.wake()
            await it.until_state(job, JobState.PAUSED)
            assert it.worker.pid == pid
            assert it.ledger.frame(job.id, 0).deaths == 0
            assert not it.heard.finished, "the frame was rendered to its end"
            it.ledger.cancel(job.id)
            other = it.add("b", 2)
            await it.until_state(other, JobState.DONE)
            assert it.heard.pids == [pid], "the worker was not kept"

    asyncio.run(scenario())


def test_a_cancelled_job_keeps_its_frames_and_gets_no_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 50, recipe=plain_recipe(16 + 100))
            await it.until(lambda: len(it.heard.finished) >= 2, "two frames are done")
            it.ledger.cancel(job.id)
            it.supervisor.wake()
            job = await it.until_state(job, JobState.CANCELLED)
            assert 2 <= job.done < 50
            assert len(hashes(tmp_path / "a")) == job.done
            assert it.worker.state is not WorkerState.DEAD

    asyncio.run(scenario())


def test_a_worker_that_does_not_answer_a_pause_is_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        place = Place("cpu", environment=fault("render", "loop", index=0))
        async with shop(tmp_path, policy=Policy(cancel=0.5), places=(place,)) as it:
            job = it.add("a", 4)
            await it.until_rendering()
            pid = it.worker.pid
            assert pid is not None
            it.ledger.pause(job.id)
            it.supervisor.wake()
            began = time.monotonic()
            await it.until_state(job, JobState.PAUSED)
            assert time.monotonic() - began >= 0.5, "it had no time to answer"
            await it.until(lambda: not is_alive(pid), "the worker is dead")
            assert it.ledger.frame(job.id, 0).deaths == 0, "the frame was charged with a death on purpose"
            assert not it.heard.failed

    asyncio.run(scenario())


def test_the_patience_for_pause_and_cancel_is_three_seconds() -> None:
    assert Policy().cancel == 3.0


def test_a_graceful_stop_finishes_the_frames_at_hand(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 100, recipe=plain_recipe(16 + 300))
            await it.until_rendering()
            held = [lease.index for lease in it.ledger.leases()]
            it.supervisor.stop()
            assert it.running is not None
            await asyncio.wait_for(it.running, 60)
            assert sorted(hashes(tmp_path / "a")) == held == [index for _, index in it.heard.finished]
            assert it.ledger.job(job.id).state is JobState.QUEUED

    asyncio.run(scenario())


def test_stopping_now_gives_frames_back_uncharged(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 100, recipe=plain_recipe(SLOW * 10))
            await it.until_rendering()
            it.supervisor.stop(now=True)
            assert it.running is not None
            await asyncio.wait_for(it.running, 5)
            assert not it.heard.finished
            assert it.ledger.job(job.id).state is JobState.QUEUED
            assert all(frame.deaths == 0 for frame in it.ledger.frames(job.id))

    asyncio.run(scenario())


def test_stopping_now_while_a_recipe_is_loaded_does_not_blame_the_job(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 2)
            await it.until(lambda: it.worker.pid is not None, "a worker starts")
            assert it.worker.state is WorkerState.STARTING
            it.supervisor.stop(now=True)
            assert it.running is not None
            await asyncio.wait_for(it.running, 10)
            job = it.ledger.job(job.id)
            assert (job.state, job.message) == (JobState.QUEUED, "")

    asyncio.run(scenario())


def test_a_worker_that_dies_while_loading_is_replaced(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 2)
            await it.until(lambda: it.worker.pid is not None, "a worker starts")
            crash(it.heard.pids[0] if it.heard.pids else it.worker.pid or 0)
            job = await it.until_state(job, JobState.DONE)
            assert len(it.heard.pids) == 2
            assert all(frame.deaths == 0 for frame in it.ledger.frames(job.id))

    asyncio.run(scenario())


def test_a_worker_that_always_dies_while_loading_pauses_the_job(tmp_path: Path) -> None:
    async def scenario() -> None:
        # Python ends at once when it cannot find its own modules.
        place = Place("cpu", environment={"PYTHONHOME": str(tmp_path)})
        async with shop(tmp_path, places=(place,)) as it:
            job = await it.until_state(it.add("a", 2), JobState.PAUSED)
            assert "Blender did not start" in job.message
            assert 1 < len(it.heard.pids) < 10

    asyncio.run(scenario())


def test_a_worker_is_recycled_after_its_frames(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, policy=Policy(frames_per_worker=3)) as it:
            job = await it.until_state(it.add("a", 8), JobState.DONE)
            assert len(it.heard.pids) >= 2
            assert WorkerState.RECYCLING in [state for _, state in it.heard.states]
            assert all(frame.deaths == 0 for frame in it.ledger.frames(job.id))
            assert sorted(it.heard.finished) == [(job.id, index) for index in range(8)]
            assert not any(is_alive(pid) for pid in it.heard.pids[:-1])

    asyncio.run(scenario())


def test_an_idle_worker_is_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, policy=Policy(idle=0.3)) as it:
            await it.until_state(it.add("a", 1), JobState.DONE)
            (pid,) = it.heard.pids
            await it.until(lambda: it.worker.state is WorkerState.DEAD, "the idle worker is gone")
            assert not is_alive(pid)
            assert it.heard.states[-2:] == [("cpu", WorkerState.IDLE), ("cpu", WorkerState.DEAD)]
            await it.until_state(it.add("b", 1), JobState.DONE)
            assert len(it.heard.pids) == 2

    asyncio.run(scenario())


def test_a_job_that_cannot_be_loaded_is_paused_and_others_go_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        broken = plain_recipe() | {"objects": [{"model": 7}]}
        async with shop(tmp_path) as it:
            bad = it.add("bad", 3, recipe=broken)
            good = it.add("good", 3)
            assert (await it.until_state(good, JobState.DONE)).done == 3
            bad = await it.until_state(bad, JobState.PAUSED)
            assert "objects[0].model" in bad.message
            assert (bad.id, bad.message) in it.heard.paused
            assert all(frame.deaths == frame.raises == 0 for frame in it.ledger.frames(bad.id))

    asyncio.run(scenario())


def test_a_job_whose_folder_is_refused_leaves_no_trace_in_the_next(tmp_path: Path) -> None:
    """The worker has the refused job's recipe loaded by then, and must not render the next job with it."""

    async def scenario() -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("not yours")
        async with shop(tmp_path) as it:
            alone = it.add("alone", 8, seed=1)
            await it.until_state(alone, JobState.DONE)
            first = it.add("first", 8, seed=1, recipe=plain_recipe(16 + 50))
            await it.until(lambda: it.heard.finished.count((first.id, 1)), "the first job is on its way")
            # More important, so it comes between the frames of the first.
            refused = it.add("mine", 2, priority=1, recipe=plain_recipe(samples=2, view="Standard"))
            refused = await it.until_state(refused, JobState.PAUSED)
            assert "thesis.txt" in refused.message
            await it.until_state(first, JobState.DONE)
            samples = {record.render.samples for record in Dataset.open(tmp_path / "first").iter_records()}
            assert samples == {16 + 50}
            assert os.listdir(tmp_path / "mine") == ["thesis.txt"]

    asyncio.run(scenario())


def test_cancelling_a_job_that_cannot_be_loaded_harms_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            bad = it.add("bad", 3, recipe={"objects": [{"model": 7}]})
            await it.until(lambda: it.ledger.job(bad.id).leased, "its first frame is claimed")
            it.ledger.cancel(bad.id)
            it.supervisor.wake()
            await it.until_state(it.add("good", 2), JobState.DONE)
            assert it.ledger.job(bad.id).state is JobState.CANCELLED

    asyncio.run(scenario())


def test_the_more_important_job_goes_first_and_the_other_continues(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            low = it.add("low", 12, recipe=plain_recipe(16 + 100))
            await it.until(lambda: len(it.heard.finished) == 2, "the first job is on its way")
            high = it.add("high", 4, priority=5, recipe=plain_recipe(2))
            await it.until_state(low, JobState.DONE)
            order = [job_id for job_id, _ in it.heard.finished]
            begin = order.index(high.id)
            assert order[begin : begin + 4] == [high.id] * 4, order
            assert begin <= 2 + 3, "more than the frames at hand were rendered before"
            assert order.count(low.id) == 12
            assert it.heard.prepared == [low.id, high.id, low.id]
            assert {record.render.samples for record in Dataset.open(tmp_path / "low").iter_records()} == {116}
            assert {record.render.samples for record in Dataset.open(tmp_path / "high").iter_records()} == {2}

    asyncio.run(scenario())


def test_jobs_of_one_recipe_render_different_frames_into_one_folder(tmp_path: Path) -> None:
    async def scenario() -> None:
        root = str(tmp_path / "both")
        async with shop(tmp_path, places=(Place("a"), Place("b"))) as it:
            first = it.add("first", 6, root=root)
            second = it.add("second", 5, root=root, start=6)
            await it.until_state(first, JobState.DONE)
            await it.until_state(second, JobState.DONE)
            assert sorted(hashes(tmp_path / "both")) == list(range(11))
            assert len(it.heard.finished) == len(set(it.heard.finished)) == 11

    asyncio.run(scenario())


def test_a_report_with_a_stale_token_does_not_count(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = it.add("a", 3, recipe=plain_recipe(16 + 400))
            await it.until_rendering()
            lease = it.ledger.leases()[0]
            # As if somebody had taken the frame for dead and given it to another worker.
            assert it.ledger.release(job.id, lease.index, lease.token)
            other = it.ledger.claim("somebody else")
            assert other is not None
            assert other.index == lease.index
            assert other.token > lease.token
            await it.until(lambda: len(it.heard.finished) == 2, "the two others are done")
            row = it.ledger.frame(job.id, lease.index)
            assert (row.state, row.token, row.worker) == (FrameState.LEASED, other.token, "somebody else")
            assert (job.id, lease.index) not in it.heard.finished
            assert it.ledger.release(job.id, other.index, other.token)
            it.supervisor.wake()
            job = await it.until_state(job, JobState.DONE)
            assert job.done == 3

    asyncio.run(scenario())


def test_extending_a_finished_job_renders_the_new_frames_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            job = await it.until_state(it.add("a", 4), JobState.DONE)
            before = {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("0*") if path.is_file()}
            it.ledger.extend_job(job.id, 7)
            it.supervisor.wake()
            job = await it.until_state(job, JobState.DONE)
            assert job.done == 7
            assert it.heard.finished == [(job.id, index) for index in range(7)]
            assert before == {path: path.stat().st_mtime_ns for path in before}

    asyncio.run(scenario())


def test_a_frame_without_progress_is_given_up_after_three_workers(tmp_path: Path) -> None:
    async def scenario() -> None:
        place = Place("cpu", environment=fault("render", "loop", index=1))
        async with shop(tmp_path, policy=Policy(stall=0.4), places=(place,), quarantine=tmp_path / "q") as it:
            job = await it.until_state(it.add("a", 4), JobState.FAILED)
            assert (job.done, job.quarantined) == (3, 1)
            assert "no progress" in (it.ledger.frame(job.id, 1).reason or "")
            assert (tmp_path / "q" / f"job-{job.id}" / "00000001" / "spec.json").stat().st_size

    asyncio.run(scenario())


def test_a_frame_that_hangs_while_it_is_stored_is_noticed(tmp_path: Path) -> None:
    """Then nothing is being rendered any more, and heartbeats go on."""

    async def scenario() -> None:
        place = Place("cpu", environment=fault("publish image:rename", "loop", index=1))
        async with shop(tmp_path, policy=Policy(stall=0.4), places=(place,)) as it:
            job = await it.until_state(it.add("a", 6), JobState.FAILED)
            assert (job.done, job.quarantined) == (5, 1)

    asyncio.run(scenario())


def test_a_silent_worker_is_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, policy=Policy(silence=3.0)) as it:
            job = it.add("a", 3, recipe=plain_recipe(16 + 1000))
            await it.until_rendering()
            pid = it.worker.pid
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
            await it.until(lambda: not is_alive(pid), "the silent worker is ended")
            await it.until_state(job, JobState.DONE)

    asyncio.run(scenario())


def test_an_error_of_a_frame_is_quarantined_after_three_tries_and_retried_on_demand(tmp_path: Path) -> None:
    async def scenario() -> None:
        place = Place("cpu", environment=fault("render", "raise", index=2))
        async with shop(tmp_path, places=(place,)) as it:
            job = await it.until_state(it.add("a", 5), JobState.FAILED)
            assert (job.done, job.quarantined) == (4, 1)
            assert [state for *_, state, _ in it.heard.failed] == [
                FrameState.PENDING,
                FrameState.PENDING,
                FrameState.QUARANTINED,
            ]
            assert len(it.heard.pids) == 1, "an exception costs no worker"
            it.ledger.retry(job.id)
            it.supervisor.wake()
            await it.until_state(job, JobState.FAILED)
            assert len(it.heard.failed) == 6

    asyncio.run(scenario())


def test_the_log_of_a_worker_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "LOG_BYTES", 20_000)
    with WorkerProcess() as process:
        assert process._log is not None
        number = process._log.fileno()
        for line in range(3000):
            os.write(number, f"line {line:05}\n".encode())
        process.bound_log()
        assert os.fstat(number).st_size == LOG_TAIL_BYTES
        os.write(number, b"the last\n")
        assert process.log_tail().endswith("line 02999\nthe last\n")
