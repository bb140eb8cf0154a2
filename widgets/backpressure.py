"""Whether the terminal has taken what was last sent to it.

Textual writes through a thread with a queue of 30 writes that blocks the event loop when it is full: over a slow line
pictures pile up there, the screen lags by seconds and then freezes. Whoever sends large pictures asks here first.

The queue is private to Textual. If a version names it otherwise, this says that the terminal is ready, and
tests/widgets/test_backpressure.py fails.
"""

from __future__ import annotations

from queue import Queue
from typing import Any

from textual.app import App


def writer_queue(app: App[Any]) -> Queue[Any] | None:
    """The queue of writes to the terminal; None where the driver has none (in tests and web browsers)."""
    driver = getattr(app, "_driver", None)
    thread = getattr(driver, "_writer_thread", None)
    queue = getattr(thread, "_queue", None)
    return queue if isinstance(queue, Queue) else None


def terminal_is_behind(app: App[Any]) -> bool:
    """True while earlier output still waits to be written."""
    queue = writer_queue(app)
    return queue is not None and not queue.empty()
