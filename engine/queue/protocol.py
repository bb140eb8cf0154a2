"""What a supervisor and a worker say to each other over the socket between them.

A message is one msgpack map, tagged by its type, framed as engine.queue.framing does.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

import msgspec

from engine.dataset.manifest import Storage
from engine.queue.framing import FrameBuffer, MessageTooLong, frame

MAX_MESSAGE_BYTES = 64 * 1024 * 1024


class Message(msgspec.Struct, frozen=True, tag=True):
    """Base of all messages."""


class Prepare(Message, frozen=True):
    """To the worker: load a recipe's assets and choose the device. Answered by `Ready` or `Rejected`."""

    recipe: dict[str, Any]
    """As `recipe_to_plain` makes it, with absolute paths."""
    where: str
    """The recipe's name, for errors."""
    device: str


class RenderFrame(Message, frozen=True):
    """To the worker: render a frame of the prepared recipe and publish it. Answered by frame messages."""

    index: int
    seed: int
    root: str
    """The dataset's folder, open for writing."""
    storage: Storage


class Describe(Message, frozen=True):
    """To the worker: say what can render here. Answered by `Description`."""


class Asset(Message, frozen=True):
    """A file that a recipe uses."""

    role: str
    """Key path in the recipe, like `objects[0].model`."""
    name: str
    path: str
    content_hash: str


class Importing(Message, frozen=True):
    """From the worker: it begins to read a file; if it dies now, the file is to blame."""

    path: str


class Ready(Message, frozen=True):
    """From the worker: the recipe's assets are loaded."""

    device: str
    device_type: str
    blender_version: str
    classes: tuple[str, ...]
    assets: tuple[Asset, ...]
    warnings: tuple[str, ...]
    """Things that the user should know about the assets, one sentence each."""


class Rejected(Message, frozen=True):
    """From the worker: the recipe cannot be rendered here."""

    sentence: str
    bad_input: bool
    """Whether the user's input is at fault (exit 2), or the machine (exit 1)."""


class FrameStarted(Message, frozen=True):
    """From the worker: from now on this frame is to blame if it dies."""

    index: int


class FrameProgress(Message, frozen=True):
    """From the worker: samples per pixel done so far."""

    index: int
    samples_done: int
    samples: int


class FrameFinished(Message, frozen=True):
    """From the worker: the frame is on disk, verified and synced."""

    index: int
    attempt: int
    """Draws thrown away before the object was seen enough."""
    seconds: float
    """From building the scene to the published record."""


class FrameFailed(Message, frozen=True):
    """From the worker: the frame could not be made."""

    index: int
    reason: str
    storage: bool
    """Whether the disk is at fault, so that no further frame can succeed either."""


class Description(Message, frozen=True):
    """From the worker: what can render here."""

    blender_version: str
    devices: tuple[dict[str, str], ...]
    chosen: str
    """The device that Cycles would use, for people."""
    chosen_kind: str
    eevee: dict[str, Any]


type ToWorker = Prepare | RenderFrame | Describe
type FromWorker = (
    Importing | Ready | Rejected | FrameStarted | FrameProgress | FrameFinished | FrameFailed | Description
)

_encoder = msgspec.msgpack.Encoder()
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(Prepare | RenderFrame | Describe)
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(
    Importing | Ready | Rejected | FrameStarted | FrameProgress | FrameFinished | FrameFailed | Description
)


class ChannelClosed(Exception):
    """The other side has gone."""


class Channel:
    """Framed messages over a connected stream socket. Sending is safe from several threads."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._sending = threading.Lock()
        self._buffer = FrameBuffer(MAX_MESSAGE_BYTES)

    def send(self, message: Message) -> None:
        """Send one message whole. Raises ChannelClosed."""
        body = _encoder.encode(message)
        try:
            with self._sending:
                self.connection.sendall(frame(body))
        except OSError as error:
            raise ChannelClosed(str(error)) from None

    def receive_order(self) -> ToWorker:
        """The next message to a worker; waits for it. Raises ChannelClosed."""
        return _to_worker.decode(self._receive())

    def receive_report(self) -> FromWorker:
        """The next message from a worker; waits for it as long as the socket's timeout allows.

        Raises:
            ChannelClosed: the other side has gone.
            TimeoutError: nothing whole came in time; what came in part is kept for the next call.
        """
        return _from_worker.decode(self._receive())

    def _receive(self) -> bytes:
        try:
            while (body := self._buffer.take()) is None:
                self._buffer.feed(self._read())
        except MessageTooLong as error:
            raise ChannelClosed(str(error)) from None
        return body

    def _read(self) -> bytes:
        try:
            data = self.connection.recv(65_536)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed(str(error)) from None
        if not data:
            raise ChannelClosed("the other side closed the connection")
        return data
