"""The door of the background engine: a Unix socket at which clients ask, and hear of changes.

The door knows the messages, the clients and what they may cost; what is asked it hands to a `Handler`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path
from typing import Any, Protocol

from engine import __version__
from engine.errors import BadInput, StudioError
from engine.queue.door_connection import Connection, Limits
from engine.queue.door_messages import (
    ENCODE_ERRORS,
    MAX_REPLY_BYTES,
    PROTOCOL_VERSION,
    AnyRequest,
    Change,
    Done,
    Failed,
    Hello,
    Refused,
    Snapshot,
    Welcome,
    encode,
    subject_of,
)
from engine.queue.framing import frame
from engine.queue.socket_address import bind_socket, identity_of, remove_socket

log = logging.getLogger(__name__)

_BACKLOG = 64
"""Connections accepted in one turn of the event loop: fewer than the strangers that may be inside, so that one whose
Hello has arrived is heard before newer ones can push it out."""
_FAREWELL_SECONDS = 2.0


class Handler(Protocol):
    """What the engine does for its clients. Called in the event loop's thread."""

    async def handle(self, request: AnyRequest) -> Any:
        """Carry out a request; the result is what the request's class says, in values that msgspec can encode.

        Requests of one client begin in the order in which they were sent. `Subscribe` never comes here. A request that
        has begun is finished even if its client goes away.

        Raises:
            StudioError: its sentence is the answer.
        """

    def snapshot(self) -> Snapshot:
        """Everything as it is now, including all that was published so far."""


class Door:
    """Lets clients in. All methods belong to the event loop's thread."""

    def __init__(
        self, path: Path, handler: Handler, *, limits: Limits | None = None, program_version: str = __version__
    ) -> None:
        """Nothing is made before `open`.

        Args:
            path: the socket's file, absolute; its folder's path may have any length.
            handler: answers requests.
            limits: what clients may cost.
            program_version: what clients are told.
        """
        self.path = path
        self.limits = limits or Limits()
        self._handler = handler
        self._program_version = program_version
        self._started_at = time.time()
        self._server: asyncio.Server | None = None
        self._identity = (0, 0)
        self._strangers: dict[Connection, None] = {}
        self._clients: set[Connection] = set()
        self._flush_planned = False
        self._closed = False

    @property
    def clients(self) -> int:
        """Connections that were welcomed."""
        return len(self._clients)

    @property
    def subscribers(self) -> int:
        """Connections that hear of changes."""
        return sum(connection.outbox is not None for connection in self._clients)

    async def open(self) -> None:
        """Listen. The caller must hold the engine's lock: a socket that lies there is replaced.

        Raises:
            StorageError: the socket cannot be made.
        """
        listener = bind_socket(self.path)
        try:
            self._identity = identity_of(self.path)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_unix_server(
                lambda: Connection(self), sock=listener, backlog=_BACKLOG, cleanup_socket=False
            )
        except BaseException:
            listener.close()
            raise

    def publish(self, change: Change) -> None:
        """Tell all subscribers. Call it once the change is part of what `Handler.snapshot` gives.

        It costs one encoding however many listen, never waits and never raises: a change that cannot be encoded is
        logged, and subscribers get a snapshot in its place.
        """
        listening = [connection for connection in self._clients if connection.outbox is not None]
        if not listening:
            return
        try:
            subject, data = subject_of(change), frame(encode(change))
        except (*ENCODE_ERRORS, KeyError):
            log.exception("a change could not be sent")
            subject, data = None, None
        for connection in listening:
            outbox = connection.outbox
            if outbox is None:
                continue
            if data is None:
                outbox.fall_behind()
                continue
            outbox.put(subject, data)
            if outbox.half_full:
                connection.flush()
        if not self._flush_planned:
            # Once for all changes of this turn of the loop: fewer writes, and what collapses is never sent.
            self._flush_planned = True
            asyncio.get_running_loop().call_soon(self._flush)

    async def close(self) -> None:
        """Stop listening, finish what was asked, say goodbye. Takes a few seconds at most."""
        self._closed = True
        if self._server is not None:
            self._server.close()
            remove_socket(self.path, self._identity)
        end = time.monotonic() + _FAREWELL_SECONDS
        while any(connection.busy for connection in self._clients) and time.monotonic() < end:
            await asyncio.sleep(0.01)
        for connection in [*self._strangers, *self._clients]:
            connection.close()
        while self._clients and time.monotonic() < end:
            await asyncio.sleep(0.01)
        for connection in [*self._strangers, *self._clients]:
            connection.drop()

    # Called by connections.

    def arrive(self, connection: Connection, uid: int) -> Refused | None:
        """Note a stranger, or say why it cannot come in."""
        if uid != os.geteuid():
            log.warning("a process of user %d was turned away", uid)
            return Refused(f"This engine belongs to another user (uid {os.geteuid()}); start one of your own.")
        while len(self._strangers) >= self.limits.strangers:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.drop()
        self._strangers[connection] = None
        return None

    def greet(self, connection: Connection, hello: Hello) -> Welcome | Refused:
        """Make the stranger a client, or say why not."""
        if hello.protocol_version != PROTOCOL_VERSION:
            return Refused(self._mismatch(hello))
        if self._closed:
            return Refused("The engine is stopping; `studio engine start` starts it again.")
        if len(self._clients) >= self.limits.clients:
            return Refused(
                f"The engine has {self.limits.clients} connections already, which is all it takes; close some of the "
                "programs that use it."
            )
        self._strangers.pop(connection, None)
        self._clients.add(connection)
        return Welcome(PROTOCOL_VERSION, self._program_version, os.getpid(), self._started_at)

    async def answer(self, number: int, request: AnyRequest) -> bytes:
        """Carry out a request and return the framed answer. Raises nothing."""
        name = type(request).__name__
        try:
            body = encode(Done(number, await self._handler.handle(request)))
            if len(body) > MAX_REPLY_BYTES:
                log.error("the answer to %s has %d bytes, which is too long", name, len(body))
                body = encode(Failed(number, f"The answer to {name} is too long to be sent.", bad_input=False))
        except StudioError as error:
            body = encode(Failed(number, _clean(str(error)), isinstance(error, BadInput)))
        except Exception as error:
            log.exception("%s failed", name)
            what = _clean(f"{type(error).__name__}: {error}")
            sentence = f"The engine met an error of its own in {name} ({what}); `studio engine logs` shows it."
            body = encode(Failed(number, sentence, bad_input=False))
        return frame(body)

    def snapshot(self) -> bytes:
        """A framed `Snapshot` of this moment. May raise anything."""
        return frame(encode(self._handler.snapshot()))

    def leave(self, connection: Connection) -> None:
        """Forget a connection, which may be one that was never noted."""
        self._strangers.pop(connection, None)
        self._clients.discard(connection)

    def _flush(self) -> None:
        self._flush_planned = False
        for connection in list(self._clients):
            connection.flush()

    def _mismatch(self, hello: Hello) -> str:
        newer = hello.protocol_version > PROTOCOL_VERSION
        remedy = (
            "`studio engine restart` brings the engine up to it and loses nothing."
            if newer
            else "update this program, or run `studio engine restart` with it, which starts an engine as old as it is."
        )
        return (
            f"This program (version {_clean(hello.program_version)}, protocol {hello.protocol_version}) is "
            f"{'newer' if newer else 'older'} than the running engine (version {self._program_version}, protocol "
            f"{PROTOCOL_VERSION}); {remedy}"
        )


def _clean(text: str) -> str:
    """Text that can be sent: file names that are not UTF-8 hold halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
