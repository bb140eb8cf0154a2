"""A worker on a Ray cluster, as the supervisor sees it: an actor, a station in it, and the worker process."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Protocol

import msgspec
import ray
from ray.exceptions import GetTimeoutError, RayError

from engine import __version__
from engine.cluster.assets import moved
from engine.cluster.station import Answer, Begun, Ended, Report
from engine.dataset.models import publish_received_models, stored_models
from engine.dataset.publish import publish_received
from engine.errors import StorageError, StudioError
from engine.files import write_new
from engine.queue.backend import Fate
from engine.queue.message import Message
from engine.queue.protocol import ChannelClosed, FrameFailed, FrameFinished, FromWorker, Prepare, Rejected, RenderFrame

_END_SECONDS = 20.0
_LOOK_SECONDS = 0.5
_numbers = itertools.count(1)


class Stand(Protocol):
    """The actor of one place, and what its workers share."""

    node: str
    fence: float

    def actor(self) -> Any:
        """The actor's handle; a new actor where there is none."""

    def abandon(self) -> None:
        """End the actor: it is not to be reached any more."""

    def rest(self) -> None:
        """No worker stands here now."""

    def asset_files(self, plain: dict[str, Any]) -> tuple[bytes, dict[str, Path]]:
        """What a recipe needs, encoded for the station, and where each content lies here by its digest."""

    def content(self, digest: str, path: Path) -> Any:
        """A content in Ray's object store."""


