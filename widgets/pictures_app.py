"""What an app does for the pictures in it: it hears what the terminal has taken, and knows how stills are shown."""

from __future__ import annotations

import asyncio
from typing import Any

from textual import events

from widgets.backpressure import ask, line_of, send
from widgets.graphics import BLOCKS, Graphics

LAST_ANSWERS_SECONDS = 0.3
"""How long, at most, the end of the program waits for answers under way, which would stand in the shell otherwise."""


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

    async def _on_exit_app(self: Any) -> None:
        """Before the terminal is given back: let it forget stills, and give answers the time to come."""
        line = line_of(self)
        for words in line.last_words.values():
            send(self, words)
        if line.answers and line.waiting:
            await asyncio.sleep(min(2 * line.way + 0.05, LAST_ANSWERS_SECONDS))
