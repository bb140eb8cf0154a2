"""Ends the app when it is told to, and when its terminal is gone: a lost connection leaves nothing behind.

Textual writes to the terminal through a queue whose end it waits for: while the terminal takes nothing, and for ever
once it is gone, the app's loop stands still, and nothing that needs the loop can end it. So a thread of its own waits
for the terminal's end and for signals, and throws away what can no longer be written.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from queue import Empty
from typing import Any

from textual.app import App

from widgets.backpressure import writer_queue

PATIENCE_SECONDS = 3.0
"""How long a terminal that is still there may take for what is on its way to it."""

LAST_SECONDS = 8.0
"""After that the process ends, whatever it does."""


class Departure:
    """The thread that waits for the end. In the main thread, with a terminal; the app's loop runs."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._terminal = sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
        self._told, self._tell = os.pipe()
        os.set_blocking(self._tell, False)
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Python runs this even while the loop waits for the terminal.
            signal.signal(number, self._on_signal)
        threading.Thread(target=self._wait, name="departure", daemon=True).start()

    def _on_signal(self, _number: int, _frame: object) -> None:
        with suppress(OSError):
            os.write(self._tell, b"!")

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._told, select.POLLIN)
        poll.register(self._terminal, 0)  # its end is always reported
        ready = dict(poll.poll())
        gone = self._terminal in ready
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._app.exit)
        last = time.monotonic() + LAST_SECONDS
        if not gone:
            poll.unregister(self._told)
            poll.poll(PATIENCE_SECONDS * 1000)
        while time.monotonic() < last:
            self._discard()
        os._exit(1)

    def _discard(self) -> None:
        """Make room for what the app wants to write, so that it goes on."""
        queue = writer_queue(self._app)
        if queue is None:
            time.sleep(0.05)
            return
        with suppress(Empty):
            if queue.get(timeout=0.05) is None:  # the word that ends the writer: it is for the writer
                queue.put(None)
                time.sleep(0.05)
