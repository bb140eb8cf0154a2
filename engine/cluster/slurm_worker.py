"""A worker in a task of a Slurm job array, as the supervisor sees it: its mailbox is in a shared folder."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from collections import deque
from pathlib import Path
from typing import Protocol

from engine import __version__
from engine.cluster.mailbox import (
    Beat,
    Begin,
    Begun,
    Close,
    FromTask,
    Here,
    Incoming,
    Leave,
    Order,
    Outgoing,
    Over,
    Post,
    Pulse,
    Said,
    orders_path,
    reports_path,
)
from engine.cluster.slurm_states import JobStates
from engine.cluster.station import Ended
from engine.files import make_folder
from engine.queue.backend import Fate
from engine.queue.message import Message
from engine.queue.protocol import ChannelClosed, FromWorker

_LOOK_SECONDS = 0.25
_CLOSE_SECONDS = 15.0
"""For a task to end its worker when it is told to; then Slurm is."""

_numbers = itertools.count(1)


class Task:
    """One task of a job array: its mailbox, and what Slurm says of it. Used by one worker after the other."""

    def __init__(self, folder: Path, states: JobStates, fence: float) -> None:
        """Make its mailbox; it is submitted later. Raises OSError."""
        make_folder(folder)
        self.folder = folder
        self.job = ""
        """Slurm's name of it, like `12_3`; empty before it is submitted."""
        self.refusal = ""
        """Why Slurm did not take it."""
        self.host = ""
        self.version = ""
        self.said: dict[str, deque[FromWorker]] = {}
        self.pids: dict[str, int] = {}
        self.ended: dict[str, Ended] = {}
        self._states = states
        self._fence = fence
        self._pulsed_at = time.monotonic()
        self._orders = Outgoing(orders_path(folder))
        self._reports = Incoming[FromTask](reports_path(folder), FromTask.__value__)
        self._turn = threading.Lock()

    @property
    def state(self) -> str:
        """What Slurm says; empty before it has said anything."""
        return self._states.of(self.job) if self.job else ""

    def is_over(self) -> bool:
        """Whether Slurm says that nothing of it runs any more, or has not taken it."""
        return bool(self.refusal) or (bool(self.job) and self._states.is_over(self.job))

    def put(self, *posts: Post) -> None:
        """Write to the task. A disk that fails shows in what it does not answer."""
        try:
            self._orders.put(posts)
        except OSError:
            return

    def look(self) -> None:
        """Read what the task has written, and answer its beats."""
        with self._turn:
            for post in self._reports.take():
                match post:
                    case Here(host=host, version=version):
                        self.host, self.version = host, version
                    case Begun(session=session, pid=pid):
                        self.pids[session] = pid
                    case Said(session=session, report=report):
                        self.said.setdefault(session, deque()).append(report)
                    case Beat(number=number):
                        self._pulsed_at = time.monotonic()
                        self.put(Pulse(number))
                    case Over(session=session, ended=ended):
                        self.ended.setdefault(session, ended)

    def cancel(self) -> None:
        """Have it end, by its own doing or by Slurm's, and wait until it is certain that nothing of it runs."""
        self.put(Leave())
        if self.job and not self.is_over():
            self._states.cancel(self.job)
        while not self.is_over() and self.job:
            time.sleep(_LOOK_SECONDS)
        if self._states.node_failed(self.job):
            # Slurm does not hear of the node; the task ends by the fence after the last beat that was answered.
            time.sleep(max(0.0, self._pulsed_at + self._fence + 1.0 - time.monotonic()))

    def forget(self) -> None:
        """Remove its mailbox."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Array(Protocol):
    """Where tasks come from, and go back to."""

    def task(self, place: str) -> Task:
        """The place's task, which waits for work; or a new one, that is submitted together with others."""

    def release(self, place: str, task: Task) -> None:
        """The task has no worker any more; it is kept for the place's next one for a while."""

    def drop(self, place: str, task: Task) -> None:
        """The task is over."""


