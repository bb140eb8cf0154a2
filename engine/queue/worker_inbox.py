"""What reaches a place from outside: the reports of its worker process, and word that the ledger has changed."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from engine.queue.protocol import ChannelClosed, FromWorker
from engine.queue.worker_process import WorkerProcess


class Closed:
    """The worker's socket has closed."""


class Wake:
    """Look at the ledger."""


class WorkerInbox:
    """A queue in the loop that a thread for each worker process fills; only the latest process is heard."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[int, FromWorker | Closed] | Wake] = asyncio.Queue()
        self._pid: int | None = None

    def listen(self, process: WorkerProcess) -> None:
        """Hear this process from now on. From the loop."""
        self._pid = process.process.pid
        loop = asyncio.get_running_loop()
        threading.Thread(
            target=self._forward, args=(process, loop), name=f"listen to worker {self._pid}", daemon=True
        ).start()

    def wake(self) -> None:
        """Have whoever waits look at the ledger. From the loop."""
        self._queue.put_nowait(Wake())

    async def next(self, seconds: float | None = None) -> FromWorker | Closed | Wake | None:
        """What comes next; None when nothing does for so long, or it is from a process of before."""
        try:
            async with asyncio.timeout(seconds):
                item = await self._queue.get()
        except TimeoutError:
            return None
        if isinstance(item, Wake):
            return item
        pid, report = item
        return report if pid == self._pid else None

    def _forward(self, process: WorkerProcess, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: put what the worker says into the queue, until it has nothing more to say."""
        pid = process.process.pid
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            try:
                while True:
                    report = process.receive()
                    if report is not None:
                        loop.call_soon_threadsafe(self._queue.put_nowait, (pid, report))
            except ChannelClosed:
                loop.call_soon_threadsafe(self._queue.put_nowait, (pid, Closed()))
