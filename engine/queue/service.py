"""What the background engine does for its clients: requests in, changes out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine import __version__
from engine.dataset import layout
from engine.dataset.delete import delete_frames
from engine.errors import BadInput, StorageError, StudioError
from engine.files import reason
from engine.queue import door_messages as door
from engine.queue import log_files
from engine.queue.backend import Backend
from engine.queue.bundle import bundle_folder
from engine.queue.datasets import agree_with_disk, refuse_folder
from engine.queue.gpu_watch import GpuWatch
from engine.queue.job_refusals import refuse_ended
from engine.queue.jobs import LIVE_STATES, FrameState, Job, JobState, NewJob
from engine.queue.jobs_left import forget_jobs, leave_jobs
from engine.queue.ledger import Ledger
from engine.queue.lifecycle import EnginePaths
from engine.queue.protocol import FrameFinished
from engine.queue.rates import Rates
from engine.queue.supervisor import Supervisor
from engine.queue.workplace import Policy, WorkerView
from engine.recipe.load import recipe_from_plain

log = logging.getLogger(__name__)

REMOVE_SECONDS = 10.0
"""To wait for the frames of a removed job to be given back."""


class Service:
    """The engine's handler of requests, and the supervisor's listener. Lives in one asyncio loop."""

    def __init__(
        self,
        paths: EnginePaths,
        backend: Backend,
        *,
        renderer: Literal["blender", "fake"] = "blender",
        policy: Policy | None = None,
        inherit: tuple[int, ...] = (),
    ) -> None:
        """Open the ledger. `inherit` are file descriptors that workers keep open.

        Every lease in it belongs to workers that are dead by now, and is taken back.

        Raises:
            Failure: the ledger cannot be used.
        """
        self.publish: Callable[[door.Change], None] = lambda change: None
        self.is_watched: Callable[[], bool] = lambda: False
        """Whether anybody hears what is published."""
        self._closed = False
        self._paths = paths
        self._backend = backend
        self._started_at = time.time()
        self._rates = Rates()
        self._devices: dict[int, set[str]] = {}
        self._message = ""
        self._loop = asyncio.get_running_loop()
        self._gpus = GpuWatch(() if backend.is_remote else backend.places(), self._publish_gpus)
        self.ledger = Ledger(paths.ledger, on_change=self._ledger_changed)
        forget_jobs(paths.jobs_left)
        taken = self.ledger.take_back_all_leases()
        self.took_back = bool(taken)
        """Whether the last engine ended while workers had frames."""
        if taken:
            log.info("%d frames were being rendered when the last engine ended; they are taken back", len(taken))
        self.supervisor = Supervisor(
            self.ledger, backend, self, policy=policy, renderer=renderer, quarantine=paths.quarantine, inherit=inherit
        )
        if not self.ledger.refill_reserve():
            reason = f"The disk of the ledger {self.ledger.where} is full: free some space, and the queue goes on."
            self.supervisor.block(self.ledger.where, StorageError(reason))

    def reconcile(self) -> None:
        """Make the ledger agree with the folders of the jobs that are not finished. May take a while for large ones."""
        for job in self.ledger.jobs():
            if job.state in LIVE_STATES and (Path(job.root) / layout.MANIFEST_NAME).exists():
                try:
                    found = agree_with_disk(self.ledger, job)
                except StudioError as error:
                    self.ledger.pause(job.id, str(error))
                else:
                    if found:
                        log.info("job %d: %d frames on disk were new to the ledger", job.id, found)

    # Requests

    async def handle(self, request: door.AnyRequest) -> Any:
        """Carry out a request; see `door.Handler`."""
        ledger = self.ledger
        match request:
            case door.EngineStatus():
                return self._status()
            case door.Stop(now=now):
                self.stop(now=now)
                return None
            case door.ListJobs():
                return [self._job_map(job) for job in ledger.jobs()]
            case door.ShowJob(job=name):
                return self._details(ledger.find(name))
            case door.AddJob():
                return self._job_map(self._add(request))
            case door.ExtendJob(job=name, count=count):
                return self._changed([ledger.extend_job(ledger.find(name).id, count)])[0]
            case door.PauseJobs(jobs=names):
                return self._each(names, lambda job: ledger.pause(job, ""))
            case door.ResumeJobs(jobs=names):
                return self._each(names, ledger.resume)
            case door.CancelJobs(jobs=names):
                return self._each(names, ledger.cancel)
            case door.RetryJobs(jobs=names):
                return self._each(names, ledger.retry)
            case door.SetPriority(jobs=names, priority=priority):
                return self._each(names, lambda job: ledger.set_priority(job, priority))
            case door.MoveJobs(jobs=names, where=where):
                return self._move(names, where)
            case door.RemoveJobs(jobs=names, delete_files=delete_files):
                await self._remove(names, delete_files=delete_files)
                return None
            case door.JobLog(job=name, lines=lines):
                return self._job_log(ledger.find(name).id, lines)
            case door.Workers():
                await self._gpus.fresh()
                return self._worker_maps()
            case door.Backup(path=path):
                await asyncio.to_thread(ledger.backup, Path(path))
                return None
            case _:
                raise BadInput("The engine does not know this request.")

    def snapshot(self) -> door.Snapshot:
        """Everything as it is now."""
        self._gpus.want()
        return door.Snapshot(
            jobs=[self._job_map(job) for job in self.ledger.jobs()],
            workers=self._worker_maps(),
            engine=self._status(),
        )

    def stop(self, *, now: bool = False) -> None:
        """End the engine; `now` gives frames back instead of finishing them."""
        log.info("stopping%s", " now" if now else " after the frames at hand")
        self.supervisor.stop(now=now)
        self.publish(door.EngineChanged("stopping", ""))

    def close(self) -> None:
        """Close the ledger, and leave word of its jobs for those who look while no engine runs."""
        with contextlib.suppress(StudioError):  # its disk fails; all that was to be kept is kept
            leave_jobs(self._paths.jobs_left, self.ledger.jobs())
        self._closed = True
        self.ledger.close()

    def _add(self, request: door.AddJob) -> Job:
        root = Path(request.root)
        refuse_folder(root, recipe_from_plain(request.recipe, request.recipe_name), request.seed)
        job = self.ledger.add_job(
            NewJob(
                name=request.name or request.recipe_name,
                recipe=request.recipe,
                recipe_name=request.recipe_name,
                seed=request.seed,
                start=request.start,
                count=request.count,
                root=str(root.resolve()),
                priority=request.priority,
                device=request.device,
            )
        )
        self._note(job.id, f"added: {job.count} frames of {job.recipe_name}, seed {job.seed}, into {job.root}")
        self.supervisor.wake()
        return job

    def _each(self, names: tuple[str, ...], change: Callable[[int], Job]) -> list[dict[str, Any]]:
        """Change several jobs, all or none: every name is looked up before the first is changed."""
        jobs = [self.ledger.find(name) for name in names]
        with self.ledger.together():
            return self._changed([change(job.id) for job in jobs])

    def _changed(self, jobs: list[Job]) -> list[dict[str, Any]]:
        for job in jobs:
            self._rates.pause(job.id)
            self._note(job.id, job.state.value)
        self.supervisor.wake()
        return [self._job_map(job) for job in jobs]

    def _move(self, names: tuple[str, ...], where: str) -> list[dict[str, Any]]:
        place, _, other = where.partition(":")
        if place not in ("top", "bottom", "before", "after") or (place in ("before", "after")) != bool(other):
            raise BadInput(f"'{where}' is no place in the queue; use top, bottom, before:JOB or after:JOB.")
        refuse_ended([self.ledger.find(name) for name in names], "moved")
        beside = self.ledger.find(other) if other else None
        refuse_ended([beside] if beside else [], "a place to move to")
        order = reversed(names) if place in ("top", "after") else names
        return self._each(tuple(order), lambda job: self.ledger.move(job, place, beside and beside.id))  # type: ignore[arg-type]

    async def _remove(self, names: tuple[str, ...], *, delete_files: bool) -> None:
        jobs = [self.ledger.find(name) for name in names]
        for job in jobs:
            if job.state in LIVE_STATES:
                self.ledger.cancel(job.id)
        self.supervisor.wake()
        deadline = time.monotonic() + REMOVE_SECONDS
        while any(self.ledger.job(job.id).leased for job in jobs) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        for job in jobs:
            self.ledger.remove(job.id)
            self._forget_log(job.id)
            self.publish(door.JobRemoved(job.id))
            if delete_files and (Path(job.root) / layout.MANIFEST_NAME).exists():
                await asyncio.to_thread(delete_frames, Path(job.root), job.start, job.end)

    # What is told

    def _status(self) -> dict[str, Any]:
        jobs = self.ledger.jobs()
        counts = {state.value: sum(job.state is state for job in jobs) for state in JobState}
        return {
            "pid": os.getpid(),
            "program_version": __version__,
            "started_at": self._started_at,
            "state": self._state(),
            "message": self._message,
            "workers": len(self.supervisor.workers),
            "workers_each": self._workers_each(),
            "backend": self._backend.name,
            "jobs": counts,
            "socket": str(self._paths.socket),
            "ledger": str(self._paths.ledger),
            "log": str(self._paths.log),
        }

    def _workers_each(self) -> int:
        """How many share a device."""
        return max(Counter(worker.shares for worker in self.supervisor.workers if worker.shares).values(), default=1)

    def _state(self) -> str:
        if self.supervisor.stopping:
            return "stopping"
        if self.supervisor.obstacle:
            return "blocked"
        return "working" if any(worker.frame is not None for worker in self.supervisor.workers) else "idle"

    def _worker_maps(self) -> list[dict[str, Any]]:
        return [self._worker_map(worker) for worker in self.supervisor.workers]

    def _worker_map(self, worker: WorkerView) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self._gpus.view(worker))
        return plain | {"id": worker.name}

    def _publish_gpus(self) -> None:
        """Tell subscribers, if there are any, and have the next readings for them."""
        if not self.is_watched():
            return
        self._gpus.want()
        for worker in self.supervisor.workers:
            if self._gpus.knows(worker):
                self.worker_changed(worker)

    def _job_map(self, job: Job) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(job)
        rate = self._rates.per_minute(job.id) if job.state is JobState.RENDERING else None
        left = 60 * (job.pending + job.leased) / rate if rate else None
        return plain | {"rate": rate, "seconds_left": left, "devices": sorted(self._devices.get(job.id, ()))}

    def _details(self, job: Job) -> dict[str, Any]:
        quarantined = self.ledger.frames(job.id, FrameState.QUARANTINED)
        return self._job_map(job) | {
            "recipe": self.ledger.recipe(job.id),
            "quarantined_frames": [
                {
                    "index": frame.index,
                    "reason": frame.reason,
                    "bundle": str(bundle_folder(self._paths.quarantine, job.id, frame.index)),
                }
                for frame in quarantined
            ],
            "log": str(self._paths.job_log(job.id)),
        }

    def _note(self, job_id: int, text: str) -> None:
        """Add a line to a job's log, and tell subscribers."""
        line = f"{datetime.now().astimezone().isoformat(timespec='seconds')} {text}"
        path = self._paths.job_log(job_id)
        try:
            log_files.append(path, line)
        except OSError as error:
            log.warning("%s cannot be written: %s", path, error)
        self.publish(door.LogLine(job_id, line))

    def _job_log(self, job_id: int, lines: int) -> list[str]:
        try:
            return log_files.last_lines(self._paths.job_log(job_id), lines)
        except OSError as error:
            raise StorageError(f"{self._paths.job_log(job_id)} cannot be read: {reason(error)}.") from None

    def _forget_log(self, job_id: int) -> None:
        try:
            log_files.remove(self._paths.job_log(job_id))
        except OSError as error:
            log.warning("%s cannot be removed: %s", self._paths.job_log(job_id), error)

    # What the ledger and the supervisor tell

    def _ledger_changed(self, job_id: int) -> None:
        """From whichever thread changed the ledger."""
        self._loop.call_soon_threadsafe(self._publish_job, job_id)

    def _publish_job(self, job_id: int) -> None:
        if self._closed:
            return
        try:
            job = self.ledger.job(job_id)
        except StudioError:
            return
        self.publish(door.JobChanged(self._job_map(job)))

    def worker_changed(self, worker: WorkerView) -> None:
        """See `employer.Listener`."""
        self.publish(door.WorkerChanged(self._worker_map(worker)))

    def frame_finished(self, job_id: int, index: int, report: FrameFinished) -> None:
        """See `employer.Listener`."""
        self._rates.note(job_id)
        job = self.ledger.job(job_id)
        self._note(job_id, f"frame {index} done in {report.seconds:.1f} s")
        self.publish(door.FrameFinished(job_id, index, job.root))
        if job.state in (JobState.DONE, JobState.FAILED):
            self._note(job_id, f"{job.state}: {job.done} of {job.count} frames done, {job.quarantined} quarantined")

    def frame_failed(self, job_id: int, index: int, state: FrameState, reason: str) -> None:
        """See `employer.Listener`."""
        what = "quarantined" if state is FrameState.QUARANTINED else "will be tried again"
        self._note(job_id, f"frame {index} {what}: {reason}")

    def job_prepared(self, job_id: int, device: str, warnings: tuple[str, ...]) -> None:
        """See `employer.Listener`."""
        self._devices.setdefault(job_id, set()).add(device)
        for text in (f"rendering on {device}", *warnings):
            self._note(job_id, text)

    def job_paused(self, job_id: int, reason: str) -> None:
        """See `employer.Listener`."""
        self._note(job_id, f"paused: {reason}")

    def blocked(self, reason: str) -> None:
        """See `employer.Listener`."""
        self._message = reason
        log.warning("%s", reason or "the disk works again; going on")
        self.publish(door.EngineChanged(self._state(), reason))
