"""What an app does for the pictures in it: it hears what the terminal has taken, and knows how stills are shown."""

from __future__ import annotations

import asyncio
import sys
import termios
from typing import Any

from textual import events
from textual.app import App

from widgets.backpressure import ask, line_of, writer_queue
from widgets.graphics import BLOCKS, Graphics

LAST_ANSWERS_SECONDS = 0.3
"""How long the end of the program waits for answers under way, which would stand in the shell otherwise."""


class PicturesApp:
    """Mixed into an App, before it in the order of bases."""

    graphics: Graphics = BLOCKS
    """How pictures are shown; set before the first of them."""

    def _on_mount(self: Any, _event: events.Mount) -> None:
        """Find out whether the terminal answers, before the first picture needs to know."""
        ask(self, 0)

    def _on_cursor_position(self: Any, event: events.CursorPosition) -> None:
        """The terminal has taken what was sent before a question, and said so when the event was made."""
        line_of(self).answered(event.time)

    async def _on_unmount(self: Any) -> None:
        """Swallow answers that still come."""
        app: App[Any] = self
        line = line_of(app)
        if line.answers and line.waiting and writer_queue(app) is not None:
            await asyncio.sleep(LAST_ANSWERS_SECONDS)
            if sys.__stdin__ is not None and sys.__stdin__.isatty():
                termios.tcflush(sys.__stdin__, termios.TCIFLUSH)
