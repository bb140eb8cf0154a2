"""The jobs of the ledger: adding, finding, ordering, pausing, cancelling, removing. What people do to a queue."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.errors import BadInput
from engine.queue.job_refusals import missing, nothing_to_retry, wrong_state
from engine.queue.jobs import (
    LARGEST_NUMBER,
    LIVE_STATES,
    TRANSITIONS,
    Counts,
    Job,
    JobState,
    NewJob,
    settled_state,
)
from engine.queue.ledger_store import LedgerStore

type Place = Literal["top", "bottom", "before", "after"]

JOB_COLUMNS = ", ".join(Job.__struct_fields__)
_UNFINISHED = frozenset(JobState) - {JobState.CANCELLED}
_FRAMES_NAMED = 5
"""Quarantined frames that a failed job's message names."""


class LedgerJobs(LedgerStore):
    """The ledger's jobs. Every method is one transaction; BadInput says which job is missing or in the wrong state."""

    def __init__(
        self,
        path: Path | str,
        on_change: Callable[[int], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """As `LedgerStore`; `clock` tells the seconds since 1970."""
        super().__init__(path, on_change)
        self._clock = clock

    def add_job(self, new: NewJob) -> Job:
        """Add a job at the end of the queue.

        Raises:
            BadInput: its numbers are out of range, or a job that is not finished has frames of it in the same folder.
        """
        _check(new)
        with self._transaction():
            self._refuse_overlap(new.root, new.start, new.count, None)
            (last,) = self._db.execute("SELECT coalesce(max(position), 0) FROM jobs").fetchone()
            values = {
                **{name: getattr(new, name) for name in new.__struct_fields__ if name != "recipe"},
                "position": last + 1,
                "state": JobState.QUEUED,
                "cursor": new.start,
                "created_at": self._clock(),
            }
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            job_id = self._db.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", values).lastrowid
            assert job_id is not None
            self._db.execute("INSERT INTO recipes VALUES (?, ?)", (job_id, msgspec.json.encode(new.recipe)))
            self._changed.append(job_id)
            return self._job(job_id)

    def extend_job(self, job_id: int, count: int) -> Job:
        """Make a job larger, to `count` frames in all; one that was done or failed is queued again for the new ones.

        The count that it has already changes nothing.

        Raises:
            BadInput: it is cancelled, or `count` is smaller than it has.
        """
        with self._transaction():
            job = self._expect(job_id, _UNFINISHED, "extended")
            if count < job.count or job.start + count > LARGEST_NUMBER:
                raise BadInput(
                    f"Job {job_id} has {job.count} frames and cannot be made {count}: a job can only grow; choose a "
                    "larger count, or cancel it."
                )
            self._refuse_overlap(job.root, job.start, count, job_id)
            self._db.execute("UPDATE jobs SET count = ? WHERE id = ?", (count, job_id))
            return self._settle(job_id)

    def jobs(self) -> list[Job]:
        """All jobs, in the order in which they are worked on."""
        return [
            job_from_row(row) for row in self._read(f"SELECT {JOB_COLUMNS} FROM jobs ORDER BY priority DESC, position")
        ]

    def job(self, job_id: int) -> Job:
        """One job. Raises BadInput where it is not there."""
        with self._lock, self._errors():
            return self._job(job_id)

    def recipe(self, job_id: int) -> dict[str, Any]:
        """The recipe of a job, as it was added."""
        rows = self._read("SELECT recipe FROM recipes WHERE job_id = ?", job_id)
        if not rows:
            raise missing(str(job_id))
        return msgspec.json.decode(rows[0][0], type=dict[str, Any])

    def find(self, text: str) -> Job:
        """The job with this id, or else with this name.

        Raises:
            BadInput: there is none, or several jobs have the name.
        """
        if text.isdecimal() and text.isascii() and int(text) <= LARGEST_NUMBER:
            rows = self._read(f"SELECT {JOB_COLUMNS} FROM jobs WHERE id = ?", int(text))
            if rows:
                return job_from_row(rows[0])
        found = [
            job_from_row(row) for row in self._read(f"SELECT {JOB_COLUMNS} FROM jobs WHERE name = ? ORDER BY id", text)
        ]
        if not found:
            raise missing(text)
        if len(found) > 1:
            several = ", ".join(f"{job.id} ({job.state})" for job in found)
            raise BadInput(f"Several jobs are named “{text}”: {several}; name the one you mean by its number.")
        return found[0]

    def pause(self, job_id: int, message: str = "") -> Job:
        """Hand out no more frames of a job; those that workers hold still count. `message` says why."""
        with self._transaction():
            self._expect(job_id, LIVE_STATES, "paused")
            return self._enter(job_id, JobState.PAUSED, message)

    def resume(self, job_id: int) -> Job:
        """Go on with a paused job; one that is queued or rendering goes on as it does."""
        with self._transaction():
            job = self._expect(job_id, LIVE_STATES, "resumed")
            if job.state is JobState.PAUSED:
                self._enter(job_id, JobState.QUEUED, "")
            return self._settle(job_id)

    def cancel(self, job_id: int) -> Job:
        """End a job. Its done frames stay; frames that workers hold stay leased until they are reported."""
        with self._transaction():
            job = self._expect(job_id, LIVE_STATES | {JobState.CANCELLED}, "cancelled")
            if job.state is JobState.CANCELLED:
                return job
            self._db.execute("DELETE FROM frames WHERE job_id = ? AND state = 'pending'", (job_id,))
            self._db.execute("UPDATE jobs SET ended_at = ? WHERE id = ?", (self._clock(), job_id))
            return self._enter(job_id, JobState.CANCELLED, "")

    def retry(self, job_id: int) -> Job:
        """Bring a job's quarantined frames back, their troubles forgotten, and queue it again."""
        with self._transaction():
            job = self._expect(job_id, _UNFINISHED, "retried")
            if not job.quarantined:
                raise nothing_to_retry(job)
            if job.state not in LIVE_STATES:
                self._refuse_overlap(job.root, job.start, job.count, job_id)
            self._db.execute(
                "UPDATE frames INDEXED BY frames_quarantined SET state = 'pending', deaths = 0, raises = 0, "
                "reason = NULL WHERE job_id = ? AND state = 'quarantined'",
                (job_id,),
            )
            return self._settle(job_id, quarantined=-job.quarantined)

    def set_priority(self, job_id: int, priority: int) -> Job:
        """Change a job's priority; larger goes first."""
        if abs(priority) > LARGEST_NUMBER:
            raise BadInput(
                f"The priority {priority} is too large: choose one from {-LARGEST_NUMBER} to {LARGEST_NUMBER}."
            )
        with self._transaction():
            self._job(job_id)
            self._db.execute("UPDATE jobs SET priority = ? WHERE id = ?", (priority, job_id))
            self._changed.append(job_id)
            return self._job(job_id)

    def move(self, job_id: int, place: Place, other: int | None = None) -> Job:
        """Change a job's place among those of its priority: to the top, the bottom, before or after `other`.

        Raises:
            BadInput: `other` has another priority, which counts more than the place.
        """
        with self._transaction():
            job = self._job(job_id)
            if other is not None:
                self._refuse_other_priority(job, self._job(other))
            order = [row[0] for row in self._db.execute("SELECT id FROM jobs ORDER BY position")]
            if other != job_id:
                order.remove(job_id)
                order.insert(_slot(order, place, other), job_id)
            for position, moved in enumerate(order, 1):
                query = "UPDATE jobs SET position = ? WHERE id = ? AND position != ?"
                if self._db.execute(query, (position, moved, position)).rowcount:
                    self._changed.append(moved)
            return self._job(job_id)

    def remove(self, job_id: int) -> None:
        """Forget a job. Files are never touched.

        Raises:
            BadInput: workers hold frames of it.
        """
        with self._transaction():
            job = self._job(job_id)
            if job.leased:
                raise BadInput(
                    f"Job {job_id} cannot be removed while {job.leased} of its frames are with workers: cancel it and "
                    "wait a moment."
                )
            self._db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
            self._changed.append(job_id)

    def _refuse_overlap(self, root: str, start: int, count: int, own: int | None) -> None:
        """Keep a frame of one folder from being rendered for two jobs at once."""
        row = self._db.execute(
            "SELECT id, start, count, state FROM jobs WHERE root = ? AND start < ? AND start + count > ? "
            "AND id IS NOT ? AND (state IN ('queued', 'rendering', 'paused') OR leased > 0)",
            (root, start + count, start, own),
        ).fetchone()
        if row is not None:
            raise BadInput(
                f"Job {row[0]} ({row[3]}) has frames {row[1]} to {row[1] + row[2] - 1} in {root}, some of them "
                "the same: extend that job, wait until it has ended, or choose another folder or other frames."
            )

    @staticmethod
    def _refuse_other_priority(job: Job, other: Job) -> None:
        if job.priority != other.priority:
            raise BadInput(
                f"Job {job.id} has priority {job.priority} and job {other.id} has {other.priority}, which counts more "
                f"than the order: set the priority of job {job.id} to {other.priority} first."
            )

    def _job(self, job_id: int) -> Job:
        row = None
        if abs(job_id) <= LARGEST_NUMBER:
            row = self._db.execute(f"SELECT {JOB_COLUMNS} FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise missing(str(job_id))
        return job_from_row(row)

    def _expect(self, job_id: int, states: frozenset[JobState], verb: str) -> Job:
        job = self._job(job_id)
        if job.state not in states:
            raise wrong_state(job, verb)
        return job

    def _enter(self, job_id: int, state: JobState, message: str) -> Job:
        job = self._job(job_id)
        if state not in TRANSITIONS[job.state]:
            raise AssertionError(f"job {job_id} went from {job.state} to {state}")
        self._db.execute("UPDATE jobs SET state = ?, message = ? WHERE id = ?", (state, message, job_id))
        self._changed.append(job_id)
        return msgspec.structs.replace(job, state=state, message=message)

    def _settle(self, job_id: int, done: int = 0, quarantined: int = 0, leased: int = 0) -> Job:
        """Change a job's counters by these differences, and its state to what follows from them."""
        job = self._job(job_id)
        counts = Counts(job.done + done, job.quarantined + quarantined, job.leased + leased)
        state = settled_state(job.state, job.count, counts)
        if state not in TRANSITIONS[job.state]:
            raise AssertionError(f"job {job_id} went from {job.state} to {state}")
        changes: dict[str, Any] = {"done": counts.done, "quarantined": counts.quarantined, "leased": counts.leased}
        if state is not job.state:
            changes |= {"state": state, "ended_at": None if state in LIVE_STATES else self._clock(), "message": ""}
        if state is JobState.FAILED:
            changes["message"] = self._failure(job_id)
        if state is JobState.RENDERING and job.started_at is None:
            changes["started_at"] = self._clock()
        assignments = ", ".join(f"{name} = :{name}" for name in changes)
        self._db.execute(f"UPDATE jobs SET {assignments} WHERE id = :id", {**changes, "id": job_id})
        self._changed.append(job_id)
        return msgspec.structs.replace(job, **changes)

    def _failure(self, job_id: int) -> str:
        frames = [
            str(row[0])
            for row in self._db.execute(
                "SELECT idx FROM frames INDEXED BY frames_quarantined WHERE job_id = ? AND state = 'quarantined' "
                "ORDER BY idx LIMIT ?",
                (job_id, _FRAMES_NAMED + 1),
            )
        ]
        named = ", ".join(frames[:_FRAMES_NAMED]) + (", …" if len(frames) > _FRAMES_NAMED else "")
        return f"Quarantined after repeated trouble: {named}; `studio queue retry {job_id}` tries again."


def job_from_row(row: sqlite3.Row | tuple[Any, ...]) -> Job:
    values = dict(zip(Job.__struct_fields__, row, strict=True))
    return Job(**{**values, "state": JobState(values["state"])})


def _slot(order: list[int], place: Place, other: int | None) -> int:
    if place in ("before", "after"):
        if other is None:
            raise ValueError(f"a job is moved {place} another one, and none was named")
        return order.index(other) + (place == "after")
    return 0 if place == "top" else len(order)


def _check(new: NewJob) -> None:
    if new.count < 1:
        raise BadInput(f"A job of {new.count} frames has nothing to render: ask for one frame or more.")
    if new.start < 0:
        raise BadInput(f"Frames are numbered from 0, so a job cannot start at {new.start}.")
    if max(new.start + new.count, new.seed, abs(new.priority)) > LARGEST_NUMBER or new.seed < 0:
        raise BadInput(f"Seeds, frame numbers and priorities must lie between 0 and {LARGEST_NUMBER}.")
    if not Path(new.root).is_absolute():
        raise ValueError(f"the folder of a job must be absolute: {new.root!r}")
