"""The supervisor: keeps workers busy with the ledger's frames, and decides what trouble means.

One asyncio loop owns the ledger. Each place that the backend has for a worker is a `Slot` with a process of its own; a
thread per process puts what it says into the slot's inbox. A frame is given away again only when its worker has
reported, or is known to be dead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from engine.errors import BadInput, StorageError, StudioError
from engine.queue.backend import Backend
from engine.queue.datasets import OpenDatasets
from engine.queue.disk import disk_works
from engine.queue.employer import Listener
from engine.queue.jobs import LIVE_STATES, Claim, Job, JobState
from engine.queue.ledger import Ledger
from engine.queue.slot import Slot
from engine.queue.tracing import Tracing
from engine.queue.workplace import Place, Policy, WorkerView


class Supervisor:
    """Renders what the ledger has, until told to stop."""

    def __init__(
        self,
        ledger: Ledger,
        backend: Backend,
        listener: Listener,
        *,
        policy: Policy | None = None,
        renderer: Literal["blender", "fake"] = "blender",
        quarantine: Path | None = None,
        verbose: bool = False,
        inherit: tuple[int, ...] = (),
    ) -> None:
        """`quarantine` is the folder for bundles of frames that were given up; none are written without it."""
        self.ledger = ledger
        self.listener = listener
        self.policy = policy or Policy()
        self.renderer = renderer
        self.quarantine = quarantine
        self.verbose = verbose
        self.inherit = inherit
        """File descriptors that workers keep open."""
        self.datasets = OpenDatasets()
        self.stopping = False
        self.failure: StudioError | None = None
        """What ended the run, where the policy says that trouble ends it."""
        self.blocked_path: str | None = None
        """Where the disk fails."""
        self.obstacle = ""
        """Why nothing can be rendered for now; empty while something can."""
        self._places_in_trouble: dict[str, StudioError] = {}
        self._owed: list[Callable[[], None]] = []
        """Reports that the ledger could not take."""
        self.coming: dict[str, int] = {}
        self._tracings: defaultdict[str, Tracing] = defaultdict(Tracing)
        """By the name of a device that several places share."""
        self._backend = backend
        self._slots: dict[str, Slot] = {}
        self._news = asyncio.Event()
        """Set when slots were added, or are to end."""
        if backend.look_seconds is None:
            self._have_places(backend.places())

    @property
    def workers(self) -> tuple[WorkerView, ...]:
        """The workers as they stand."""
        return tuple(slot.view() for slot in self._slots.values())

    async def run(self) -> None:
        """Work until `stop`, or until the policy ends the run. Workers are gone when this returns, however it does."""
        watchers = [asyncio.create_task(self._watch_disk())]
        if self._backend.look_seconds is not None:
            watchers.append(asyncio.create_task(self._watch_places(self._backend.look_seconds)))
        try:
            await self._run_slots(watchers)
        finally:
            for watcher in watchers:
                watcher.cancel()
            for slot in self._slots.values():
                slot.end_now()
            self.datasets.close()

    async def _run_slots(self, watchers: list[asyncio.Task[None]]) -> None:
        """Run the slots, those added meanwhile too, until all have ended; raises what a slot or a watcher raised."""
        running: dict[asyncio.Task[None], str] = {}
        while running or not self.stopping:
            for name in [] if self.stopping else [name for name in self._slots if name not in running.values()]:
                running[asyncio.create_task(self._slots[name].run())] = name
            self._news.clear()
            news = asyncio.create_task(self._wait_for_news())
            done, _ = await asyncio.wait([*running, *watchers, news], return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            for task in done - {news}:
                task.result()
                if task in watchers:
                    watchers.remove(task)
                elif (name := running.pop(task)) and not self.stopping:  # its place is gone
                    del self._slots[name]

    async def _wait_for_news(self) -> None:
        await self._news.wait()

    async def _watch_places(self, seconds: float) -> None:
        """Have a slot for each place that the backend has, as machines come and go."""
        while not self.stopping:
            self._have_places(await asyncio.to_thread(self._backend.places))
            await asyncio.sleep(seconds)

    def _have_places(self, places: tuple[Place, ...]) -> None:
        for name in self._slots.keys() - {place.name for place in places}:
            self._slots[name].retire()
            self._places_in_trouble.pop(name, None)
        for place in places:
            if place.name not in self._slots:
                self._slots[place.name] = Slot(self, self._backend, place)
        self._news.set()

    def wake(self) -> None:
        """Look at the ledger again: a job was added, resumed, paused, cancelled."""
        for slot in self._slots.values():
            slot.wake()

    def stop(self, *, now: bool = False) -> None:
        """Claim no more; frames being rendered are finished first, or given back with `now`."""
        self.stopping = True
        self._news.set()
        if now:
            for slot in self._slots.values():
                slot.end_now()
        self.wake()

    def claim(self, worker: str, prefer: int | None, only: int | None = None) -> Claim | None:
        """The next frame for a worker; None while there is none or the disk fails.

        With `only`, a frame of that job, and None when a job of larger priority has frames to render.
        """
        if self.stopping or self.blocked_path is not None:
            return None
        accept = None if only is None else _only_while_first(only)
        return self.commit(lambda: self.ledger.claim(worker, accept=accept, prefer=prefer), None)

    def has_work(self, *, for_those_who_come: bool = False) -> bool:
        """Whether there are frames to be claimed: more than those who come will have, or any at all for them."""
        jobs = self.ledger.jobs()
        pending = sum(job.pending for job in jobs if job.state in (JobState.QUEUED, JobState.RENDERING))
        return self.blocked_path is None and pending > (0 if for_those_who_come else sum(self.coming.values()))

    def tracing(self, place: Place) -> Tracing:
        """What is told of the device at a place: one for all places that share it, else a new one each time."""
        return self._tracings[place.shares] if place.shares else Tracing()

    def commit[T](self, change: Callable[[], T], otherwise: T) -> T:
        """Do a change of the ledger. If its disk fails, wait for it; where even the reserve of space does not help,
        nothing has changed and `otherwise` is the answer."""
        try:
            return self._write(change)
        except StorageError:
            return otherwise

    def report[T](self, change: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do a change of the ledger that must not be forgotten, and go on with its result: now, or as soon as the
        ledger's disk works again."""
        try:
            result = self._write(change)
        except StorageError:
            self._owed.append(partial(self.report, change, then))
        else:
            then(result)

    def _write[T](self, change: Callable[[], T]) -> T:
        try:
            return change()
        except StorageError as error:
            self.block(self.ledger.where, error)
            self.ledger.free_reserve()
            return change()

    def block(self, path: str, error: StudioError) -> None:
        """Nothing can be written at `path`: claim nothing until it can (or end the run, as the policy says)."""
        if self.policy.on_outage == "stop":
            self.give_up(error)
        elif self.blocked_path is None:
            self.blocked_path = path
            self._tell_obstacle(str(error))

    def place_changed(self, place: str, trouble: StudioError | None) -> None:
        """A place has no device any more, or has it again; while one place is left, that one goes on."""
        if trouble is not None and self.policy.on_outage == "stop":
            self.give_up(trouble)
        elif trouble is not None:
            self._places_in_trouble[place] = trouble
        else:
            self._places_in_trouble.pop(place, None)
        if self.blocked_path is None:
            self._tell_obstacle(self._device_obstacle())

    def _device_obstacle(self) -> str:
        """Why no place can render; empty while one can."""
        if len(self._places_in_trouble) < len(self._slots):
            return ""
        return " ".join(dict.fromkeys(str(trouble) for trouble in self._places_in_trouble.values()))

    def _tell_obstacle(self, reason: str) -> None:
        before, self.obstacle = self.obstacle, reason
        if reason != before:
            self.listener.blocked(reason)

    def job_trouble(self, job_id: int, error: StudioError) -> None:
        """A job's recipe or folder cannot be used: pause it with the reason (or end the run, as the policy says)."""
        if self.policy.on_job_trouble == "stop":
            self.give_up(error)
        else:
            with contextlib.suppress(BadInput):  # it was cancelled or removed meanwhile
                self.commit(lambda: self.ledger.pause(job_id, str(error)), None)
                self.listener.job_paused(job_id, str(error))

    def give_up(self, error: StudioError) -> None:
        """End the run because of `error`."""
        self.failure = self.failure or error
        self.stop(now=True)

    def close_unused_datasets(self) -> None:
        """Unlock the folders of jobs that have nothing left to do."""
        live = {job.root for job in self.ledger.jobs() if job.state in LIVE_STATES or job.leased}
        self.datasets.close_unused(live)

    async def _watch_disk(self) -> None:
        """While the disk fails, look whether it works again; twice in a row, so that one freed block is not enough."""
        good = 0
        while True:
            await asyncio.sleep(self.policy.disk_check)
            if self.blocked_path is None:
                continue
            works = await asyncio.to_thread(disk_works, Path(self.blocked_path))
            good = good + 1 if works else 0
            if good >= 2:
                good = 0
                self._go_on()

    def _go_on(self) -> None:
        """The disk works again: write down what could not be written, and claim again."""
        self.ledger.refill_reserve()
        self.blocked_path = None
        owed, self._owed = self._owed, []
        for report in owed:
            report()
        if self.blocked_path is None:
            self._tell_obstacle(self._device_obstacle())
            self.wake()


def _only_while_first(job_id: int) -> Callable[[Job], bool]:
    """Accepts one job, unless the first that it is asked about has a larger priority."""
    priority: int | None = None

    def accept(job: Job) -> bool:
        nonlocal priority
        if priority is None:
            priority = job.priority
        return job.id == job_id and job.priority == priority

    return accept
