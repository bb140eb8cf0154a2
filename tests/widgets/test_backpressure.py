"""What tells of a slow terminal: Textual's private parts, still where they were, and the terminal's own answers."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import Any, cast

import pytest
from textual import events
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from widgets.backpressure import (
    FIRST_WINDOW,
    LOST_SECONDS,
    QUEUE_SECONDS,
    Line,
    ask,
    line_of,
    send,
    terminal_is_behind,
    writer_queue,
)
from widgets.pictures_app import PicturesApp


class SlowTerminal:
    """A file whose writes last until they are let through."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.writing = threading.Event()

    def write(self, _text: str) -> None:
        self.writing.set()
        self.open.wait(10)

    def flush(self) -> None:
        pass


def app_with_writer(thread: WriterThread) -> App[Any]:
    app = App[None]()
    driver = type("Driver", (), {"_writer_thread": thread})()
    app._driver = cast(Any, driver)
    return app


def test_a_slow_terminal_is_noticed() -> None:
    terminal = SlowTerminal()
    thread = WriterThread(cast(Any, terminal))
    app = app_with_writer(thread)
    thread.start()
    assert not terminal_is_behind(app)
    thread.write("one")
    assert terminal.writing.wait(10)
    thread.write("two")
    assert terminal_is_behind(app)
    terminal.open.set()
    thread.stop()
    assert not terminal_is_behind(app)


def test_the_driver_keeps_its_writer_under_that_name() -> None:
    assert "self._writer_thread = WriterThread(" in inspect.getsource(LinuxDriver)
    assert "_driver" in vars(App[None]())


def test_no_terminal_is_never_behind() -> None:
    app = App[None]()
    assert writer_queue(app) is None
    assert not terminal_is_behind(app)


class SimulatedLine:
    """A line of so many bytes a second, and so many seconds there and back, that is sent as much as it has room for."""

    def __init__(self, rate: float, way: float) -> None:
        self.now = 100.0
        self.rate, self.way = rate, way
        self.line = Line(lambda: self.now)
        self.free_at = self.now
        self.due: list[float] = []
        self.longest_queue = 0.0

    def send(self, size: int) -> None:
        self.free_at = max(self.free_at, self.now) + size / self.rate
        self.longest_queue = max(self.longest_queue, self.free_at - self.now)
        self.line.asked(size)
        self.due.append(self.free_at + self.way)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self.due and self.due[0] <= end:
            self.now = self.due.pop(0)
            self.line.answered()
        self.now = end

    def send_picture(self, size: int, slice_: int = 700) -> None:
        """Ask how long the way is, then send slices as there is room."""
        self.send(0)
        while size > 0:
            if self.line.room > 0:
                part = min(size, max(min(self.line.window // 2, size), slice_))
                self.send(part)
                size -= part
            self.pass_time(0.004)


@pytest.mark.parametrize(("rate", "way"), [(50e3, 0.001), (50e3, 0.15), (200e3, 0.03), (1e6, 0.002), (2e7, 0.0005)])
def test_the_rate_of_a_line_is_found_out(rate: float, way: float) -> None:
    simulated = SimulatedLine(rate, way)
    for _ in range(20):
        simulated.send_picture(min(int(rate * 0.12), 60_000))
        simulated.pass_time(0.25)
    assert simulated.line.rate is not None
    # Slices are sent every 4 ms, so a fast line is not measured to its end.
    assert 0.6 * min(rate, 5e6) < simulated.line.rate < 1.6 * rate
    simulated.longest_queue = 0
    simulated.send_picture(min(int(rate * 0.12), 60_000))
    assert simulated.longest_queue < 2.2 * QUEUE_SECONDS + way + 700 / rate


def test_a_line_that_gets_slower_is_noticed() -> None:
    simulated = SimulatedLine(500e3, 0.01)
    for rate in (500e3, 60e3):
        simulated.rate = rate
        for _ in range(20):
            simulated.send_picture(int(rate * 0.12))
            simulated.pass_time(0.2)
    assert simulated.line.rate is not None
    assert simulated.line.rate < 110e3


def test_before_anything_is_known_little_is_sent() -> None:
    now = 0.0
    line = Line(lambda: now)
    assert (line.rate, line.answers, line.room) == (None, False, FIRST_WINDOW)
    line.asked(5000)
    line.asked(4000)
    assert line.room < 0
    assert line.waiting
    now = LOST_SECONDS + 1
    assert line.room == FIRST_WINDOW
    line.answered()
    assert line.answers


def test_who_waits_is_told_of_an_answer_once() -> None:
    class Waiting:
        told = 0

        def tell(self) -> None:
            self.told += 1

    waiting, gone = Waiting(), Waiting()
    line = Line(lambda: 0.0)
    line.wait(waiting.tell)
    line.wait(waiting.tell)
    line.wait(gone.tell)
    del gone
    line.asked(10)
    line.answered()
    line.answered()
    assert waiting.told == 1


def test_the_answer_of_a_terminal_reaches_the_line() -> None:
    class Answering(PicturesApp, App[None]):
        pass

    async def run() -> None:
        app = Answering()
        async with app.run_test() as pilot:
            assert not line_of(app).answers
            app.post_message(events.CursorPosition(0, 0))
            await pilot.pause()
            assert line_of(app).answers

    asyncio.run(run())


def test_questions_are_written_in_turn() -> None:
    terminal = SlowTerminal()
    thread = WriterThread(cast(Any, terminal))
    app = app_with_writer(thread)
    cast(Any, app._driver).write = thread.write
    assert send(app, "picture")
    ask(app, 7)
    queue = writer_queue(app)
    assert queue is not None
    assert [queue.get_nowait(), queue.get_nowait()] == ["picture", "\x1b[6n"]
    assert line_of(app).under_way == 7
    assert not send(App[None](), "nobody hears")


def test_textual_knows_the_answer_from_a_key() -> None:
    from textual._xterm_parser import XTermParser

    parser = XTermParser()
    found = [type(event) for event in parser.feed("a\x1b[12;40Rb\x1b[1;1R")]
    assert found == [events.Key, events.CursorPosition, events.Key, events.CursorPosition]