class RayWorker:
    """See `engine.queue.backend.Worker`."""

    def __init__(self, stand: Stand, environment: dict[str, str], nice: int) -> None:
        self._stand = stand
        self._session = f"{os.getpid()}-{time.time_ns():x}-{next(_numbers)}"
        self._environment = environment
        self._nice = nice
        self._begun: Begun | None = None
        self._here = threading.Event()
        """Set when the worker has arrived, or is not to come any more."""
        self._ended: Ended | None = None
        self._turn = 0
        self._asked_at = time.monotonic()
        """When the last turn was asked for: the worker is dead by the fence after that, whatever has happened."""
        self._waits_for: Any = None
        self._said: deque[Report] = deque()
        self._orders: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._storing = threading.Lock()
        """Held while a frame that has travelled is stored; after the end none is."""
        self._over = False
        self._is_shared: dict[str, bool] = {}
        """By the folder of a dataset whether the worker's machine has it too."""
        self._roots: dict[int, tuple[Path, int]] = {}
        """By token the folder and number of a frame that will travel."""
        self._actor = stand.actor()
        self._arrival = self._call("care", "begin", self._session, environment, nice)
        threading.Thread(target=self._pass_on, name="orders to a worker", daemon=True).start()

    # What it is

    @property
    def pid(self) -> int | None:
        """See `Worker`."""
        return self._begun.pid if self._begun else None

    @property
    def node(self) -> str:
        """See `Worker`."""
        return self._stand.node

    @property
    def standing(self) -> str:
        """See `Worker`."""
        return "" if self._begun or self._ended else "Ray: waits for room"

    @property
    def fate(self) -> Fate:
        """See `Worker`."""
        return self._ended.fate if self._ended else Fate.TAKEN

    def obituary(self) -> str:
        """See `Worker`."""
        self.end()
        assert self._ended is not None
        return self._ended.obituary

    def last_words(self) -> str:
        """See `Worker`."""
        where = f"on {self.node}"
        return f"{where}, {self._ended.last_words}" if self._ended else f"{where}, process {self.pid}, still running"

    # Talking

    def send(self, message: Message) -> None:
        """See `Worker`."""
        self._orders.put(message)

    def receive(self, timeout: float | None = None) -> FromWorker | None:
        """See `Worker`. Frames that have travelled are in their folder when their report is returned."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._said:
            if self._over:
                raise ChannelClosed("the worker has ended")
            if deadline is not None and time.monotonic() > deadline:
                return None
            try:
                self._listen(_LOOK_SECONDS if timeout is None else min(_LOOK_SECONDS, timeout))
            except RayError as error:
                raise ChannelClosed(str(error)) from None
        return self._stored(self._said.popleft())

    def _listen(self, seconds: float) -> None:
        """Wait for so long for the worker to arrive, or for its next reports."""
        if self._begun is None:
            if ray.wait([self._arrival], timeout=seconds)[0]:
                self._arrive(ray.get(self._arrival))
            return
        if self._waits_for is None:
            self._asked_at = time.monotonic()
            self._waits_for = self._call("reports", "reports", self._session, self._turn)
        if not ray.wait([self._waits_for], timeout=seconds)[0]:
            if time.monotonic() - self._asked_at > self._stand.fence:
                raise ChannelClosed(f"{self.node} does not answer")
            return
        answer = msgspec.msgpack.decode(ray.get(self._waits_for), type=Answer)
        self._waits_for = None
        self._turn += 1
        self._said.extend(answer.reports)
        if answer.ended is not None and not answer.reports:
            self._ended = self._ended or answer.ended
            raise ChannelClosed("the worker has ended")

    def _arrive(self, data: bytes) -> None:
        begun = msgspec.msgpack.decode(data, type=Begun)
        if begun.version != __version__:
            text = (
                f"the program on {self.node} is version {begun.version}, and here it is {__version__}; install the "
                "same version on all machines"
            )
            self._ended = Ended(Fate.TAKEN, text, text)
            raise ChannelClosed(text)
        self._begun = begun
        self._here.set()

    def _stored(self, report: Report) -> FromWorker:
        """The report; first its frame is stored, where it has travelled."""
        message = report.message
        if not isinstance(message, FrameFinished) or report.files is None or message.token not in self._roots:
            return message
        with self._storing:
            if self._over:  # the frame may be with another worker by now
                raise ChannelClosed("the worker has ended")
            root, index = self._roots.pop(message.token)
            try:
                publish_received_models(root, report.models or {})
                publish_received(root, index, report.files)
            except StudioError as error:
                return FrameFailed(message.token, str(error), storage=isinstance(error, StorageError))
        return message

    def _pass_on(self) -> None:
        """The thread that passes orders on, in order. What they need is seen to first: assets, and where frames go."""
        self._here.wait()
        while (order := self._orders.get()) is not None and not self._over:
            try:
                spool, models = "", list[str]()
                if isinstance(order, Prepare):
                    order = self._with_assets(order)
                elif isinstance(order, RenderFrame) and not self._shares(order.root):
                    spool = f"{self._session}/{abs(hash(order.root))}"
                    models = sorted(stored_models(Path(order.root)))
                    self._roots[order.token] = (Path(order.root), order.index)
                ray.get(self._call("orders", "orders", self._session, msgspec.msgpack.encode(order), spool, models))
            except (RayError, OSError) as error:
                # Where the worker is gone, that shows in its reports.
                if isinstance(order, Prepare):
                    text = f"The recipe's assets cannot be brought to {self.node}: {_last_line(error)}"
                    self._said.append(Report(Rejected(text, bad_input=False)))

    def _with_assets(self, order: Prepare) -> Prepare:
        """Have the files that a recipe needs on the worker's machine."""
        files, paths = self._stand.asset_files(order.recipe)
        for digest in ray.get(self._call("orders", "lacks", files)):
            ray.get(self._call("orders", "keep", digest, self._stand.content(digest, paths[digest])))
        prefix = ray.get(self._call("orders", "prefix", self._session, files))
        return msgspec.structs.replace(order, recipe=moved(order.recipe, prefix)) if prefix else order

    def _shares(self, root: str) -> bool:
        """Whether the worker's machine has this folder too: found out by writing a file, and looking for it there."""
        if root not in self._is_shared:
            probe = Path(root) / f".tmp-{os.getpid()}-seen-{self._session}"
            try:
                write_new(probe, self._session.encode())
            except OSError:  # a full disk is told of when a frame is stored
                return False
            try:
                self._is_shared[root] = ray.get(self._call("orders", "sees", str(probe), self._session))
            finally:
                with contextlib.suppress(OSError):
                    probe.unlink(missing_ok=True)
        return self._is_shared[root]

    def _call(self, group: str, method: str, *arguments: Any) -> Any:
        return getattr(self._actor, method).options(concurrency_group=group).remote(*arguments)

    # Its end

    def bound_log(self) -> None:
        """Its station does it."""

    def ask_where(self) -> None:
        """Ask, and end it."""
        self.end(ask_where=True)

    def end(self, ask_where: bool = False) -> None:
        """See `Worker`. Where its machine does not answer this waits until its station has ended it."""
        with self._storing:
            already, self._over = self._over, True
        self._orders.put(None)
        self._here.set()
        if already and self._ended is not None:
            return
        if self._begun is None:
            # It renders nothing before a second turn, and none was asked for.
            self._ended = self._ended or self._never_came()
            self._stand.abandon()
            return
        try:
            data = ray.get(self._call("care", "end", self._session, ask_where), timeout=_END_SECONDS)
            self._ended = self._ended or msgspec.msgpack.decode(data, type=Ended)
        except (RayError, GetTimeoutError) as error:
            self._stand.abandon()
            time.sleep(max(0.0, self._asked_at + self._stand.fence + 1.0 - time.monotonic()))
            cause = f"{self.node} is gone ({type(error).__name__})"
            self._ended = self._ended or Ended(Fate.TAKEN, cause, cause)
        self._stand.rest()

    def _never_came(self) -> Ended:
        cause = f"Ray has started none on {self.node}"
        if ray.wait([self._arrival], timeout=0)[0]:
            try:
                ray.get(self._arrival)
            except RayError as error:
                cause = f"{cause}: {_last_line(error)}"
        return Ended(Fate.TAKEN, cause, cause)

    def forget(self) -> None:
        """See `Worker`."""
        self.end()


def _last_line(error: Exception) -> str:
    """What an error that has come a long way says in the end."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
