"""A supervisor in the test's own event loop: real worker processes, which paint unless told to render."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import presets
from engine.queue.backend import Backend
from engine.queue.jobs import FrameState, Job, NewJob
from engine.queue.ledger import Ledger
from engine.queue.local_backend import LocalBackend
from engine.queue.protocol import FrameFinished
from engine.queue.supervisor import Supervisor
from engine.queue.workplace import Place, Policy, WorkerState, WorkerView
from engine.recipe.load import load_recipe, recipe_to_plain

PATIENCE = 240.0
"""Seconds until a test gives up waiting; the machine may be busy."""


@cache
def plain_recipe(samples: int = 1, *more: str, view: str = "AgX") -> dict[str, Any]:
    """The preset `basic` at 64x48. The fake renderer takes a millisecond for each sample beyond 16, in four chunks."""
    overrides = ["render.resolution=[64, 48]", f"render.samples={samples}", f"render.view={view}", *more]
    return recipe_to_plain(load_recipe(presets.find("basic"), overrides))


def fault(at: str, do: str, **more: object) -> dict[str, str]:
    """The environment of a worker that has one fault; see engine.worker.faults."""
    return {"STUDIO_FAULTS": json.dumps([{"at": at, "do": do, **more}])}


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Heard:
    """A listener that notes what it is told."""

    states: list[tuple[str, WorkerState]] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)
    """Processes of workers, in the order in which they began."""
    finished: list[tuple[int, int]] = field(default_factory=list)
    """Job and index of each frame that was reported as finished, in that order."""
    failed: list[tuple[int, int, FrameState, str]] = field(default_factory=list)
    prepared: list[int] = field(default_factory=list)
    paused: list[tuple[int, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def worker_changed(self, worker: WorkerView) -> None:
        if not self.states or self.states[-1] != (worker.name, worker.state):
            self.states.append((worker.name, worker.state))
        if worker.pid is not None and worker.pid not in self.pids:
            self.pids.append(worker.pid)

    def frame_finished(self, job_id: int, index: int, report: FrameFinished) -> None:
        self.finished.append((job_id, index))

    def frame_failed(self, job_id: int, index: int, state: FrameState, reason: str) -> None:
        self.failed.append((job_id, index, state, reason))

    def job_prepared(self, job_id: int, device: str, warnings: tuple[str, ...]) -> None:
        self.prepared.append(job_id)

    def job_paused(self, job_id: int, reason: str) -> None:
        self.paused.append((job_id, reason))

    def blocked(self, reason: str) -> None:
        self.reasons.append(reason)


class Shop:
    """A supervisor at work, with its ledger and its listener."""

    def __init__(self, folder: Path, ledger: Ledger, supervisor: Supervisor, heard: Heard) -> None:
        self.folder = folder
        self.ledger = ledger
        self.supervisor = supervisor
        self.heard = heard
        self.running: asyncio.Task[None] | None = None

    def add(self, name: str, count: int, *, recipe: Mapping[str, Any] | None = None, **more: Any) -> Job:
        """Add a job that renders into a folder with its name, and tell the supervisor."""
        plain = dict(recipe if recipe is not None else plain_recipe())
        values = {"seed": 0, "root": str(self.folder / name), **more}
        job = self.ledger.add_job(NewJob(name=name, recipe=plain, recipe_name="basic", count=count, **values))
        self.supervisor.wake()
        return job

    @property
    def worker(self) -> WorkerView:
        """The first worker."""
        return self.supervisor.workers[0]

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition; fail when it does not come about, or when the supervisor ends with an error."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self.running is not None and self.running.done():
                self.running.result()
                assert condition(), f"the supervisor ended before {what}"
                return
            assert time.monotonic() < deadline, f"in vain: {what}; jobs {self.ledger.jobs()}, heard {self.heard}"
            await asyncio.sleep(0.005)

    async def until_state(self, job: Job, state: str) -> Job:
        """Wait until a job has a state, and no frame of it is out."""
        await self.until(
            lambda: self.ledger.job(job.id).state == state and not self.ledger.job(job.id).leased,
            f"job {job.id} is {state}",
        )
        return self.ledger.job(job.id)

    async def until_rendering(self, job: Job | None = None) -> None:
        """Wait until a frame (of this job) is in a worker's hands and has made its first progress."""
        await self.until(
            lambda: self.worker.frame is not None and job in (None, self.ledger.job(self.worker.job_id or 0)),
            "a frame is being rendered",
        )


@asynccontextmanager
async def shop(
    folder: Path,
    *,
    policy: Policy | None = None,
    places: tuple[Place, ...] = (Place("cpu"),),
    backend: Backend | None = None,
    ledger: Ledger | None = None,
    quarantine: Path | None = None,
    renderer: Literal["blender", "fake"] = "fake",
) -> AsyncIterator[Shop]:
    """Run a supervisor; at the end it is stopped now, and all its workers must be dead."""
    with ledger or Ledger(folder / "ledger.db") as books:
        heard = Heard()
        supervisor = Supervisor(
            books, backend or LocalBackend(places), heard, policy=policy, renderer=renderer, quarantine=quarantine
        )
        opened = Shop(folder, books, supervisor, heard)
        opened.running = asyncio.create_task(supervisor.run())
        try:
            yield opened
        finally:
            supervisor.stop(now=True)
            await asyncio.wait_for(opened.running, PATIENCE)
        left = [pid for pid in heard.pids if is_alive(pid)]
        assert not left, f"workers outlived their supervisor: {left}"
        assert not [job for job in books.jobs() if job.leased], "frames are still leased"
        assert books.recount() == []


def crash(pid: int) -> None:
    """End a process as a crash would."""
    os.kill(pid, 9)
