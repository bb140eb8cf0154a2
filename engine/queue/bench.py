"""Measure what frames of a recipe take, stage by stage, and what other settings would save: `studio bench`.

The same supervisor, worker, claims and publishing as ever, with a ledger in memory and a job for each recipe to be
measured. All are rendered by one worker process, one after the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.errors import RenderError
from engine.queue.datasets import refuse_unwritable
from engine.queue.foreground import POLICY, Event, Prepared, Progress
from engine.queue.jobs import FrameState, JobState, NewJob
from engine.queue.ledger import Ledger
from engine.queue.local_backend import LocalBackend
from engine.queue.protocol import FrameFinished
from engine.queue.supervisor import Supervisor
from engine.queue.workplace import Place, WorkerView
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe


@dataclass(frozen=True, slots=True)
class Trial:
    """A recipe to be measured."""

    recipe: Recipe
    frames: int
    """Frames that count. Frame 0 is rendered before them and does not: it loads and compiles."""


@dataclass(slots=True)
class Found:
    """What the frames of a trial took."""

    root: Path
    """The dataset that they are in."""
    reports: dict[int, FrameFinished] = field(default_factory=dict)
    """By frame number; 0 is the one that does not count."""
    failed: dict[int, str] = field(default_factory=dict)
    """Why a frame could not be rendered."""
    device: str = ""


def measure(
    trials: Sequence[Trial],
    folder: Path,
    seed: int,
    device: str,
    listen: Callable[[Event], None],
    *,
    verbose: bool = False,
    renderer: Literal["blender", "fake"] = "blender",
) -> list[Found]:
    """Render the frames of each trial into a dataset of its own below `folder`; `listen` is told what happens.

    Raises:
        BadInput: the recipe's assets or the folder cannot be used.
        StorageError: the disk fails.
        WorkerDied: Blender does not start.
        RenderError: the device cannot be used, or a frame of the first trial cannot be rendered.
    """
    refuse_unwritable(folder)
    with Ledger(":memory:") as ledger:
        run = _Measuring(ledger, trials, folder, seed, device, listen)
        run.supervisor = Supervisor(
            ledger, LocalBackend((Place("local"),)), run, policy=POLICY, renderer=renderer, verbose=verbose
        )
        asyncio.run(run.supervisor.run())
        if run.supervisor.failure is not None:
            raise run.supervisor.failure
    found = list(run.found.values())
    for index, reason in sorted(found[0].failed.items()):
        raise RenderError(reason if reason.startswith("Frame") else f"Frame {index}: {reason}")
    return found


class _Measuring:
    """The supervisor's listener: takes down what frames took."""

    supervisor: Supervisor

    def __init__(
        self,
        ledger: Ledger,
        trials: Sequence[Trial],
        folder: Path,
        seed: int,
        device: str,
        listen: Callable[[Event], None],
    ) -> None:
        self._ledger, self._listen = ledger, listen
        self.found: dict[int, Found] = {}
        for number, trial in enumerate(trials):
            root = folder.absolute() / f"trial-{number}"
            job = ledger.add_job(
                NewJob(
                    name=trial.recipe.name,
                    recipe=recipe_to_plain(trial.recipe),
                    recipe_name=trial.recipe.name,
                    seed=seed,
                    start=0,
                    count=trial.frames + 1,
                    root=str(root),
                    device=device,
                )
            )
            self.found[job.id] = Found(root)
        self._total = sum(trial.frames + 1 for trial in trials)
        self._began: float | None = None
        self._worker: WorkerView | None = None

    def job_prepared(self, job_id: int, device: str, warnings: tuple[str, ...]) -> None:
        """See `Listener`, as of all of these."""
        self.found[job_id].device = device
        if self._began is None:
            self._began = time.monotonic()
            self._listen(Prepared(device, warnings, self._total, 0))

    def worker_changed(self, worker: WorkerView) -> None:
        self._worker = worker
        self._tell()

    def frame_finished(self, job_id: int, index: int, report: FrameFinished) -> None:
        self.found[job_id].reports[index] = report
        self._after_frame()

    def frame_failed(self, job_id: int, index: int, state: FrameState, reason: str) -> None:
        if state is FrameState.QUARANTINED:
            self.found[job_id].failed[index] = reason
            self._after_frame()

    def job_paused(self, job_id: int, reason: str) -> None:
        """Never called: the policy ends the run instead."""

    def blocked(self, reason: str) -> None:
        """Never called: the policy ends the run instead."""

    def _after_frame(self) -> None:
        self._tell()
        if all(job.state in (JobState.DONE, JobState.FAILED) for job in self._ledger.jobs()):
            self.supervisor.stop()

    def _tell(self) -> None:
        if self._began is None:
            return
        worker = self._worker
        self._listen(
            Progress(
                done=sum(len(found.reports) for found in self.found.values()),
                failed=sum(len(found.failed) for found in self.found.values()),
                total=self._total,
                frame=worker.frame if worker else None,
                samples_done=worker.samples_done if worker else 0,
                samples=worker.samples if worker else 0,
                seconds=time.monotonic() - self._began,
            )
        )
