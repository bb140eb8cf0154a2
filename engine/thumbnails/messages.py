"""What the library and the process that makes its thumbnails say to each other, framed as engine.queue.framing does."""

from __future__ import annotations

import socket

import msgspec

from engine.library.assets import Kind
from engine.queue.framing import FrameBuffer, MessageTooLong, frame
from engine.thumbnails.facts import Thumbnail

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
LOOK_PREFIX = "cup/"


class Order(msgspec.Struct, frozen=True):
    """Make the pictures of one asset. Answered by one `Thumbnail`."""

    kind: Kind
    path: str
    """The file, or `cup/LOOK` for the built-in cup."""
    width: int
    height: int
    samples: int
    views: int = 0
    """0: the one view of a thumbnail; else so many views of a model from round about it, the first as in the thumbnail.
    """


class HungUp(Exception):
    """The other side has gone."""


class Line:
    """One end of the socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = FrameBuffer(MAX_MESSAGE_BYTES)

    def send(self, message: Order | Thumbnail) -> None:
        """Send one message whole. Raises HungUp."""
        try:
            self.connection.sendall(frame(msgspec.msgpack.encode(message)))
        except OSError as error:
            raise HungUp(str(error)) from None

    def receive[T](self, kind: type[T]) -> T:
        """The next message. Raises HungUp, and TimeoutError as the socket is set."""
        try:
            while (body := self._buffer.take()) is None:
                data = self.connection.recv(65_536)
                if not data:
                    raise HungUp("the other side closed the connection")
                self._buffer.feed(data)
            return msgspec.msgpack.decode(body, type=kind)
        except TimeoutError:
            raise
        except (OSError, MessageTooLong, msgspec.MsgspecError) as error:
            raise HungUp(str(error)) from None
