"""What runs in one task of a job array on a compute node: workers, one after the other, and nothing that stays.

It talks with the engine through a mailbox in a shared folder, so that nothing listens on the node and nothing has to
reach it. It ends when the engine says so, when it has had no worker to run for a while, and when the engine has not
been heard of for too long: the time of its last beat that the engine has answered, and the fence, are the end.
"""

from __future__ import annotations

import queue
import signal
import threading
import time
from pathlib import Path
from typing import Any

from engine import __version__
from engine.cluster.mailbox import (
    Beat,
    Begin,
    Begun,
    Close,
    Here,
    Incoming,
    Leave,
    Order,
    Outgoing,
    Over,
    Post,
    Pulse,
    Said,
    ToTask,
    orders_path,
    reports_path,
    this_host,
)
from engine.cluster.station import Ended
from engine.queue.backend import Fate
from engine.queue.protocol import ChannelClosed, Heartbeat
from engine.queue.worker_process import WorkerProcess

LINGER_SECONDS = 60.0
"""How long a task without a worker keeps its place."""

BEAT_SECONDS = 5.0
_LOOK_SECONDS = 0.25
_KILL_SECONDS = 1.0


def run(folder: str, fence: float) -> None:
    """Serve the mailbox in `folder`. Called on the compute node."""
    # Slurm announces the end by signals, to the worker as well: what is not finished then is rendered by another task.
    for number in (signal.SIGTERM, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    _Task(Path(folder), fence).run()


class _Task:
    def __init__(self, folder: Path, fence: float) -> None:
        self._orders = Incoming[ToTask](orders_path(folder), ToTask.__value__)
        self._reports = Outgoing(reports_path(folder))
        self._fence = fence
        self._post: queue.SimpleQueue[Post] = queue.SimpleQueue()
        self._beats: dict[int, float] = {}
        self._beat = 0
        self._deadline = time.monotonic() + fence
        self._session = ""
        self._process: WorkerProcess | None = None
        self._idle_since = time.monotonic()
        self._leaving = False

    def run(self) -> None:
        self._post.put(Here(this_host(), __version__))
        next_beat = 0.0
        try:
            while not self._leaving:
                now = time.monotonic()
                if now >= next_beat:
                    next_beat = now + BEAT_SECONDS
                    self._beat += 1
                    self._beats[self._beat] = now
                    self._post.put(Beat(self._beat))
                self._tell()
                for order in self._orders.take():
                    self._obey(order)
                lingers = self._process is not None or now - self._idle_since < LINGER_SECONDS
                if not lingers or time.monotonic() > self._deadline:
                    break
                time.sleep(_LOOK_SECONDS)
        finally:
            self._end(ask_where=False)
            self._tell()

    def _tell(self) -> None:
        posts: list[Post] = []
        while not self._post.empty():
            posts.append(self._post.get())
        # Each would be a write on a network disk; one tells as much.
        beats = [post for post in posts if isinstance(post, Said) and isinstance(post.report, Heartbeat)]
        self._reports.put(post for post in posts if post not in beats[:-1])

    def _obey(self, order: Any) -> None:
        match order:
            case Pulse(beat=beat) if beat in self._beats:
                self._deadline = self._beats[beat] + self._fence
                self._beats = {number: at for number, at in self._beats.items() if number > beat}
            case Begin(session=session, environment=environment):
                self._begin(session, environment)
            case Order(session=session, order=inner) if session == self._session and self._process is not None:
                self._process.send(inner)
            case Close(session=session, ask_where=ask_where) if session == self._session:
                self._end(ask_where=ask_where)
            case Leave():
                self._leaving = True
            case _:
                pass

    def _begin(self, session: str, environment: dict[str, str]) -> None:
        self._end(ask_where=False)
        process = WorkerProcess(environment=environment)
        self._session, self._process = session, process
        self._post.put(Begun(session, process.pid))
        threading.Thread(target=self._listen, args=(session, process), daemon=True).start()

    def _listen(self, session: str, process: WorkerProcess) -> None:
        try:
            while True:
                report = process.receive()
                if report is not None:
                    process.bound_log()
                    self._post.put(Said(session, report))
        except ChannelClosed:
            self._post.put(Over(session, self._ended(process)))

    def _end(self, *, ask_where: bool) -> None:
        """End the worker that runs, if one does; its listener tells of its end."""
        process, self._process = self._process, None
        self._idle_since = time.monotonic()
        if process is None:
            return
        if ask_where:
            process.ask_where()
        process.end()
        self._post.put(Over(self._session, self._ended(process)))
        process.forget()

    def _ended(self, process: WorkerProcess) -> Ended:
        """How a worker ended; waits for it."""
        obituary, fate = process.obituary(), process.fate
        signaled = -process.process.returncode
        if signaled == signal.SIGTERM:  # which we send to none that is not to end
            obituary, fate = "Slurm ended it", Fate.TAKEN
        elif signaled == signal.SIGKILL:
            # Where Slurm kills all that a job runs, this process comes to tell of it no more.
            time.sleep(_KILL_SECONDS)
        return Ended(fate, obituary, process.last_words())
