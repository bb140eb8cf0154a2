"""A client's connection to the engine, from the greeting on: messages out, messages in."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

from engine import __version__
from engine.errors import EngineDown, EngineRefused
from engine.queue.door_messages import (
    DECODE_ERRORS,
    MAX_REPLY_BYTES,
    PROTOCOL_VERSION,
    FromEngine,
    Hello,
    Refused,
    Welcome,
    decode_from_engine,
    encode,
)
from engine.queue.framing import FrameBuffer, MessageTooLong, frame
from engine.queue.socket_address import connect_socket

_RETRY_SECONDS = 0.02
_SEND_SECONDS = 10


class HungUp(EngineDown):
    """The engine closed the connection."""


class Line:
    """A connection that has been welcomed."""

    def __init__(self, connection: socket.socket, path: Path) -> None:
        self.path = path
        self.welcome: Welcome
        self._connection = connection
        self._buffer = FrameBuffer(MAX_REPLY_BYTES)
        self._sending = threading.Lock()

    @classmethod
    def dial(cls, path: Path, timeout: float) -> Line:
        """Connect and greet. While the engine is too busy to let anybody in, it is tried again."""
        end = time.monotonic() + timeout
        while True:
            try:
                return cls._dial_once(path, end)
            except (BlockingIOError, InterruptedError, TimeoutError, HungUp):
                if time.monotonic() + _RETRY_SECONDS >= end:
                    raise EngineDown(no_answer(path, timeout)) from None
                time.sleep(_RETRY_SECONDS)
            except OSError as error:
                raise EngineDown(nobody(path, error)) from None

    @classmethod
    def _dial_once(cls, path: Path, end: float) -> Line:
        line = cls(connect_socket(path, max(end - time.monotonic(), 0.001)), path)
        try:
            line._greet(end)
        except BaseException:
            line.close()
            raise
        return line

    def _greet(self, end: float) -> None:
        # A refusal may have come before we spoke; it can be read all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(frame(encode(Hello(PROTOCOL_VERSION, __version__, os.getpid()))))
        answer = self.receive(max(end - time.monotonic(), 0.001))
        if isinstance(answer, Refused):
            raise EngineRefused(answer.sentence)
        if not isinstance(answer, Welcome):
            raise EngineDown(foreign(self.path))
        self.welcome = answer
        self._connection.settimeout(None)
        # Sending alone has a time limit from here on: a request must not hang on an engine that was stopped.
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_SECONDS, 0))

    def send(self, data: bytes) -> None:
        """Send a framed message whole; safe from several threads. Raises EngineDown."""
        try:
            with self._sending:
                self._connection.sendall(data)
        except BlockingIOError:
            self.shut()  # part of the message may be on its way, and nothing can follow that
            raise EngineDown(no_answer(self.path, _SEND_SECONDS)) from None
        except OSError:
            raise HungUp(went_away()) from None

    def receive(self, timeout: float | None) -> FromEngine:
        """The next message. What came of one in part is kept for the next call.

        Raises:
            TimeoutError: nothing whole came in `timeout` seconds (None: it waits for as long as it takes).
            EngineDown: the engine is gone, or what listens there is no engine.
        """
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while (body := self._buffer.take()) is None:
                self._buffer.feed(self._read(None if end is None else max(end - time.monotonic(), 0.001)))
            return decode_from_engine.decode(body)
        except (MessageTooLong, *DECODE_ERRORS):
            raise EngineDown(foreign(self.path)) from None

    def _read(self, timeout: float | None) -> bytes:
        # Left alone where it is right: it counts for the socket, on which another thread may be sending.
        if timeout != self._connection.gettimeout():
            self._connection.settimeout(timeout)
        try:
            data = self._connection.recv(65_536)
        except TimeoutError:
            raise
        except OSError:
            data = b""
        if not data:
            raise HungUp(went_away())
        return data

    def shut(self) -> None:
        """End the conversation: whoever waits for a message gets EngineDown. The descriptor stays open."""
        with suppress(OSError):  # it has ended already
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back, once no other thread uses it."""
        self._connection.close()


def nobody(path: Path, error: OSError) -> str:
    """The sentence for an engine that cannot be reached."""
    if isinstance(error, FileNotFoundError | ConnectionRefusedError | NotADirectoryError):
        return f"The engine is not running (nobody listens at {path}); start it with `studio engine start`."
    return f"{path}: the engine cannot be reached ({error.strerror or error}); the folder must be yours."


def no_answer(path: Path, seconds: float | None) -> str:
    """The sentence for an engine that is silent."""
    return (
        f"The engine at {path} did not answer within {seconds or 0:g} s; `studio engine logs` may say why, and "
        "`studio engine restart` starts it again without loss."
    )


def went_away() -> str:
    """The sentence for an engine that ended, or hung up."""
    return (
        "The engine went away; `studio engine logs` may say why, and `studio engine start` starts it again without "
        "loss."
    )


def foreign(path: Path) -> str:
    """The sentence for something else that listens at the engine's socket."""
    return f"{path}: what answers here is not the engine of this program; `studio engine restart` replaces it."
