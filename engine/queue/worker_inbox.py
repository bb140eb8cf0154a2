"""What reaches a place from outside: the reports of its worker, and word that the ledger has changed."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from engine.queue.backend import Worker
from engine.queue.protocol import ChannelClosed, FromWorker


class Closed:
    """The worker's socket has closed."""


class Wake:
    """Look at the ledger."""


class WorkerInbox:
    """A queue in the loop that a thread for each worker fills; only the latest worker is heard."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[Worker, FromWorker | Closed] | Wake] = asyncio.Queue()
        self._worker: Worker | None = None

    def listen(self, worker: Worker) -> None:
        """Hear this worker from now on. From the loop."""
        self._worker = worker
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._forward, args=(worker, loop), name="listen to a worker", daemon=True).start()

    def wake(self) -> None:
        """Have whoever waits look at the ledger. From the loop."""
        self._queue.put_nowait(Wake())

    async def next(self, seconds: float | None = None) -> FromWorker | Closed | Wake | None:
        """What comes next; None when nothing does for so long, or it is from a worker of before."""
        try:
            async with asyncio.timeout(seconds):
                item = await self._queue.get()
        except TimeoutError:
            return None
        if isinstance(item, Wake):
            return item
        worker, report = item
        return report if worker is self._worker else None

    def _forward(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: put what the worker says into the queue, until it has nothing more to say."""
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            try:
                while True:
                    report = worker.receive()
                    if report is not None:
                        loop.call_soon_threadsafe(self._queue.put_nowait, (worker, report))
            except ChannelClosed:
                loop.call_soon_threadsafe(self._queue.put_nowait, (worker, Closed()))
