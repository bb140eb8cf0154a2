"""The preview worker as a screen sees it: ask for pictures of a recipe's frames, get them as they become finer.

    session = PreviewSession(on_picture, on_state)
    session.ask(PreviewRequest(recipe, "mug.toml", seed=0, indices=(0, 1, 2, 3), width=320, height=240))

The newest request wins. A process that holds Blender starts with the first request and lives until `close`, or until
this program ends, however that happens; one that crashed or that holds too much memory is replaced with the next
request. Both callbacks come from the session's own thread, never from two at once, and must return soon.
"""

from __future__ import annotations

import os
import selectors
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from studio.deadly_files import DeadlyFiles
from studio.preview_types import Engine, PreviewPicture, PreviewRequest, PreviewState, StateKind

if TYPE_CHECKING:
    from engine.queue.protocol import FromWorker
    from engine.queue.worker_process import WorkerProcess

MEMORY_GROWTH_BYTES = 2 * 1024**3
"""By how much a worker's memory may grow after its first pictures before it is replaced."""

SETTLED_PICTURES = 5
"""Pictures after which a worker's memory is taken for what it needs."""


@dataclass(slots=True)
class _Life:
    """What is known of one worker process."""

    process: WorkerProcess
    reading: str = ""
    """The file that it reads just now; to blame if it dies."""
    pictures: int = 0
    resident: int = 0
    resident_settled: int = 0
    engine: Literal["", "eevee", "cycles"] = ""
    device: str = ""
    reason: str = ""

    @property
    def is_worn(self) -> bool:
        return self.resident_settled > 0 and self.resident - self.resident_settled > MEMORY_GROWTH_BYTES


