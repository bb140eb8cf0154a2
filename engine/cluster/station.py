"""What stands on a machine of a cluster for one place: it runs the worker process there, and carries messages.

The worker is the very one of a single machine, started in the same way. The engine asks for its reports turn by turn,
and each turn that it asks for lets the worker live on for a while: counted from the moment of the answer before, so
that however long a message was on its way, an engine that hears nothing any more knows by its own clock when the worker
has ended (the *fence*). Where the dataset's folder is not shared, frames are published into a folder of this machine,
and travel with their reports.

Nothing here knows which engine carries the calls. They come in several threads: `orders`, `reports`, and the others.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from engine import __version__
from engine.cluster.assets import AssetFile, AssetStore
from engine.dataset.models import model_files
from engine.dataset.publish import frame_files
from engine.errors import Failure
from engine.files import reason
from engine.paths import cache_dir
from engine.queue.backend import Fate
from engine.queue.protocol import (
    ChannelClosed,
    FrameFailed,
    FrameFinished,
    FromWorker,
    Importing,
    Ready,
    Rejected,
    RenderFrame,
    ToWorker,
)
from engine.queue.worker_process import WorkerProcess
from engine.scratch import Scratch

FENCE_SECONDS = 30.0
"""How long a worker lives on after the last turn that the engine asked for."""

_TURN_SECONDS = 1.0
"""How long an answer waits for something to report."""

_LOOK_SECONDS = 0.2


class Report(msgspec.Struct, frozen=True):
    """What the worker said, and the files of the frame that it is about where they travel."""

    message: FromWorker
    files: dict[str, bytes] | None = None
    models: dict[str, bytes] | None = None
    """The meshes of its dataset that the engine does not have yet, where it travels."""


class Ended(msgspec.Struct, frozen=True):
    """How a worker ended."""

    fate: Fate
    obituary: str
    last_words: str


class Answer(msgspec.Struct, frozen=True):
    """The answer to one turn."""

    reports: tuple[Report, ...]
    ended: Ended | None = None
    """Where the worker has ended, and said all that it had to say."""


class Begun(msgspec.Struct, frozen=True):
    """Where a worker was started."""

    host: str
    pid: int
    version: str


class Session:
    """One worker process, from its start to its end."""

    def __init__(self, name: str, process: WorkerProcess, fence: float) -> None:
        self.name = name
        self.process = process
        self.prefix = ""
        """What stands before the paths of assets on this machine."""
        self.ended: Ended | None = None
        self._burying = threading.Lock()
        self._fence = fence
        self._deadline: float | None = None
        self._answered: float | None = None
        self._granted = threading.Condition()
        self._reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._over = threading.Event()
        """Set when the worker has ended and its last report is in the queue."""
        self._spools: dict[int, tuple[Path, int, list[str]]] = {}
        """By token the folder on this machine that a frame is published into, its number, and the meshes of its
        dataset that the engine has."""
        threading.Thread(target=self._listen, name="reports", daemon=True).start()

    def turn(self, number: int) -> Answer:
        """What the worker has said; turns after the first let it live on."""
        if number > 0 and self._answered is not None:
            with self._granted:
                self._deadline = self._answered + self._fence
                self._granted.notify_all()
        reports = []
        with contextlib.suppress(queue.Empty):
            reports.append(self._reports.get(timeout=_TURN_SECONDS))
            while True:
                reports.append(self._reports.get_nowait())
        over = self._over.is_set() and self._reports.empty()
        self._answered = time.monotonic()
        return Answer(tuple(reports), self._bury() if over else None)

    def obey(self, order: ToWorker, spool: Path | None, models: list[str]) -> None:
        """Pass an order on, once the engine has asked for a second turn; dropped where it does not, or too late."""
        with self._granted:
            self._granted.wait_for(lambda: self._deadline is not None, self._fence)
            if self._deadline is None or time.monotonic() > self._deadline:
                return
        if isinstance(order, RenderFrame) and spool is not None:
            self._spools[order.token] = (spool, order.index, models)
            order = msgspec.structs.replace(order, root=str(spool))
        self.process.send(order)

    def is_beyond_fence(self, now: float) -> bool:
        """Whether the engine has not asked for a turn for too long."""
        return self._deadline is not None and now > self._deadline

    def end(self, *, ask_where: bool = False) -> Ended:
        """End the worker, and wait until it is dead."""
        if ask_where:
            self.process.ask_where()
        self.process.end()
        return self._bury()

    def _bury(self) -> Ended:
        with self._burying:
            if self.ended is None:
                obituary = self.process.obituary()
                self.ended = Ended(self.process.fate, obituary, self.process.last_words())
                self.process.forget()
            return self.ended

    def _listen(self) -> None:
        try:
            while True:
                report = self.process.receive()
                if report is not None:
                    self.process.bound_log()
                    self._reports.put(self._ready_to_travel(report))
        except ChannelClosed:
            self.process.process.wait()
            self._over.set()

    def _ready_to_travel(self, report: FromWorker) -> Report:
        """The report with the paths of the engine's machine, and with the files of the frame that it is about."""
        if self.prefix:
            report = _at_home(report, self.prefix)
        if not isinstance(report, FrameFinished) or report.token not in self._spools:
            return Report(report)
        spool, index, models = self._spools.pop(report.token)
        try:
            files = frame_files(spool, index)
            for path in files:
                (spool / path).unlink()
            meshes = model_files(spool, without=models)
        except OSError as error:
            text = f"{spool} on {socket.gethostname()} cannot be read: {reason(error)}."
            return Report(FrameFailed(report.token, text, storage=True))
        return Report(report, files, meshes)


