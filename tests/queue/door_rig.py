"""A real door in a thread of its own, and what tests say to it byte by byte."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import BadInput, StorageError
from engine.queue.door import Door
from engine.queue.door_connection import Limits
from engine.queue.door_messages import (
    PROTOCOL_VERSION,
    AnyRequest,
    Ask,
    Backup,
    EngineStatus,
    FromEngine,
    Hello,
    JobChanged,
    JobLog,
    ListJobs,
    Message,
    PauseJobs,
    Request,
    ShowJob,
    Snapshot,
    Stop,
    decode_from_engine,
    encode,
)
from engine.queue.framing import FrameBuffer, frame
from engine.queue.socket_address import connect_socket

HELLO = Hello(PROTOCOL_VERSION, "1.2.3", 4711)


class Jobs:
    """A handler that holds a few jobs as maps; each change is published at once."""

    def __init__(self) -> None:
        self.jobs: dict[int, dict[str, Any]] = {1: {"id": 1, "name": "cups", "state": "queued", "done": 0}}
        self.door: Door | None = None
        self.handled = 0
        self.unfinished = 0
        self.let_go = asyncio.Event()

    async def handle(self, request: AnyRequest) -> Any:
        self.handled += 1
        match request:
            case EngineStatus():
                return {"state": "idle"}
            case ListJobs():
                return list(self.jobs.values())
            case ShowJob(job):
                raise BadInput(f"There is no job {job!r}; `studio queue ls` lists them.")
            case Backup(path):
                raise StorageError(f"{path}: the disk is full.")
            case PauseJobs(jobs):
                return [self.change(int(job), state="paused") for job in jobs]
            case JobLog(_, lines):
                return ["x" * 1000] * lines
            case Stop():
                self.unfinished += 1
                await self.let_go.wait()
                self.unfinished -= 1
                return None
        raise KeyError(type(request).__name__)

    def change(self, number: int, **values: Any) -> dict[str, Any]:
        job = self.jobs.setdefault(number, {"id": number})
        job.update(values)
        assert self.door is not None
        self.door.publish(JobChanged(dict(job)))
        return job

    def snapshot(self) -> Snapshot:
        return Snapshot([dict(job) for job in self.jobs.values()], [], {"state": "idle"})


class Rig:
    """A door that is open in another thread."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.jobs: Jobs
        self.door: Door
        self._limits = limits
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()))

    async def _live(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self.jobs = Jobs()
        self.door = self.jobs.door = Door(self.path, self.jobs, limits=self._limits)
        await self.door.open()
        self._ready.set()
        await self._over.wait()
        await self.door.close()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._over.set)
            self._thread.join(20)
        assert not self._thread.is_alive()

    def do[T](self, call: Callable[[], T]) -> T:
        """Call something in the door's thread and wait for it."""

        async def run() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(20)


@contextmanager
def open_door(path: Path, limits: Limits | None = None) -> Iterator[Rig]:
    rig = Rig(path, limits or Limits())
    rig.start()
    try:
        yield rig
    finally:
        rig.stop()


def connected(path: Path, timeout: float = 10) -> socket.socket:
    """A connection, waiting for as long as the engine's queue of newcomers is full."""
    end = time.monotonic() + timeout
    while True:
        try:
            return connect_socket(path, timeout)
        except BlockingIOError:
            assert time.monotonic() < end, "nobody was let in"
            time.sleep(0.001)


class Raw:
    """A client that sends whatever it is told to."""

    def __init__(self, path: Path, timeout: float = 10) -> None:
        self.socket = connected(path, timeout)
        self._buffer = FrameBuffer(1 << 30)

    def send(self, *messages: Message) -> None:
        self.socket.sendall(b"".join(frame(encode(message)) for message in messages))

    def ask(self, number: int, request: Request) -> None:
        self.send(Ask(number, msgspec.Raw(encode(request))))

    def receive(self) -> FromEngine | None:
        """The next message; None at the end."""
        while (body := self._buffer.take()) is None:
            try:
                data = self.socket.recv(1 << 20)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._buffer.feed(data)
        return decode_from_engine.decode(body)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
