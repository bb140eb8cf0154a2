"""Whatever is done to a ledger, in any order, it agrees with a model of plain dictionaries.

So no frame is lost, none is leased to two workers or done twice, reports under old tokens change nothing, and the
counters equal a recount.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import BadInput
from engine.queue import ledger_store
from engine.queue.jobs import Claim, FrameState, JobState, Lease, Trouble
from engine.queue.ledger import Ledger
from tests.queue.ledger_model import LIVE, Model, ModelFrame, ModelJob
from tests.queue.ledgers import new_job

WORKERS = st.sampled_from(["w1", "w2", "w3"])
PICKS = st.integers(0, 10**6)
"""Chosen by its remainder, so that examples shrink well whatever there is to choose from."""


@pytest.fixture(scope="module", autouse=True)
def _small_reserve() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger_store, "RESERVE_BYTES", 4096)
        yield


class LedgerAgainstModel(RuleBasedStateMachine):
    """Does the same to both, and compares all that can be seen."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-"))
        self.reopen()
        self.model = Model()
        self.claims: list[Claim] = []
        self.completed: set[tuple[int, int]] = set()
        self.add(0, 5, 0)

    def reopen(self) -> None:
        self.ledger = Ledger(self.folder / "ledger.db")
        # What the disk keeps is for other tests; without waiting for it there is time for more examples.
        self.ledger._db.execute("PRAGMA synchronous = OFF")

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def some_job(self, pick: int) -> ModelJob:
        return list(self.model.jobs.values())[pick % len(self.model.jobs)]

    def some_claim(self, pick: int) -> Claim:
        return self.claims[-1 - pick % min(len(self.claims), 12)]

    def expect(self, allowed: bool, action: Callable[[], Any]) -> bool:
        """Do what must succeed, or else be refused."""
        if allowed:
            action()
        else:
            with pytest.raises(BadInput):
                action()
        return allowed

    has_jobs = precondition(lambda self: self.model.jobs)
    has_claims = precondition(lambda self: self.claims)

    @precondition(lambda self: len(self.model.jobs) < 4)
    @rule(start=st.integers(0, 3), count=st.integers(1, 5), priority=st.integers(0, 1))
    def add(self, start: int, count: int, priority: int) -> None:
        expected = self.model.add(start, count)
        expected.priority = priority
        added = self.ledger.add_job(new_job(name=f"{expected.id}", start=start, count=count, priority=priority))
        assert added.id == expected.id

    @rule(worker=WORKERS, prefer=st.none() | st.integers(1, 6), times=st.integers(1, 4))
    def claim_some(self, worker: str, prefer: int | None, times: int) -> None:
        for _ in range(times):
            self.claim(worker, prefer)

    def claim(self, worker: str, prefer: int | None) -> None:
        expected = self.model.next(prefer)
        claimed = self.ledger.claim(worker, prefer=prefer)
        if claimed is None or expected is None:
            assert claimed is expected
            return
        assert (claimed.job_id, claimed.index) == expected
        assert expected not in self.completed, "a frame is done once"
        frame = self.model.jobs[claimed.job_id].frames[claimed.index]
        assert (claimed.deaths, claimed.raises) == (frame.deaths, frame.raises)
        self.model.lease(claimed.job_id, claimed.index, claimed.token, worker)
        self.claims.append(claimed)

    @has_claims
    @rule(pick=PICKS)
    def complete(self, pick: int) -> None:
        claimed = self.some_claim(pick)
        frame = self.model.holder(claimed.job_id, claimed.index, claimed.token)
        pixel_hash = f"{claimed.token:032x}"
        assert self.ledger.complete(claimed.job_id, claimed.index, claimed.token, pixel_hash, 1.0) == (
            frame is not None
        )
        if frame is not None:
            frame.pixel_hash = pixel_hash
            self.model.end_lease(claimed.job_id, claimed.index, FrameState.DONE)
            self.completed.add((claimed.job_id, claimed.index))

    @has_claims
    @rule(pick=PICKS, trouble=st.sampled_from(Trouble))
    def fail(self, pick: int, trouble: Trouble) -> None:
        claimed = self.some_claim(pick)
        frame = self.model.holder(claimed.job_id, claimed.index, claimed.token)
        state = self.ledger.fail(claimed.job_id, claimed.index, claimed.token, trouble, "why")
        expected = None if frame is None else self.model.trouble(claimed.job_id, claimed.index, trouble)
        assert state == expected

    @precondition(lambda self: self.model.next(None))
    @rule(trouble=st.sampled_from([Trouble.RAISED, Trouble.DIED]))
    def poison(self, trouble: Trouble) -> None:
        """The same frame makes trouble until it is given up."""
        for _ in range(3):
            if self.model.next(None) is None:
                return
            self.claim("w1", None)
            self.fail(0, trouble)

    @has_claims
    @rule(pick=PICKS)
    def release(self, pick: int) -> None:
        claimed = self.some_claim(pick)
        frame = self.model.holder(claimed.job_id, claimed.index, claimed.token)
        assert self.ledger.release(claimed.job_id, claimed.index, claimed.token) == (frame is not None)
        if frame is not None:
            self.model.end_lease(claimed.job_id, claimed.index, FrameState.PENDING)

    def model_leases(self, worker: str | None = None) -> list[Lease]:
        leases = [
            Lease(job.id, index, frame.token or 0, frame.worker or "")
            for job in self.model.jobs.values()
            for index, frame in job.frames.items()
            if frame.state is FrameState.LEASED and worker in (None, frame.worker)
        ]
        return sorted(leases, key=lambda lease: lease.token)

    def take_back(self, taken: list[Lease], expected: list[Lease]) -> None:
        assert taken == expected
        for lease in taken:
            self.model.end_lease(lease.job_id, lease.index, FrameState.PENDING)

    @rule(worker=WORKERS)
    def worker_dies(self, worker: str) -> None:
        self.take_back(self.ledger.release_worker(worker), self.model_leases(worker))

    @rule(orderly=st.booleans())
    def restart(self, orderly: bool) -> None:
        if not orderly:
            self.ledger._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
            self.ledger._db.close()
        self.ledger.close()
        self.reopen()
        self.take_back(self.ledger.take_back_all_leases(), self.model_leases())

    @has_jobs
    @rule(pick=PICKS, action=st.sampled_from(["pause", "resume", "resume", "cancel", "retry", "retry", "remove"]))
    def somebody_acts(self, pick: int, action: str) -> None:
        getattr(self, action)(self.some_job(pick))

    def pause(self, job: ModelJob) -> None:
        if self.expect(job.state in LIVE, lambda: self.ledger.pause(job.id, "because")):
            job.paused = True

    def resume(self, job: ModelJob) -> None:
        if self.expect(job.state in LIVE, lambda: self.ledger.resume(job.id)):
            job.paused = False

    def cancel(self, job: ModelJob) -> None:
        if self.expect(job.state in (*LIVE, JobState.CANCELLED), lambda: self.ledger.cancel(job.id)):
            job.cancelled = True
            self.model.forget_if_cancelled(job)

    def retry(self, job: ModelJob) -> None:
        given_up = [frame for frame in job.frames.values() if frame.state is FrameState.QUARANTINED]
        if self.expect(bool(given_up) and not job.cancelled, lambda: self.ledger.retry(job.id)):
            for frame in given_up:
                frame.state, frame.deaths, frame.raises = FrameState.PENDING, 0, 0

    @has_jobs
    @rule(pick=PICKS, more=st.integers(-1, 2))
    def extend(self, pick: int, more: int) -> None:
        job = self.some_job(pick)
        count = len(job.frames) + more
        if self.expect(more >= 0 and not job.cancelled, lambda: self.ledger.extend_job(job.id, count)):
            start = min(job.frames)
            job.frames |= {index: ModelFrame() for index in range(start + count - more, start + count)}

    @has_jobs
    @rule(pick=PICKS, priority=st.sampled_from([0, 0, 1]))
    def prioritise(self, pick: int, priority: int) -> None:
        job = self.some_job(pick)
        self.ledger.set_priority(job.id, priority)
        job.priority = priority

    @has_jobs
    @rule(pick=PICKS, other_pick=PICKS, place=st.sampled_from(["top", "bottom", "before", "after"]))
    def move(self, pick: int, other_pick: int, place: Any) -> None:
        job, other = self.some_job(pick), self.some_job(other_pick)
        if place in ("top", "bottom"):
            self.ledger.move(job.id, place)
            positions = [each.position for each in self.model.jobs.values()]
            job.position = min(positions) - 1 if place == "top" else max(positions) + 1
            return
        if self.expect(job.priority == other.priority, lambda: self.ledger.move(job.id, place, other.id)):
            self.model.put_beside(job, other, place == "after")

    def remove(self, job: ModelJob) -> None:
        if self.expect(job.count(FrameState.LEASED) == 0, lambda: self.ledger.remove(job.id)):
            del self.model.jobs[job.id]

    @has_jobs
    @rule(pick=PICKS, frame_pick=PICKS, version=st.integers(0, 1))
    def found_on_disk(self, pick: int, frame_pick: int, version: int) -> None:
        job = self.some_job(pick)
        index = list(job.frames)[frame_pick % len(job.frames)]
        frame = job.frames[index]
        pixel_hash = f"disk {version}"
        changes = frame.state is not FrameState.LEASED and frame.pixel_hash != pixel_hash
        assert self.ledger.mark_done(job.id, index, pixel_hash) == changes
        if changes:
            frame.state, frame.tried, frame.pixel_hash = FrameState.DONE, True, pixel_hash
            self.completed.add((job.id, index))

    @has_jobs
    @rule(pick=PICKS, frame_pick=PICKS)
    def missing_on_disk(self, pick: int, frame_pick: int) -> None:
        job = self.some_job(pick)
        index = list(job.frames)[frame_pick % len(job.frames)]
        frame = job.frames[index]
        was_done = frame.state is FrameState.DONE
        assert self.ledger.mark_missing(job.id, index) == was_done
        if was_done:
            frame.state, frame.pixel_hash = FrameState.PENDING, None
            self.completed.discard((job.id, index))
            self.model.forget_if_cancelled(job)

    @invariant()
    def agrees(self) -> None:
        assert self.ledger.recount() == []
        jobs = self.ledger.jobs()
        assert [job.id for job in jobs] == [job.id for job in self.model.in_line()]
        for job in jobs:
            expected = self.model.jobs[job.id]
            # A job that ended while it was paused has nothing left to be paused.
            expected.paused = expected.paused and expected.state in LIVE
            assert job.state is expected.state
            assert (job.count, job.priority) == (len(expected.frames), expected.priority)
            counted = [expected.count(s) for s in (FrameState.DONE, FrameState.QUARANTINED, FrameState.LEASED)]
            assert [job.done, job.quarantined, job.leased] == counted
            assert (job.ended_at is None) == (expected.state in LIVE)
            self.frames_agree(expected)
        assert self.ledger.leases() == self.model_leases()

    def frames_agree(self, expected: ModelJob) -> None:
        rows = {row.index: row for row in self.ledger.frames(expected.id)}
        for index, frame in expected.frames.items():
            row = rows.pop(index, None)
            if row is None or (expected.cancelled and frame.state is FrameState.PENDING):
                assert row is None, "a cancelled job keeps no frames that wait"
                assert frame == ModelFrame(), "only a frame of which nothing is known has no row"
                continue
            seen = (row.state, row.deaths, row.raises, row.token, row.worker, row.pixel_hash)
            assert seen == (frame.state, frame.deaths, frame.raises, frame.token, frame.worker, frame.pixel_hash)
        assert rows == {}


LedgerAgainstModel.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestLedgerAgainstModel = LedgerAgainstModel.TestCase
