"""Messages through two files in a folder that machines share: one that the engine adds to, and one that a task does.

Each side writes one file and reads the other, and opens them anew each time, since network file systems show what
others wrote only then. Nothing is ever changed or removed while either side lives.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path

import msgspec

from engine.cluster.station import Ended
from engine.queue.framing import FrameBuffer, frame
from engine.queue.protocol import MAX_MESSAGE_BYTES, FromWorker, ToWorker


class Post(msgspec.Struct, frozen=True, tag=True):
    """Base of all that is written into a mailbox."""


class Begin(Post, frozen=True):
    """To the task: start a worker, for this session."""

    session: str
    environment: dict[str, str]


class Order(Post, frozen=True):
    """To the task: for its worker."""

    session: str
    order: ToWorker


class Pulse(Post, frozen=True):
    """To the task: the engine lives, and has seen this beat. The task lives on for a while from that beat's time."""

    beat: int


class Close(Post, frozen=True):
    """To the task: end the worker of a session."""

    session: str
    ask_where: bool


class Leave(Post, frozen=True):
    """To the task: end."""


class Here(Post, frozen=True):
    """From the task: it runs."""

    host: str
    version: str


class Begun(Post, frozen=True):
    """From the task: a session's worker was started."""

    session: str
    pid: int


class Said(Post, frozen=True):
    """From the task: what its worker said."""

    session: str
    report: FromWorker


class Beat(Post, frozen=True):
    """From the task: it lives, and asks for a pulse."""

    number: int


class Over(Post, frozen=True):
    """From the task: a session's worker is dead, and this is the last of it."""

    session: str
    ended: Ended


type ToTask = Begin | Order | Pulse | Close | Leave
type FromTask = Here | Begun | Said | Beat | Over


class Outgoing:
    """A file that this side adds to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, posts: Iterable[Post]) -> None:
        """Add messages, and force them to the disk. Raises OSError."""
        data = b"".join(frame(msgspec.msgpack.encode(post)) for post in posts)
        if not data:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Incoming[P]:
    """A file that the other side adds to."""

    def __init__(self, path: Path, kind: type[P]) -> None:
        self._path = path
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._read = 0
        self._buffer = FrameBuffer(MAX_MESSAGE_BYTES)

    def take(self) -> list[P]:
        """What has come since; nothing where the file cannot be read now."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except OSError:
            return []
        self._read += len(data)
        self._buffer.feed(data)
        found = []
        while (body := self._buffer.take()) is not None:
            found.append(self._decoder.decode(body))
        return found


def orders_path(folder: Path) -> Path:
    """What the engine writes."""
    return folder / "orders"


def reports_path(folder: Path) -> Path:
    """What the task writes."""
    return folder / "reports"


def this_host() -> str:
    """The name of this machine."""
    return socket.gethostname()
