"""Talking to the background engine from ordinary code: the command line, or a thread of the app.

    with EngineClient.connect(path) as client:
        jobs = client.request(ListJobs())
        with client.subscribe() as changes:
            for change in changes:  # a Snapshot first
                ...

Nothing here starts the engine or connects again by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from engine.errors import BadInput, EngineDown, Failure
from engine.queue.client_line import Line, foreign, no_answer, went_away
from engine.queue.door_messages import (
    ENCODE_ERRORS,
    MAX_REQUEST_BYTES,
    AnyChange,
    Ask,
    Change,
    Done,
    Failed,
    Message,
    Refused,
    Request,
    Subscribe,
    encode,
)
from engine.queue.framing import LENGTH_BYTES, frame

CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 30.0


class EngineClient:
    """A connection to the engine. Requests may come from several threads at once, each waiting for its own answer."""

    def __init__(self, line: Line, path: Path) -> None:
        """Use `connect`."""
        self.welcome = line.welcome
        """Who answers: version, process id, when it began."""
        self._line = line
        self._path = path
        self._lock = threading.Lock()
        self._waiting: dict[int, _Answer] = {}
        self._number = 0
        self._end: str | None = None
        self._reader = threading.Thread(target=self._read, name="engine-client", daemon=True)
        self._reader.start()

    @classmethod
    def connect(cls, path: Path, timeout: float = CONNECT_SECONDS) -> Self:
        """Connect to the engine that listens at this socket file, trying for at most `timeout` seconds.

        Raises:
            EngineDown: nobody listens there, or nobody answers.
            EngineRefused: the engine's version and ours do not fit, or it is crowded.
        """
        return cls(Line.dial(path, timeout), path)

    def request(self, request: Request, timeout: float | None = REQUEST_SECONDS) -> Any:
        """Ask, and wait for the answer.

        Args:
            request: any but `Subscribe`.
            timeout: how long to wait, in seconds; None waits for as long as it takes.

        Returns:
            What the request's class says.

        Raises:
            BadInput: what was asked for cannot be done as asked.
            Failure: the engine could not do it.
            EngineDown: the engine went away or did not answer in time; it may or may not have done it.
        """
        answer = _Answer()
        with self._lock:
            if self._end is not None:
                raise EngineDown(self._end)
            self._number += 1
            number = self._number
            self._waiting[number] = answer
        try:
            self._line.send(_framed(number, request))
            if not answer.ready.wait(timeout):
                raise EngineDown(no_answer(self._path, timeout))
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        return _result(answer.message, self._end)

    def subscribe(self, timeout: float = CONNECT_SECONDS) -> ChangeStream:
        """Hear of all changes, over a connection of its own, so that slow reading delays no request.

        Raises:
            EngineDown, EngineRefused: as `connect`.
        """
        line = Line.dial(self._path, timeout)
        try:
            line.send(_framed(0, Subscribe()))
            _result(line.receive(timeout), None)
        except TimeoutError:
            line.close()
            raise EngineDown(no_answer(self._path, timeout)) from None
        except BaseException:
            line.close()
            raise
        return ChangeStream(line)

    def close(self) -> None:
        """End the connection; requests that wait in other threads raise EngineDown. Subscriptions live on."""
        self._finish("The connection to the engine was closed.")
        self._line.shut()
        if threading.current_thread() is not self._reader:
            self._reader.join()
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        """Hand each answer to whom it belongs, until the connection ends."""
        try:
            while True:
                message = self._line.receive(None)
                if isinstance(message, Done | Failed):
                    with self._lock:
                        answer = self._waiting.get(message.id)
                    if answer is not None:
                        answer.give(message)
                elif isinstance(message, Refused):
                    raise EngineDown(message.sentence)
        except EngineDown as error:
            self._finish(str(error))

    def _finish(self, sentence: str) -> None:
        with self._lock:
            self._end = self._end or sentence
            waiting = list(self._waiting.values())
        for answer in waiting:
            answer.give(None)


class ChangeStream:
    """The engine's changes as they come, a `Snapshot` first and whenever some were skipped. One thread iterates.

    Not reading is allowed: changes then collapse on the engine's side. After a minute of it the engine hangs up.
    """

    def __init__(self, line: Line) -> None:
        """Use `EngineClient.subscribe`."""
        self._line = line
        self._closed = threading.Event()
        self._reading = threading.Lock()

    def wait(self, timeout: float | None = None) -> AnyChange | None:
        """The next change; None when none came in `timeout` seconds, or after `close`.

        Raises:
            EngineDown: the engine went away.
        """
        with self._reading:
            if self._closed.is_set():
                return None
            try:
                message = self._line.receive(timeout)
            except TimeoutError:
                return None
            except EngineDown:
                if self._closed.is_set():
                    return None
                raise
        if isinstance(message, Refused):
            raise EngineDown(message.sentence)
        if not isinstance(message, Change):
            raise EngineDown(foreign(self._line.path))
        return message

    def __iter__(self) -> Iterator[AnyChange]:
        """Changes until `close` is called. Raises EngineDown when the engine goes away."""
        while (change := self.wait()) is not None:
            yield change

    def close(self) -> None:
        """End it, from any thread: whoever waits for a change stops waiting."""
        self._closed.set()
        self._line.shut()
        with self._reading:
            self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Answer:
    """The place where a thread waits for its answer; None means that there will be none."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.message: Message | None = None

    def give(self, message: Message | None) -> None:
        if not self.ready.is_set():
            self.message = message
            self.ready.set()


def _framed(number: int, request: Request) -> bytes:
    name = type(request).__name__
    try:
        data = frame(encode(Ask(number, msgspec.Raw(encode(request)))))
    except UnicodeEncodeError as error:
        text = error.object.encode("utf-8", "backslashreplace").decode()
        raise BadInput(f"{text}: this is not valid UTF-8, so it cannot be given to the engine; rename it.") from None
    except ENCODE_ERRORS as error:
        raise BadInput(f"{name} cannot be given to the engine ({error}); use plain values.") from None
    if len(data) - LENGTH_BYTES > MAX_REQUEST_BYTES:
        raise BadInput(
            f"{name} has {len(data):,} bytes, and the engine takes {MAX_REQUEST_BYTES:,} at most; make the recipe "
            "shorter, or name fewer jobs at once."
        )
    return data


def _result(message: Message | None, end: str | None) -> Any:
    match message:
        case Done():
            return message.result
        case Failed():
            raise (BadInput if message.bad_input else Failure)(message.sentence)
        case Refused():
            raise EngineDown(message.sentence)
        case _:
            raise EngineDown(end or went_away())
