"""The ledger: which frames are to be rendered, which are being rendered, and which are done. It forgets nothing.

Work is claimed, not popped: a claim leases a frame to a worker under a token, and only the holder of the present token
can report on the frame. A lease does not run out; it ends by a report, or when its worker is known to be dead. Each
method is one transaction that is on the disk before it returns.

    ledger.py         frames: claims, reports, taking back, agreement with the disk
    ledger_jobs.py    jobs: adding, ordering, pausing, cancelling, removing
    ledger_store.py   the file: owner, transactions, errors, backup, reserve
    ledger_schema.py  tables and migrations
    jobs.py           the values, and the states of jobs and frames with their transitions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

from engine.queue.jobs import (
    Claim,
    Counts,
    FrameRow,
    FrameState,
    Job,
    JobState,
    Lease,
    Trouble,
    after_trouble,
)
from engine.queue.ledger_jobs import JOB_COLUMNS, LedgerJobs, job_from_row

_CLAIMABLE = (
    f"SELECT {JOB_COLUMNS} FROM jobs INDEXED BY jobs_in_line "
    "WHERE state IN ('queued', 'rendering') AND done + quarantined + leased < count "
)
_FRAME_COLUMNS = "idx, state, token, worker, deaths, raises, pixel_hash, seconds, reason"
_PAGE = 5000
"""Frames read at a time, so that reading a million needs no memory and does not hold up claims."""


class Ledger(LedgerJobs):
    """The ledger of one queue, in a file or in memory."""

    def claim(
        self, worker: str, *, accept: Callable[[Job], bool] | None = None, prefer: int | None = None
    ) -> Claim | None:
        """Lease the next frame to `worker`; None where there is none for it.

        Jobs of larger priority go first, then those of smaller position; paused and ended ones are passed over. Within
        a job, frames that came back go before those never tried, smaller numbers first.

        Args:
            worker: any name that is never used for two worker processes.
            accept: whether this worker can render this job; None accepts all.
            prefer: a job that goes before others of the same priority, as its recipe is loaded.
        """
        with self._transaction():
            job = self._choose(accept, prefer)
            if job is None:
                return None
            frame = self._next_frame(job)
            self._db.execute("UPDATE meta SET token = token + 1")
            (token,) = self._db.execute("SELECT token FROM meta").fetchone()
            self._db.execute(
                "INSERT INTO frames (job_id, idx, state, token, worker) VALUES (?, ?, 'leased', ?, ?) "
                "ON CONFLICT (job_id, idx) DO UPDATE SET state = 'leased', token = excluded.token, "
                "worker = excluded.worker",
                (job.id, frame.index, token, worker),
            )
            self._advance(job.id, frame.index)
            self._settle(job.id, leased=1)
            return Claim(job.id, frame.index, token, job.seed, job.root, frame.deaths, frame.raises)

    def complete(self, job_id: int, index: int, token: int, pixel_hash: str, seconds: float) -> bool:
        """Note that a leased frame is published. False, and nothing changes, where the token is not the present one."""
        with self._transaction():
            if self._leased(job_id, index, token) is None:
                return False
            self._become_done(job_id, index, pixel_hash, seconds)
            self._settle(job_id, done=1, leased=-1)
            return True

    def fail(self, job_id: int, index: int, token: int, trouble: Trouble, reason: str) -> FrameState | None:
        """Note trouble with a leased frame: it is pending again, or quarantined when it has made too much of it.

        Returns:
            The state it went to; None, and nothing changes, where the token is not the present one.
        """
        with self._transaction():
            frame = self._leased(job_id, index, token)
            if frame is None:
                return None
            state, deaths, raises = after_trouble(frame.deaths, frame.raises, trouble)
            self._db.execute(
                "UPDATE frames SET state = ?, token = NULL, worker = NULL, deaths = ?, raises = ?, reason = ? "
                "WHERE job_id = ? AND idx = ?",
                (state, deaths, raises, reason, job_id, index),
            )
            self._drop_if_cancelled(job_id, index)
            self._settle(job_id, quarantined=int(state is FrameState.QUARANTINED), leased=-1)
            return state

    def release(self, job_id: int, index: int, token: int) -> bool:
        """Give a leased frame back, unharmed. False, and nothing changes, where the token is not the present one."""
        with self._transaction():
            if self._leased(job_id, index, token) is None:
                return False
            self._give_back(job_id, index)
            return True

    def release_worker(self, worker: str) -> list[Lease]:
        """Give back all frames of a worker that is known to be dead; they are returned."""
        with self._transaction():
            taken = self._leases("AND worker = ?", worker)
            for lease in taken:
                self._give_back(lease.job_id, lease.index)
            return taken

    def take_back_all_leases(self) -> list[Lease]:
        """Give back every leased frame: for the start, when all workers of the earlier owner are known to be dead."""
        with self._transaction():
            taken = self._leases("")
            for lease in taken:
                self._give_back(lease.job_id, lease.index)
            return taken

    def leases(self, worker: str | None = None) -> list[Lease]:
        """The frames that are with `worker`, or with any, oldest claim first."""
        with self._lock, self._errors():
            return self._leases("") if worker is None else self._leases("AND worker = ?", worker)

    def mark_done(self, job_id: int, index: int, pixel_hash: str) -> bool:
        """Note that a frame is on disk though no report said so, or that its picture has another hash.

        Returns:
            False, and nothing changes, where that is known already or a worker holds the frame.
        """
        with self._transaction():
            frame = self._frame(self._job_of(job_id, index), index)
            if frame.state is FrameState.LEASED or frame.pixel_hash == pixel_hash:
                return False
            self._db.execute(
                "INSERT OR IGNORE INTO frames (job_id, idx, state) VALUES (?, ?, 'pending')", (job_id, index)
            )
            self._become_done(job_id, index, pixel_hash, None)
            self._advance(job_id, index)
            self._settle(
                job_id,
                done=int(frame.state is not FrameState.DONE),
                quarantined=-int(frame.state is FrameState.QUARANTINED),
            )
            return True

    def mark_missing(self, job_id: int, index: int) -> bool:
        """Note that a frame thought done is not on disk: it is rendered again, and its job queued again if it ended.

        Returns:
            False, and nothing changes, where the frame is not thought done.

        Raises:
            BadInput: its job has ended, and another that has not ended renders the same frames.
        """
        with self._transaction():
            job = self._job_of(job_id, index)
            if self._frame(job, index).state is not FrameState.DONE:
                return False
            if job.state in (JobState.DONE, JobState.FAILED):
                self._refuse_overlap(job.root, job.start, job.count, job_id)
            self._db.execute(
                "UPDATE frames SET state = 'pending', pixel_hash = NULL, seconds = NULL WHERE job_id = ? AND idx = ?",
                (job_id, index),
            )
            self._drop_if_cancelled(job_id, index)
            self._settle(job_id, done=-1)
            return True

    def frame(self, job_id: int, index: int) -> FrameRow:
        """What is known of one frame of a job."""
        with self._lock, self._errors():
            return self._frame(self._job_of(job_id, index), index)

    def frames(self, job_id: int, state: FrameState | None = None) -> Iterator[FrameRow]:
        """Frames of a job in order: those that were claimed, came back or are done, or those in one `state` alone.

        What changes while it is read may or may not show.
        """
        index = f"INDEXED BY frames_{state}" if state in (FrameState.PENDING, FrameState.QUARANTINED) else ""
        condition = "" if state is None else f"AND state = '{state}'"
        query = (
            f"SELECT {_FRAME_COLUMNS} FROM frames {index} WHERE job_id = ? {condition} AND idx > ? ORDER BY idx LIMIT ?"
        )
        last = -1
        while rows := self._read(query, job_id, last, _PAGE):
            for row in rows:
                yield _frame_row(row)
            last = rows[-1][0]

    def done_frames(self, job_id: int) -> Iterator[tuple[int, str]]:
        """Number and pixel hash of each done frame of a job, in order. What changes meanwhile may or may not show."""
        query = (
            "SELECT idx, pixel_hash FROM frames WHERE job_id = ? AND state = 'done' AND idx > ? ORDER BY idx LIMIT ?"
        )
        last = -1
        while rows := self._read(query, job_id, last, _PAGE):
            yield from rows
            last = rows[-1][0]

    def recount(self) -> list[int]:
        """Count all frames anew and correct counters that are wrong; returns the ids of the jobs that had such.

        Changes keep counters and frames together, so that a job in the answer points to a damaged file.
        """
        with self._transaction():
            rows = self._db.execute(
                "SELECT job_id, sum(state = 'done'), sum(state = 'quarantined'), sum(state = 'leased') "
                "FROM frames GROUP BY job_id"
            )
            counted = {row[0]: Counts(*row[1:]) for row in rows}
            wrong = []
            for job in self.jobs():
                true = counted.get(job.id, Counts(0, 0, 0))
                if true != Counts(job.done, job.quarantined, job.leased):
                    wrong.append(job.id)
                    self._settle(
                        job.id,
                        true.done - job.done,
                        true.quarantined - job.quarantined,
                        true.leased - job.leased,
                    )
            return wrong

    def _choose(self, accept: Callable[[Job], bool] | None, prefer: int | None) -> Job | None:
        """The job to claim a frame of."""
        best = None
        with closing(self._db.execute(_CLAIMABLE + "ORDER BY priority DESC, position")) as rows:
            for row in rows:
                job = job_from_row(row)
                if accept is None or accept(job):
                    best = job
                    break
        if best is None or prefer is None or prefer == best.id:
            return best
        row = self._db.execute(_CLAIMABLE + "AND priority = ? AND id = ?", (best.priority, prefer)).fetchone()
        if row is None:
            return best
        preferred = job_from_row(row)
        return preferred if accept is None or accept(preferred) else best

    def _next_frame(self, job: Job) -> FrameRow:
        row = self._db.execute(
            f"SELECT {_FRAME_COLUMNS} FROM frames INDEXED BY frames_pending WHERE job_id = ? AND state = 'pending' "
            "ORDER BY idx LIMIT 1",
            (job.id,),
        ).fetchone()
        if row is not None:
            return _frame_row(row)
        (cursor,) = self._db.execute("SELECT cursor FROM jobs WHERE id = ?", (job.id,)).fetchone()
        return FrameRow(cursor)

    def _advance(self, job_id: int, index: int) -> None:
        """Move the cursor on to the next frame without a row, if it was at this frame."""
        (cursor,) = self._db.execute("SELECT cursor FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if cursor != index:
            return
        following = "SELECT idx FROM frames WHERE job_id = ? AND idx >= ? ORDER BY idx"
        for (taken,) in self._db.execute(following, (job_id, cursor)):
            if taken != cursor:
                break
            cursor += 1
        self._db.execute("UPDATE jobs SET cursor = ? WHERE id = ?", (cursor, job_id))

    def _job_of(self, job_id: int, index: int) -> Job:
        job = self._job(job_id)
        if not job.start <= index < job.end:
            raise ValueError(f"job {job_id} has frames {job.start} to {job.end - 1}, not {index}")
        return job

    def _frame(self, job: Job, index: int) -> FrameRow:
        query = f"SELECT {_FRAME_COLUMNS} FROM frames WHERE job_id = ? AND idx = ?"
        row = self._db.execute(query, (job.id, index)).fetchone()
        return FrameRow(index) if row is None else _frame_row(row)

    def _leased(self, job_id: int, index: int, token: int) -> FrameRow | None:
        """The frame, if this is its present token."""
        query = f"SELECT {_FRAME_COLUMNS} FROM frames WHERE job_id = ? AND idx = ? AND state = 'leased' AND token = ?"
        row = self._db.execute(query, (job_id, index, token)).fetchone()
        return None if row is None else _frame_row(row)

    def _leases(self, condition: str, *values: str) -> list[Lease]:
        rows = self._db.execute(
            "SELECT job_id, idx, token, worker FROM frames INDEXED BY frames_leased "
            f"WHERE state = 'leased' {condition} ORDER BY token",
            values,
        )
        return [Lease(*row) for row in rows]

    def _become_done(self, job_id: int, index: int, pixel_hash: str, seconds: float | None) -> None:
        self._db.execute(
            "UPDATE frames SET state = 'done', token = NULL, worker = NULL, pixel_hash = ?, seconds = ?, reason = NULL "
            "WHERE job_id = ? AND idx = ?",
            (pixel_hash, seconds, job_id, index),
        )

    def _give_back(self, job_id: int, index: int) -> None:
        self._db.execute(
            "UPDATE frames SET state = 'pending', token = NULL, worker = NULL WHERE job_id = ? AND idx = ?",
            (job_id, index),
        )
        self._drop_if_cancelled(job_id, index)
        self._settle(job_id, leased=-1)

    def _drop_if_cancelled(self, job_id: int, index: int) -> None:
        self._db.execute(
            "DELETE FROM frames WHERE job_id = ? AND idx = ? AND state = 'pending' "
            "AND EXISTS (SELECT 1 FROM jobs WHERE id = job_id AND state = 'cancelled')",
            (job_id, index),
        )


def _frame_row(
    row: tuple[int, str, int | None, str | None, int, int, str | None, float | None, str | None],
) -> FrameRow:
    return FrameRow(row[0], FrameState(row[1]), *row[2:])
