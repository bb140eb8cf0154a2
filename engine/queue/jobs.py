"""What the queue's ledger holds, as values: jobs, frames, claims; and the rules by which their states change.

    state      becomes                                     when
    queued     rendering                                   a frame is claimed
               paused, cancelled                           the user says so, or the disk fails (paused)
               done, failed                                its last frames turn up on disk
    rendering  queued                                      no lease is out any more, frames are left
               done                                        every frame is done
               failed                                      every frame is done or quarantined, at least one quarantined
               paused, cancelled                           the user says so, or the disk fails (paused)
    paused     queued, rendering                           it is resumed (rendering where leases are still out)
               done, failed                                frames that were out when it was paused were the last ones
               cancelled                                   the user says so
    done       queued                                      it is extended, or a frame has vanished from the disk
    failed     queued                                      it is extended or retried, or a frame has vanished
               done                                        its quarantined frames turn up on disk
    cancelled  (nothing)                                   frames that are out still count when they are published

A frame is pending, leased, done or quarantined. Leased becomes done by its report, pending or quarantined by trouble,
pending when it is given back. A quarantined frame becomes pending when its job is retried.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

MOST_DEATHS = 3
"""A frame that ended its worker this often is quarantined."""

MOST_RAISES = 3
"""A frame that raised an error this often is quarantined."""

LARGEST_NUMBER = 2**63 - 1
"""The largest seed and frame number that the ledger and the messages can hold."""


class JobState(StrEnum):
    """Where a job stands; the table above says how one becomes another."""

    QUEUED = "queued"
    RENDERING = "rendering"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FrameState(StrEnum):
    """Where a frame stands."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    QUARANTINED = "quarantined"


class Trouble(StrEnum):
    """Why a frame was not rendered."""

    RAISED = "raised"
    """Rendering it raised an error; the worker lives."""
    DIED = "died"
    """Its worker ended by itself."""
    STALLED = "stalled"
    """It made no progress, and its worker was ended."""
    OUT_OF_MEMORY = "out_of_memory"
    INFRASTRUCTURE = "infrastructure"
    """Disk full, folder not writable, GPU gone: not the frame's fault, and never counted."""


LIVE_STATES = frozenset({JobState.QUEUED, JobState.RENDERING, JobState.PAUSED})
"""States of jobs that have frames left to render."""

TRANSITIONS = {
    JobState.QUEUED: LIVE_STATES | {JobState.DONE, JobState.FAILED, JobState.CANCELLED},
    JobState.RENDERING: LIVE_STATES | {JobState.DONE, JobState.FAILED, JobState.CANCELLED},
    JobState.PAUSED: LIVE_STATES | {JobState.DONE, JobState.FAILED, JobState.CANCELLED},
    JobState.DONE: frozenset({JobState.DONE, JobState.QUEUED}),
    JobState.FAILED: frozenset({JobState.FAILED, JobState.QUEUED, JobState.DONE}),
    JobState.CANCELLED: frozenset({JobState.CANCELLED}),
}
"""The states that may follow each state, itself included."""


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants rendered: frames `start` to `start + count - 1` of a recipe and a seed, into a folder."""

    name: str
    recipe: dict[str, Any]
    """As `recipe_to_plain` makes it, with absolute paths."""
    recipe_name: str
    """File or preset, for people and for errors."""
    seed: int
    start: int = 0
    count: int
    root: str
    """The dataset's folder, absolute and resolved."""
    priority: int = 0
    """Larger goes first."""
    device: str = "auto"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it stands at one moment, without its recipe. Times are seconds since 1970 (UTC)."""

    id: int
    name: str
    recipe_name: str
    seed: int
    start: int
    count: int
    """Frames in all."""
    root: str
    priority: int
    position: int
    """Order among jobs of equal priority; smaller goes first."""
    device: str
    state: JobState
    done: int
    quarantined: int
    leased: int
    """Frames that are with a worker now."""
    created_at: float
    started_at: float | None
    """When its first frame was claimed."""
    ended_at: float | None
    """When it became done, failed or cancelled."""
    message: str
    """Why it is paused or failed; empty otherwise."""

    @property
    def pending(self) -> int:
        """Frames that are neither rendered, nor given up, nor with a worker."""
        return self.count - self.done - self.quarantined - self.leased

    @property
    def end(self) -> int:
        """The frame number after its last one."""
        return self.start + self.count


class Claim(msgspec.Struct, frozen=True):
    """A frame that a worker may render now. Reports on it count only with this token."""

    job_id: int
    index: int
    token: int
    """Larger than that of every earlier claim of this ledger."""
    seed: int
    root: str
    deaths: int
    """Workers that this frame has ended so far."""
    raises: int
    """Errors that this frame has raised so far."""


class Lease(msgspec.Struct, frozen=True):
    """A claimed frame and who holds it."""

    job_id: int
    index: int
    token: int
    worker: str


class FrameRow(msgspec.Struct, frozen=True):
    """What the ledger knows of one frame."""

    index: int
    state: FrameState = FrameState.PENDING
    token: int | None = None
    """Of the lease, while it is leased."""
    worker: str | None = None
    """Who holds the lease."""
    deaths: int = 0
    raises: int = 0
    pixel_hash: str | None = None
    """Of the published picture, once it is done."""
    seconds: float | None = None
    """What rendering it took; None also for frames that were found on disk."""
    reason: str | None = None
    """The last trouble with it."""


class Counts(msgspec.Struct, frozen=True):
    """Frames of a job by state."""

    done: int
    quarantined: int
    leased: int


def settled_state(current: JobState, count: int, counts: Counts) -> JobState:
    """The state that a job of `count` frames has by its counters; cancelled and paused are the user's to end."""
    if current is JobState.CANCELLED:
        return current
    if counts.done + counts.quarantined == count:
        return JobState.FAILED if counts.quarantined else JobState.DONE
    if current is JobState.PAUSED:
        return current
    return JobState.RENDERING if counts.leased else JobState.QUEUED


def after_trouble(deaths: int, raises: int, trouble: Trouble) -> tuple[FrameState, int, int]:
    """Where a leased frame goes after trouble, with its new counts of (deaths, raises)."""
    if trouble is Trouble.RAISED:
        raises += 1
    elif trouble is not Trouble.INFRASTRUCTURE:
        deaths += 1
    given_up = trouble is not Trouble.INFRASTRUCTURE and (deaths >= MOST_DEATHS or raises >= MOST_RAISES)
    return (FrameState.QUARANTINED if given_up else FrameState.PENDING), deaths, raises
