"""What a supervisor and a worker say to each other over the socket between them.

A message is one msgpack map, tagged by its type, framed as engine.queue.framing does.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any, Literal

import msgspec

from engine.dataset.manifest import ClassEntry, Storage
from engine.queue.framing import FrameBuffer, MessageTooLong, frame
from engine.queue.message import Message
from engine.queue.preview_messages import (
    PreviewChosen,
    PreviewDone,
    PreviewFailed,
    PreviewImage,
    PreviewOrder,
    PreviewProgress,
)
from engine.queue.survey_messages import FrameSurveyed, Survey

MAX_MESSAGE_BYTES = 384 * 1024 * 1024
"""The largest picture with its masks, and some room."""

HEARTBEAT_SECONDS = 2.0


class Prepare(Message, frozen=True):
    """To the worker: load a recipe's assets and choose the device. Answered by `Ready` or `Rejected`."""

    recipe: dict[str, Any]
    """As `recipe_to_plain` makes it, with absolute paths."""
    where: str
    """The recipe's name, for errors."""
    device: str
    renderer: Literal["blender", "fake"] = "blender"
    """`fake` paints frames without Blender, for tests of everything around it."""


class RenderFrame(Message, frozen=True):
    """To the worker: render a frame of the prepared recipe and publish it. Answered by frame messages, which carry the
    same token: `FrameStarted`, `FrameProgress`, `FrameRendered`, and then one of `FrameFinished`, `FrameFailed` and
    `FrameCancelled`; a frame that is cancelled before its turn has the last alone."""

    token: int
    """Fencing token of the lease."""
    index: int
    seed: int
    root: str
    """The dataset's folder, open for writing."""
    storage: Storage


class Cancel(Message, frozen=True):
    """To the worker: do not begin these frames; stop the one being rendered after the current chunk of samples."""

    tokens: tuple[int, ...]


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
    classes: tuple[ClassEntry, ...]
    assets: tuple[Asset, ...]
    warnings: tuple[str, ...]
    """Things that the user should know about the assets, one sentence each."""


class Rejected(Message, frozen=True):
    """From the worker: the recipe cannot be rendered here."""

    sentence: str
    bad_input: bool
    """Whether the user's input is at fault (exit 2), or the machine (exit 1)."""
    device_missing: bool = False
    """Whether there is no GPU where one was asked for."""


class Heartbeat(Message, frozen=True):
    """From the worker, every `HEARTBEAT_SECONDS`: its process lives (which does not say that the render moves)."""

    resident_bytes: int


class FrameStarted(Message, frozen=True):
    """From the worker: from now on this frame is to blame if it dies."""

    token: int


class FrameDrawn(Message, frozen=True):
    """From the worker: what it is about to render."""

    token: int
    spec: bytes
    """The FrameSpec as JSON."""


class FrameProgress(Message, frozen=True):
    """From the worker: samples per pixel done so far."""

    token: int
    samples_done: int
    samples: int


class FrameRendered(Message, frozen=True):
    """From the worker: the picture is there and being published; the next frame may be rendered meanwhile."""

    token: int


class Sampling(msgspec.Struct, frozen=True):
    """When a frame was sampled: seconds on the monotonic clock of the worker's machine."""

    spans: tuple[tuple[float, float], ...] = ()
    """From when to when light paths were traced, in order; more than one where samples come in chunks."""
    follows: float | None = None
    """When the last sample of the frame before was; None for a recipe's first frame, and after one that was not
    rendered whole."""


class FrameFinished(Message, frozen=True):
    """From the worker: the frame is on disk, verified and synced."""

    token: int
    attempt: int
    """Draws thrown away before this one."""
    seconds: float
    """From building the scene to the published record."""
    pixel_hash: str
    """Of the picture, as in its record."""
    redrawn: dict[str, int] = msgspec.field(default_factory=dict)
    """Draws thrown away, by the reason."""
    stages: dict[str, float] = msgspec.field(default_factory=dict)
    """Seconds by stage; see `engine.stages`."""
    sampling: Sampling = Sampling()


class FrameFailed(Message, frozen=True):
    """From the worker: the frame could not be made."""

    token: int
    reason: str
    storage: bool = False
    """Whether the disk is at fault, so that no further frame can succeed either."""
    out_of_memory: bool = False
    """Whether memory ran out; the process lives, but is best replaced."""
    rendering: bool = False
    """Whether it failed while Blender rendered, where a device may be at fault."""


class FrameCancelled(Message, frozen=True):
    """From the worker: the frame was given up on request."""

    token: int


class Description(Message, frozen=True):
    """From the worker: what can render here."""

    blender_version: str
    devices: tuple[dict[str, str], ...]
    chosen: str
    """The device that Cycles would use, for people."""
    chosen_kind: str
    eevee: dict[str, Any]


type ToWorker = Prepare | RenderFrame | Cancel | Describe | PreviewOrder | Survey
type FromWorker = (
    Importing
    | Ready
    | Rejected
    | Heartbeat
    | FrameStarted
    | FrameDrawn
    | FrameProgress
    | FrameRendered
    | FrameFinished
    | FrameFailed
    | FrameCancelled
    | Description
    | PreviewChosen
    | PreviewProgress
    | PreviewImage
    | PreviewDone
    | PreviewFailed
    | FrameSurveyed
)

_encoder = msgspec.msgpack.Encoder()
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker.__value__)
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker.__value__)


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

    def close(self) -> None:
        """Close it; a thread that waits in `receive_*` then gets ChannelClosed."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

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
