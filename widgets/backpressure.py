"""How far the terminal is behind, and how much may be sent to it now.

Textual writes through a thread with a queue of 30 writes that blocks the event loop when it is full. What the thread
has written still lies in the buffers of the kernel, of sshd and of the network: seconds of it, over a slow line, and
the answer to a key comes behind it. So after each piece of a picture the terminal is asked where its cursor is
(`CSI 6 n`, which every terminal since the VT100 answers), and the reply tells that it has taken all before the
question. From the replies comes the rate of the line, and from that how much may be under way: as much as fills the
way and QUEUE_SECONDS more, so that a key never waits longer behind pictures. An app that takes part is a `PicturesApp`
(widgets/pictures_app.py); in any other, and where the terminal never answers, only Textual's queue tells.

The queue and the driver are private to Textual, and are touched here alone. If a version names them otherwise, this
says that the terminal is ready, and tests/widgets/test_backpressure.py fails.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from queue import Queue
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakMethod

from textual.app import App

QUEUE_SECONDS = 0.03
"""How long what is under way may take beyond the time that the way itself takes."""

FIRST_WINDOW = 8192
"""Bytes under way before the rate is known."""

LEAST_WINDOW = 512

LEAST_MEASURED = 2048
"""Fewer bytes tell nothing of a rate."""

WAYS = 16
"""So many times of the way are remembered; the least of them is nearest."""

RATE_SECONDS = 3.0
"""How long a measured rate counts."""

BUSY_SECONDS = 0.5
"""The rate is that of so long a time, or of as long as something was under way without a pause."""

LOST_SECONDS = 10.0
"""A question that is not answered for so long never will be."""

_ASK = "\x1b[6n"


class _Asked(NamedTuple):
    """A question on its way."""

    at: float
    size: int
    """Bytes sent since the question before."""
    alone: bool
    """Whether nothing was under way with it."""


class Line:
    """The way to the terminal: what is under way on it, and its rate. Times are `clock`'s seconds, sizes bytes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: deque[_Asked] = deque()
        self._ways: deque[float] = deque(maxlen=WAYS)
        self._busy_since = 0.0
        self._busy_bytes = 0
        self._rates: deque[tuple[float, float]] = deque()
        self._rate: float | None = None
        self._waiting: set[WeakMethod[Callable[[], None]]] = set()
        self.answers = False
        """Whether the terminal has ever answered."""
        self.last_words: dict[int, str] = {}
        """What is written when the app ends: ways to make the terminal forget what it was given, by a number."""

    @property
    def rate(self) -> float | None:
        """Bytes per second that the terminal takes; None where that is not known."""
        return self._rate

    @property
    def way(self) -> float:
        """Seconds from a question to its answer where nothing is under way."""
        return min(self._ways, default=0.0)

    @property
    def under_way(self) -> int:
        """Bytes of pictures that the terminal has not yet said to have taken."""
        while self._asked and self._clock() - self._asked[0].at > LOST_SECONDS:
            self._asked.popleft()
        return sum(asked.size for asked in self._asked)

    @property
    def waiting(self) -> bool:
        """Whether a question is unanswered."""
        return bool(self._asked)

    @property
    def window(self) -> int:
        """Bytes that may be under way."""
        if self._rate is None:
            return FIRST_WINDOW
        return max(int(self._rate * (self.way + QUEUE_SECONDS)), LEAST_WINDOW)

    @property
    def room(self) -> int:
        """Bytes that may be sent now; 0 or less where it is time to wait."""
        return self.window - self.under_way

    def asked(self, size: int, since: float | None = None) -> None:
        """A question was sent after this many bytes, the first of them at a time that is now where left out."""
        now = self._clock()
        if not self._asked or now - self._busy_since > BUSY_SECONDS:
            # What was sent before and is still under way would be counted, but not its time: it is left out.
            self._busy_since, self._busy_bytes = now if since is None else since, -self.under_way
        self._asked.append(_Asked(now, size, alone=not size and not self._asked))

    def wait(self, callback: Callable[[], None]) -> None:
        """Call a method of a widget after the next answer."""
        self._waiting.add(WeakMethod(callback))

    def answered(self, at: float | None = None) -> None:
        """The answer to the oldest question came, now or at some time since."""
        self._measure(self._clock() if at is None else at)
        waiting, self._waiting = self._waiting, set()
        for reference in waiting:
            if (callback := reference()) is not None:
                callback()

    def _measure(self, now: float) -> None:
        self.answers = True
        if not self._asked:
            return
        asked = self._asked.popleft()
        if asked.alone:
            self._ways.append(now - asked.at)
        self._busy_bytes += asked.size
        if self._busy_bytes < LEAST_MEASURED:
            return
        took = now - self._busy_since
        self._rates.append((now, self._busy_bytes / max(took - self.way, took / 2, 0.001)))
        while now - self._rates[0][0] > RATE_SECONDS:
            self._rates.popleft()
        # A busy program makes answers late, a line that came in bursts makes them early: more often the former.
        self._rate = sorted(rate for _, rate in self._rates)[len(self._rates) * 3 // 4]


_lines: WeakKeyDictionary[App[Any], Line] = WeakKeyDictionary()


def line_of(app: App[Any]) -> Line:
    """The line to an app's terminal."""
    line = _lines.get(app)
    if line is None:
        line = _lines[app] = Line()
    return line


def send(app: App[Any], data: str) -> bool:
    """Write to the terminal, in turn with what Textual writes; False where there is none."""
    if writer_queue(app) is None:
        return False
    driver: Any = getattr(app, "_driver", None)
    driver.write(data)
    return True


def ask_before(app: App[Any]) -> None:
    """Before a picture is sent on an idle line: find out how long the way itself takes."""
    line = line_of(app)
    if line.answers and not line.waiting:
        ask(app, 0)


def ask(app: App[Any], size: int, since: float | None = None) -> None:
    """Ask the terminal to tell when it has taken what was sent so far.

    It is `size` bytes more than at the last question, the first of them sent at the time `since` or now.
    """
    if send(app, _ASK):
        line_of(app).asked(size, since)


def writer_queue(app: App[Any]) -> Queue[Any] | None:
    """The queue of writes to the terminal; None where the driver has none (in tests and web browsers)."""
    driver = getattr(app, "_driver", None)
    thread = getattr(driver, "_writer_thread", None)
    queue = getattr(thread, "_queue", None)
    return queue if isinstance(queue, Queue) else None


def terminal_is_behind(app: App[Any]) -> bool:
    """True while earlier output still waits to be written, or more is under way than may be."""
    queue = writer_queue(app)
    if queue is not None and not queue.empty():
        return True
    line = line_of(app)
    return line.answers and line.room <= 0
