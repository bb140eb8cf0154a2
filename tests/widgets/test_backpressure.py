"""The private parts of Textual that tell of a slow terminal are still where they were."""

from __future__ import annotations

import inspect
import threading
from typing import Any, cast

from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from widgets.backpressure import terminal_is_behind, writer_queue


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