class SlurmWorker:
    """See `engine.queue.backend.Worker`."""

    def __init__(self, array: Array, place: str, environment: dict[str, str]) -> None:
        self._array = array
        self._place = place
        self._session = f"{os.getpid()}-{time.time_ns():x}-{next(_numbers)}"
        self._task = array.task(place)
        self._over = False
        self._ended: Ended | None = None
        self._task.put(Begin(self._session, environment))

    @property
    def pid(self) -> int | None:
        """See `Worker`."""
        return self._task.pids.get(self._session)

    @property
    def node(self) -> str:
        """See `Worker`."""
        return self._task.host

    @property
    def standing(self) -> str:
        """See `Worker`."""
        task = self._task
        return f"Slurm {task.job or 'job'} {task.state or 'SUBMITTING'}" + (f" on {task.host}" if task.host else "")

    @property
    def fate(self) -> Fate:
        """See `Worker`."""
        return self._ended.fate if self._ended else Fate.TAKEN

    def send(self, message: Message) -> None:
        """See `Worker`."""
        if not self._over:
            self._task.put(Order(self._session, message))  # type: ignore[arg-type]

    def receive(self, timeout: float | None = None) -> FromWorker | None:
        """See `Worker`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        task = self._task
        while True:
            was_over = task.is_over()
            task.look()
            said = task.said.get(self._session)
            if said:
                return said.popleft()
            if self._over or was_over or self._session in task.ended or not self._fits():
                raise ChannelClosed("the worker has ended")
            if deadline is not None and time.monotonic() > deadline:
                return None
            time.sleep(_LOOK_SECONDS)

    def _fits(self) -> bool:
        return self._task.version in ("", __version__)

    def obituary(self) -> str:
        """See `Worker`."""
        self.end()
        assert self._ended is not None
        job = self._task.job
        return (
            self._ended.obituary if job in self._ended.obituary else f"{self._ended.obituary}, in the Slurm job {job}"
        )

    def last_words(self) -> str:
        """See `Worker`."""
        where = f"Slurm {self._task.job} on {self.node or 'no node yet'}"
        return f"{where}, {self._ended.last_words}" if self._ended else f"{where}, process {self.pid}, still running"

    def bound_log(self) -> None:
        """Its task does it."""

    def ask_where(self) -> None:
        """Ask, and end it."""
        self.end(ask_where=True)

    def end(self, ask_where: bool = False) -> None:
        """See `Worker`."""
        already, self._over = self._over, True
        task = self._task
        if already and self._ended is not None:
            return
        if task.host and self._fits() and not task.is_over():
            task.put(Close(self._session, ask_where))
            deadline = time.monotonic() + _CLOSE_SECONDS
            while self._session not in task.ended and not task.is_over() and time.monotonic() < deadline:
                time.sleep(_LOOK_SECONDS)
                task.look()
        self._ended = task.ended.get(self._session)
        if self._ended is not None and self._ended.fate is not Fate.TAKEN and not task.is_over():
            self._array.release(self._place, task)
            return
        task.cancel()
        task.look()
        self._ended = self._ended or task.ended.get(self._session) or self._taken()
        self._array.drop(self._place, task)

    def _taken(self) -> Ended:
        """How a worker ended whose task did not come to say so: Slurm's state tells."""
        task = self._task
        if not self._fits():
            cause = (
                f"the program on {task.host} is version {task.version}, and here it is {__version__}; install the same "
                "version on all machines"
            )
        else:
            cause = task.refusal or f"the Slurm job {task.job} ended as {task.state or 'unknown'}"
        fate = Fate.MEMORY if task.state.startswith("OUT_OF_MEMORY") else Fate.TAKEN
        return Ended(fate, cause, cause)

    def forget(self) -> None:
        """See `Worker`."""
        self.end()
