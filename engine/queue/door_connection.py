"""One client at the engine's door, whatever it sends and however slowly it reads.

Nothing here waits: bytes are taken as they come, answers are written as far as the system accepts them, and while it
does not, nothing more is read from this client. So what one client can make the engine hold is bounded: one message,
the answers to a few requests, and an `Outbox`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from engine.queue.door_messages import (
    DECODE_ERRORS,
    MAX_REQUEST_BYTES,
    AnyRequest,
    Ask,
    Done,
    Failed,
    Hello,
    Refused,
    Subscribe,
    Welcome,
    decode_ask,
    decode_hello,
    decode_request,
    encode,
)
from engine.queue.framing import FrameBuffer, MessageTooLong, frame
from engine.queue.outbox import Outbox
from engine.queue.socket_address import peer_of

log = logging.getLogger(__name__)

MAX_HELLO_BYTES = 4096
_LAST_WORDS_SECONDS = 5.0
"""How long a refusal may take to be read before the connection is cut."""


@dataclass(frozen=True)
class Limits:
    """What clients may cost. Times in seconds."""

    clients: int = 200
    """Connections that were welcomed, at a time."""
    strangers: int = 200
    """Connections that have not said Hello, at a time; one more pushes the oldest out."""
    hello_seconds: float = 5.0
    """From connecting to a whole Hello."""
    message_seconds: float = 30.0
    """From the first byte of a message to its last."""
    stall_seconds: float = 60.0
    """How long a client may leave unread what is sent to it."""
    message_bytes: int = MAX_REQUEST_BYTES
    requests_at_once: int = 8
    """Requests of one client that are worked on at a time; the others wait in the socket."""
    waiting_changes: int = 2000
    """Changes that wait for a subscriber who does not read, before they give way to a snapshot."""
    waiting_bytes: int = 256 * 1024
    """The same in bytes."""


class House(Protocol):
    """What a connection needs of the door that it came through."""

    limits: Limits

    def arrive(self, connection: Connection, uid: int) -> Refused | None:
        """Note a stranger, or say why it cannot come in."""

    def greet(self, connection: Connection, hello: Hello) -> Welcome | Refused:
        """Make the stranger a client, or say why not."""

    async def answer(self, number: int, request: AnyRequest) -> bytes:
        """Carry out a request and return the framed answer. Raises nothing."""

    def snapshot(self) -> bytes:
        """A framed `Snapshot` of this moment. May raise anything."""

    def leave(self, connection: Connection) -> None:
        """Forget a connection, which may be one that was never noted."""


class Timer:
    """Calls something once, unless it is stopped before."""

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def start(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it in so many seconds; what was to be called before is not."""
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(seconds, call)

    def stop(self) -> None:
        """Do not call it."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped."""
        return self._handle is not None