@dataclass(slots=True)
class _Shared:
    """What both `ask` and the thread touch, under one lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    newest: tuple[int, PreviewRequest] | None = None
    asked: int = 0
    forced: Engine = "auto"
    closed: bool = False


class PreviewSession:
    """Pictures from a preview worker. Costs nothing until the first `ask`."""

    def __init__(
        self,
        on_picture: Callable[[PreviewPicture], None],
        on_state: Callable[[PreviewState], None],
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`environment` is added to the worker's."""
        self._on_picture, self._on_state = on_picture, on_state
        self._environment = dict(environment or {})
        self._shared = _Shared()
        self._thread: threading.Thread | None = None
        self._waker = -1
        self._life: _Life | None = None
        self._under_way = 0
        """The request that the worker has not answered to its end; 0 for none."""
        self._said: PreviewState | None = None
        self._deadly = DeadlyFiles()

    def ask(self, request: PreviewRequest) -> int:
        """Have `request` shown instead of what was asked for before; returns its id, larger than all before.

        Never waits. Pictures of an older request may still come when they were nearly done, so that something moves
        while a slider is held; they come before any of a newer one.
        """
        with self._shared.lock:
            if self._shared.closed:
                raise RuntimeError("the preview session is closed")
            self._shared.asked += 1
            self._shared.newest = (self._shared.asked, request)
            if self._thread is None:
                self._waker = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
                # The worker dies with the thread that started it, so this one lives as long as the session.
                self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
                self._thread.start()
            os.eventfd_write(self._waker, 1)
            return self._shared.asked

    def force(self, engine: Engine) -> None:
        """Use `engine` from the next request on wherever it says `auto`."""
        with self._shared.lock:
            self._shared.forced = engine

    @property
    def pid(self) -> int | None:
        """The worker's process id, or None while there is none."""
        life = self._life
        return life.process.process.pid if life else None

    def close(self, timeout: float = 3.0) -> None:
        """End the worker, whatever it does; no callback comes after this. May be called twice, from any thread."""
        with self._shared.lock:
            self._shared.closed = True
            thread = self._thread
            if thread is not None and self._waker >= 0:
                os.eventfd_write(self._waker, 1)
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._waker, selectors.EVENT_READ)
            try:
                while not self._shared.closed:
                    self._listen(selector)
            finally:
                self._end_worker(selector)
        with self._shared.lock:
            os.close(self._waker)
            self._waker = -1

    def _listen(self, selector: selectors.BaseSelector) -> None:
        """Wait for a request or a report, and deal with both."""
        for key, _ in selector.select():
            if key.fileobj == self._waker:
                os.eventfd_read(self._waker)
        with self._shared.lock:
            newest, self._shared.newest = self._shared.newest, None
            forced = self._shared.forced
        if self._shared.closed:
            return
        if newest is not None:
            self._order(selector, *newest, forced)
        self._hear(selector)

    def _order(self, selector: selectors.BaseSelector, number: int, request: PreviewRequest, forced: Engine) -> None:
        from engine.queue.preview_messages import PreviewOrder
        from engine.queue.worker_process import WorkerProcess

        if self._life is not None and self._life.is_worn:
            self._end_worker(selector)
        self._under_way = number
        if deadly := self._deadly.sentence(item.get("model", "") for item in request.recipe.get("objects", ())):
            self._say("failed", deadly)
            return
        if self._life is None:
            self._say("starting", "starting Blender")
            try:
                self._life = _Life(WorkerProcess(environment=self._environment))
            except OSError as error:
                self._say("failed", f"The preview's process cannot be started: {error.strerror or error}.")
                self._under_way = 0
                return
            selector.register(self._life.process, selectors.EVENT_READ)
        self._life.process.send(
            PreviewOrder(
                token=number,
                recipe=dict(request.recipe),
                where=request.recipe_name,
                seed=request.seed,
                indices=request.indices,
                width=request.width,
                height=request.height,
                samples=request.samples,
                engine=forced if request.engine == "auto" else request.engine,
                full=request.full,
            )
        )
        if self._life.engine:
            self._say_at_work(self._life)

    def _hear(self, selector: selectors.BaseSelector) -> None:
        """Take all reports that are there."""
        from engine.queue.protocol import ChannelClosed

        try:
            while self._life is not None and not self._shared.closed:
                report = self._life.process.receive(timeout=0.001)
                if report is None:
                    return
                self._take(self._life, report)
        except ChannelClosed:
            self._mourn(selector)

    def _take(self, life: _Life, report: FromWorker) -> None:
        from engine.queue import preview_messages, protocol

        match report:
            case protocol.Heartbeat(resident_bytes):
                life.process.bound_log()
                life.resident = resident_bytes
                if not life.resident_settled and life.pictures >= SETTLED_PICTURES:
                    life.resident_settled = resident_bytes
            case protocol.Importing(path):
                life.reading = path
                if path:
                    self._say("starting", f"reading {os.path.basename(path)}")
            case preview_messages.PreviewChosen(engine, device, reason):
                life.engine, life.device, life.reason = engine, device, reason
                self._say_at_work(life)
            case preview_messages.PreviewProgress(token, _, done, samples) if token == self._under_way:
                text = f"rendering with Cycles, {done} of {samples} samples"
                self._say("rendering", text, samples_done=done, samples=samples)
            case preview_messages.PreviewImage():
                life.reading = ""
                life.pictures += 1
                self._on_picture(PreviewPicture.of(report))
            case preview_messages.PreviewDone(token) if token == self._under_way:
                self._under_way = 0
                self._say("ready", "ready", request_id=token)
            case preview_messages.PreviewFailed(token, sentence) if token == self._under_way:
                self._under_way = 0
                self._say("failed", sentence, request_id=token)

    def _say_at_work(self, life: _Life) -> None:
        if not self._under_way:
            self._say("ready", "ready")
        elif life.engine == "eevee" and life.pictures < SETTLED_PICTURES:
            self._say("rendering", "rendering; EEVEE prepares its shaders at first")
        else:
            self._say("rendering", "rendering")

    def _mourn(self, selector: selectors.BaseSelector) -> None:
        """The worker ended by itself: say why, and let the next request start another."""
        life = self._life
        assert life is not None
        selector.unregister(life.process)
        self._life = None
        cause = life.process.obituary()
        life.process.forget()
        number, self._under_way = self._under_way, 0
        if number and life.reading:
            sentence = f"{life.reading}: reading this file ended the preview ({cause}); check it or use another one."
            self._deadly.note(life.reading, sentence)
            self._say("failed", sentence, request_id=number)
        elif number:
            self._say("failed", f"The preview failed: {cause}; the next change starts it anew.", request_id=number)
        else:
            self._say("gone", f"The preview stopped: {cause}; the next change starts it anew.")

    def _end_worker(self, selector: selectors.BaseSelector) -> None:
        if self._life is not None:
            selector.unregister(self._life.process)
            self._life.process.forget()
            self._life = None

    def _say(
        self, kind: StateKind, text: str, *, request_id: int | None = None, samples_done: int = 0, samples: int = 0
    ) -> None:
        life = self._life
        state = PreviewState(
            kind,
            text,
            self._under_way if request_id is None else request_id,
            life.engine if life else "",
            life.device if life else "",
            life.reason if life else "",
            samples_done,
            samples,
        )
        if state != self._said and not self._shared.closed:
            self._said = state
            self._on_state(state)
