"""Render frames now, until they are done: what `studio render` does.

The same supervisor, workers, claims and publishing as in the background, with a ledger in memory. A frame counts as
done when its record is on disk, so the same call again continues where the last one stopped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.errors import StorageError
from engine.frame.trouble import added
from engine.queue.datasets import refuse_folder, refuse_unwritable
from engine.queue.jobs import FrameState, JobState, NewJob
from engine.queue.ledger import Ledger
from engine.queue.local_backend import LocalBackend
from engine.queue.protocol import FrameFinished
from engine.queue.supervisor import Supervisor
from engine.queue.workplace import Place, Policy, WorkerView
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe

POLICY = Policy(nice=0, on_outage="stop", on_job_trouble="stop")


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """What is to be rendered, and where to."""

    recipe: Recipe
    root: Path
    seed: int
    start: int
    count: int
    device: str = "auto"
    verbose: bool = False
    """Let Blender's messages through to stderr."""
    renderer: Literal["blender", "fake"] = "blender"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Sent once, when the assets are loaded and the folder is open."""

    device: str
    warnings: tuple[str, ...]
    total: int
    """Frames this run has to render."""
    skipped: int
    """Frames that were there already."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands; sent after each change."""

    done: int
    """Frames finished in this run."""
    failed: int
    total: int
    """Frames this run has to render."""
    frame: int | None
    """The frame being rendered."""
    samples_done: int
    samples: int
    seconds: float
    """Since the first frame began."""

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the finished frames and the samples of the current one; None before there is any."""
        worked = self.done + self.failed + (self.samples_done / self.samples if self.samples else 0.0)
        return self.seconds / worked * (self.total - worked) if worked > 0 else None


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    device: str = ""
    warnings: tuple[str, ...] = ()
    done: int = 0
    skipped: int = 0
    redrawn: dict[str, int] = field(default_factory=dict)
    """Draws thrown away, by the reason: see `engine.frame.trouble`."""
    seconds: float = 0.0
    failed: dict[int, str] = field(default_factory=dict)
    """Reason by frame."""


type Event = Prepared | Progress
type Listen = Callable[[Event], None]


def render_foreground(order: RenderOrder, listen: Listen) -> Outcome:
    """Render the frames of `order` that are not on disk yet. `listen` is told what happens.

    Interrupting it (KeyboardInterrupt) ends the worker at once and keeps every finished frame.

    Raises:
        BadInput: the recipe's assets or the folder cannot be used; nothing was written.
        StorageError: the disk fails; finished frames stay.
        WorkerDied: Blender does not start.
        RenderError: the device cannot be used.
    """
    refuse_folder(order.root, order.recipe, order.seed)
    refuse_unwritable(order.root)
    with Ledger(":memory:") as ledger:
        return _Run(order, ledger, listen).go()


class _Run:
    """One foreground run; also the supervisor's listener."""

    def __init__(self, order: RenderOrder, ledger: Ledger, listen: Listen) -> None:
        self._listen = listen
        self._outcome = Outcome()
        self._total = 0
        self._began = time.monotonic()
        self._worker: WorkerView | None = None
        self._root = order.root
        self._ledger = ledger
        self._job = ledger.add_job(
            NewJob(
                name=order.recipe.name,
                recipe=recipe_to_plain(order.recipe),
                recipe_name=order.recipe.name,
                seed=order.seed,
                start=order.start,
                count=order.count,
                root=str(order.root.absolute()),
                device=order.device,
            )
        )
        backend = LocalBackend((Place("local"),))
        self._supervisor = Supervisor(
            ledger, backend, self, policy=POLICY, renderer=order.renderer, verbose=order.verbose
        )

    def go(self) -> Outcome:
        asyncio.run(self._supervisor.run())
        failure = self._supervisor.failure
        if isinstance(failure, StorageError):
            raise StorageError(f"{failure} {self._kept()}") from failure
        if failure is not None:
            raise failure
        self._outcome.seconds = time.monotonic() - self._began
        self._outcome.done = self._done()
        return self._outcome

    def _kept(self) -> str:
        """What a disk that failed has left, and how to go on."""
        job = self._ledger.job(self._job.id)
        kept = f"{job.done} of {job.count} frames are kept in {self._root}" if job.done else "No frame was finished"
        return f"{kept}; once the disk takes data again, the same command continues."

    def _done(self) -> int:
        """Frames that this run has brought to the disk."""
        return self._ledger.job(self._job.id).done - self._outcome.skipped

    # What the supervisor tells

    def job_prepared(self, job_id: int, device: str, warnings: tuple[str, ...]) -> None:
        if self._outcome.device:
            return
        job = self._ledger.job(job_id)
        self._outcome.device, self._outcome.warnings, self._outcome.skipped = device, warnings, job.done
        self._total = job.count - job.done
        self._began = time.monotonic()
        self._listen(Prepared(device, warnings, self._total, job.done))
        self._stop_when_settled()

    def worker_changed(self, worker: WorkerView) -> None:
        self._worker = worker
        if self._outcome.device:
            self._tell()

    def frame_finished(self, job_id: int, index: int, report: FrameFinished) -> None:
        self._outcome.redrawn = added(self._outcome.redrawn, report.redrawn)
        self._tell()
        self._stop_when_settled()

    def frame_failed(self, job_id: int, index: int, state: FrameState, reason: str) -> None:
        if state is FrameState.QUARANTINED:
            self._outcome.failed[index] = reason
            self._tell()
        self._stop_when_settled()

    def job_paused(self, job_id: int, reason: str) -> None:
        """Never called: the policy ends the run instead."""

    def blocked(self, reason: str) -> None:
        """Never called: the policy ends the run instead."""

    def _stop_when_settled(self) -> None:
        if self._ledger.job(self._job.id).state in (JobState.DONE, JobState.FAILED):
            self._supervisor.stop()

    def _tell(self) -> None:
        worker = self._worker
        self._listen(
            Progress(
                done=self._done(),
                failed=len(self._outcome.failed),
                total=self._total,
                frame=worker.frame if worker else None,
                samples_done=worker.samples_done if worker else 0,
                samples=worker.samples if worker else 0,
                seconds=time.monotonic() - self._began,
            )
        )