class Connection(asyncio.Protocol):
    """A client, from connecting to closing. All methods belong to the event loop's thread."""

    def __init__(self, house: House) -> None:
        self.outbox: Outbox | None = None
        """The changes for this client, once it has subscribed."""
        self._house = house
        self._limits = house.limits
        self._buffer = FrameBuffer(MAX_HELLO_BYTES)
        self._tasks: set[asyncio.Task[None]] = set()
        self._welcomed = False
        self._closing = False
        self._blocked = False
        self._written = 0
        self._read_until = 0
        self._read_at = 0.0
        self._deadline = Timer()
        self._stall_check = Timer()

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let a stranger in if its user may; it then has to say Hello in time."""
        self._transport = cast(asyncio.Transport, transport)
        # No slack: pause_writing comes with the first byte that the system does not accept.
        self._transport.set_write_buffer_limits(high=0)
        _, uid = peer_of(self._transport.get_extra_info("socket"))
        refusal = self._house.arrive(self, uid)
        if refusal is not None:
            self.refuse(refusal)
            return
        self._deadline.start(self._limits.hello_seconds, self._too_late)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._closing:
            return
        self._buffer.feed(data)
        self._work_off()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is written to."""
        self._blocked = True
        self._transport.pause_reading()
        self._read_until, self._read_at = self._accepted(), time.monotonic()
        self._stall_check.start(self._limits.stall_seconds / 4, self._check_stall)

    def resume_writing(self) -> None:
        """Everything written has been accepted."""
        self._blocked = False
        self._stall_check.stop()
        if not self._closing:
            self.flush()
            self._work_off()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed, by whichever side."""
        self._closing = True
        self._deadline.stop()
        self._stall_check.stop()
        self.outbox = None
        self._leave_when_idle()

    # Called by the door.

    @property
    def busy(self) -> bool:
        """Whether a request of this client is being worked on."""
        return bool(self._tasks)

    def flush(self) -> None:
        """Send the changes that wait, as far as the client reads."""
        if self._closing or self._blocked or not self.outbox:
            return
        try:
            data = self.outbox.take(self._house.snapshot)
        except Exception:
            log.exception("no snapshot could be made")
            self.refuse(Refused("The engine met an error of its own; `studio engine logs` shows it."))
            return
        self._write(data)

    def refuse(self, refusal: Refused) -> None:
        """Say why, and close."""
        if not self._closing:
            self._write(frame(encode(refusal)))
            self.close()

    def close(self) -> None:
        """Close once everything written has been accepted, or after a few seconds."""
        if self._closing:
            return
        self._closing = True
        self.outbox = None
        self._transport.close()
        self._deadline.start(_LAST_WORDS_SECONDS, self._transport.abort)

    def drop(self) -> None:
        """Cut the connection at once."""
        self._closing = True
        self._transport.abort()

    # Reading.

    def _work_off(self) -> None:
        taken = False
        try:
            while self._may_take() and (body := self._buffer.take()) is not None:
                taken = True
                self._take(body)
        except MessageTooLong as error:
            self.refuse(Refused(f"The engine closes this connection: {error}."))
        if self._closing:
            return
        if self._may_take():
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
        self._expect_rest(taken)

    def _may_take(self) -> bool:
        return not self._closing and not self._blocked and len(self._tasks) < self._limits.requests_at_once

    def _take(self, body: bytes) -> None:
        try:
            if self._welcomed:
                self._take_ask(decode_ask(body))
            else:
                self._take_hello(decode_hello(body))
        except DECODE_ERRORS:
            expected = "a request" if self._welcomed else "a Hello"
            self.refuse(Refused(f"The engine closes this connection: what it received is not {expected}."))

    def _take_hello(self, hello: Hello) -> None:
        answer = self._house.greet(self, hello)
        if isinstance(answer, Refused):
            self.refuse(answer)
            return
        self._welcomed = True
        self._buffer.max_message_bytes = self._limits.message_bytes
        self._write(frame(encode(answer)))

    def _take_ask(self, ask: Ask) -> None:
        try:
            request = decode_request.decode(ask.request)
        except DECODE_ERRORS as error:
            sentence = f"The engine does not understand this request ({error}); `studio engine restart` renews it."
            self._write(frame(encode(Failed(ask.id, sentence, bad_input=True))))
            return
        if isinstance(request, Subscribe):
            self._write(frame(encode(Done(ask.id))))
            self.outbox = Outbox(self._limits.waiting_changes, self._limits.waiting_bytes)
            self.flush()
            return
        task = asyncio.get_running_loop().create_task(self._answer(ask.id, request))
        self._tasks.add(task)
        task.add_done_callback(self._answered)

    async def _answer(self, number: int, request: AnyRequest) -> None:
        answer = await self._house.answer(number, request)
        self.flush()  # what was published while it was worked on comes first
        self._write(answer)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a request could not be answered", exc_info=error)
            self.drop()
        self._leave_when_idle()
        if not self._closing:
            self._work_off()

    # Writing.

    def _write(self, data: bytes) -> None:
        if not self._closing:
            self._written += len(data)
            self._transport.write(data)

    def _accepted(self) -> int:
        """Bytes that the system has accepted, which it does only as the client reads."""
        return self._written - self._transport.get_write_buffer_size()

    # Time.

    def _expect_rest(self, taken: bool) -> None:
        """Once a message has begun, the rest of it must come in time."""
        if not self._welcomed:
            return
        incomplete = len(self._buffer) > 0 and self._may_take()
        if taken or not incomplete:
            self._deadline.stop()
        if incomplete and not self._deadline.runs:
            self._deadline.start(self._limits.message_seconds, self._too_late)

    def _too_late(self) -> None:
        self.refuse(Refused("The engine closes this connection: no whole message came in time."))

    def _check_stall(self) -> None:
        """Cut the connection when nothing has been read for too long."""
        now = time.monotonic()
        if self._accepted() > self._read_until:
            self._read_until, self._read_at = self._accepted(), now
        elif now - self._read_at >= self._limits.stall_seconds:
            log.info("a client was cut off: it did not read for %.0f s", self._limits.stall_seconds)
            self.drop()
            return
        self._stall_check.start(self._limits.stall_seconds / 4, self._check_stall)

    def _leave_when_idle(self) -> None:
        """A client that has gone counts until its last request is finished, so that nobody piles up work by leaving."""
        if self._closing and not self._tasks:
            self._house.leave(self)
