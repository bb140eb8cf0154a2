"""What the parts of the supervisor need from it, and whom it tells: interfaces, so that they do not need each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

from engine.errors import StudioError
from engine.queue.datasets import OpenDatasets
from engine.queue.jobs import Claim, FrameState
from engine.queue.ledger import Ledger
from engine.queue.protocol import FrameFinished
from engine.queue.tracing import Tracing
from engine.queue.workplace import Place, Policy, WorkerView


class Listener(Protocol):
    """Who wants to know. Called from the supervisor's loop; must return at once."""

    def worker_changed(self, worker: WorkerView) -> None:
        """A worker's state, frame or progress changed."""

    def frame_finished(self, job_id: int, index: int, report: FrameFinished) -> None:
        """A frame is on disk and in the ledger."""

    def frame_failed(self, job_id: int, index: int, state: FrameState, reason: str) -> None:
        """A frame made trouble; `state` is where it went: pending again, or quarantined."""

    def job_prepared(self, job_id: int, device: str, warnings: tuple[str, ...]) -> None:
        """A worker has loaded a job's recipe."""

    def job_paused(self, job_id: int, reason: str) -> None:
        """A job's recipe or folder cannot be used, so that it was paused."""

    def blocked(self, reason: str) -> None:
        """Nothing can be rendered for now (empty: it can again)."""


class Employer(Protocol):
    """Who runs the places for workers: the owner of the ledger."""

    ledger: Ledger
    listener: Listener
    policy: Policy
    renderer: Literal["blender", "fake"]
    quarantine: Path | None
    """The folder for bundles of frames that were given up; none are written without it."""
    verbose: bool
    inherit: tuple[int, ...]
    """File descriptors that workers keep open."""
    datasets: OpenDatasets
    stopping: bool
    """Whether no more frames are to be claimed."""

    def claim(self, worker: str, prefer: int | None, only: int | None = None) -> Claim | None:
        """The next frame for a worker; None while there is none or the disk fails.

        With `only`, a frame of that job, and None when a job of larger priority has frames to render.
        """

    coming: dict[str, int]
    """By place far away whose worker is awaited, the frames that it will be given ahead."""

    def has_work(self, *, for_those_who_come: bool = False) -> bool:
        """Whether there are frames to be claimed: more than those who come will have, or any at all for them."""

    def tracing(self, place: Place) -> Tracing:
        """What is told of the device at a place: one for all places that share it, else a new one each time."""

    def report[T](self, change: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do a change of the ledger that must not be forgotten, and go on with its result: now, or as soon as the
        ledger's disk works again."""

    def block(self, path: str, error: StudioError) -> None:
        """Nothing can be written at `path`: claim nothing until it can (or end the run, as the policy says)."""

    def place_changed(self, place: str, trouble: StudioError | None) -> None:
        """A place has no device any more, or has it again; while one place is left, that one goes on."""

    def job_trouble(self, job_id: int, error: StudioError) -> None:
        """A job's recipe or folder cannot be used: pause it with the reason (or end the run, as the policy says)."""

    def close_unused_datasets(self) -> None:
        """Unlock the folders of jobs that have nothing left to do."""