class Station:
    """One place of an engine on this machine: one worker after another, never two."""

    def __init__(self, place: str, fence: float = FENCE_SECONDS) -> None:
        """`place` is a name that no other engine's place has."""
        self._fence = fence
        self._lock = _lock_file(place)
        self._assets = AssetStore(cache_dir() / "cluster-assets")
        self._spool = Scratch("cluster")
        self._session: Session | None = None
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # A worker ends with the thread that started it, so that thread stays for as long as this process.
        threading.Thread(target=self._keep, name="station", daemon=True).start()

    def begin(self, session: str, environment: Mapping[str, str], nice: int) -> bytes:
        """Start a worker, when the last one at this place is dead; it renders nothing before the second turn."""
        self._take_lock()
        began: queue.SimpleQueue[Session | Exception] = queue.SimpleQueue()
        self._work.put(lambda: began.put(self._begin(session, environment, nice)))
        started = began.get()
        if isinstance(started, Exception):
            raise Failure(f"no worker can be started on {socket.gethostname()}: {started}")
        return msgspec.msgpack.encode(Begun(socket.gethostname(), started.process.pid, __version__))

    def orders(self, session: str, order: bytes, spool: str, models: list[str]) -> None:
        """Pass an order on; with `spool`, frames are published below that name on this machine, and travel, as do those
        of their dataset's meshes that are not among `models`."""
        mine = self._mine(session)
        if mine is not None:
            folder = self._spool.path / spool if spool else None
            mine.obey(msgspec.msgpack.decode(order, type=ToWorker.__value__), folder, models)

    def reports(self, session: str, turn: int) -> bytes:
        """The next turn of a worker's reports; an `Answer`."""
        mine = self._mine(session)
        answer = mine.turn(turn) if mine is not None else Answer((), self._unknown())
        return msgspec.msgpack.encode(answer)

    def end(self, session: str, ask_where: bool = False) -> bytes:
        """End a worker; an `Ended`. On return it is dead, even where an earlier station of this place had started it.

        Raises:
            Failure: it cannot be ended.
        """
        mine = self._mine(session)
        if mine is None:
            self._take_lock()
        ended = mine.end(ask_where=ask_where) if mine is not None else self._unknown()
        shutil.rmtree(self._spool.path / session, ignore_errors=True)
        return msgspec.msgpack.encode(ended)

    def sees(self, path: str, text: str) -> bool:
        """Whether a file that the engine has written is here too, so that the folder is shared."""
        for _ in range(3):
            with contextlib.suppress(OSError):
                return Path(path).read_text() == text
            time.sleep(0.3)
        return False

    def lacks(self, files: bytes) -> list[str]:
        """The digests of those assets that are to be sent."""
        return sorted({file.digest for file in self._assets.lacks(msgspec.msgpack.decode(files, type=list[AssetFile]))})

    def keep(self, digest: str, data: bytes) -> None:
        """Keep an asset's content on this machine."""
        self._assets.add(digest, data)

    def prefix(self, session: str, files: bytes) -> str:
        """What stands before the paths of these assets on this machine, for the worker's recipe."""
        found = self._assets.prefix(tuple(msgspec.msgpack.decode(files, type=list[AssetFile])))
        mine = self._mine(session)
        if mine is not None:
            mine.prefix = found
        return found

    def _mine(self, session: str) -> Session | None:
        return self._session if self._session is not None and self._session.name == session else None

    def _unknown(self) -> Ended:
        text = f"the process on {socket.gethostname()} that had started it has ended"
        return Ended(Fate.TAKEN, text, text)

    def _take_lock(self) -> None:
        """The lock that a place's station shares with its worker: to have it means that no earlier worker lives."""
        deadline = time.monotonic() + self._fence
        while True:
            try:
                return fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Failure("an earlier worker of this place is still alive") from None
                time.sleep(0.05)

    def _keep(self) -> None:
        """The thread that starts workers, and ends one that the engine has not asked about for too long."""
        while True:
            with contextlib.suppress(queue.Empty):
                self._work.get(timeout=_LOOK_SECONDS)()
            session = self._session
            if session is not None and session.ended is None and session.is_beyond_fence(time.monotonic()):
                session.end()

    def _begin(self, name: str, environment: Mapping[str, str], nice: int) -> Session | Exception:
        try:
            if self._session is not None:
                self._session.end()
            process = WorkerProcess(environment=environment, inherit=(self._lock, self._spool.fileno()), nice=nice)
            self._session = Session(name, process, self._fence)
        except OSError as error:
            return error
        return self._session


def _lock_file(place: str) -> int:
    folder = cache_dir() / "cluster-places"
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in place)
    return os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _at_home(report: FromWorker, prefix: str) -> FromWorker:
    """A report with the engine's own paths."""
    match report:
        case Importing(path=path):
            return Importing(path.removeprefix(prefix))
        case Ready(assets=assets, warnings=warnings):
            here = tuple(msgspec.structs.replace(asset, path=asset.path.removeprefix(prefix)) for asset in assets)
            return msgspec.structs.replace(report, assets=here, warnings=tuple(w.replace(prefix, "") for w in warnings))
        case Rejected(sentence=sentence):
            return msgspec.structs.replace(report, sentence=sentence.replace(prefix, ""))
        case FrameFailed(reason=text):
            return msgspec.structs.replace(report, reason=text.replace(prefix, ""))
    return report
