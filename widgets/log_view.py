"""Lines of a log: the visible ones are drawn, long ones wrapped, new ones followed, those that do not match hidden."""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

MOST_LINES = 1000
"""Older lines are dropped."""


class LogView(ScrollView, can_focus=True):
    """A growing text. It stays at the end until it is scrolled up; `follow` goes there again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-view--match", "log-view--more"}
    DEFAULT_CSS = """
    LogView { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    LogView > .log-view--match { text-style: bold underline; }
    LogView > .log-view--more { color: $foreground-muted; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._rows: list[str] = []
        self._needle = ""
        self._empty = ""
        self.following = True
        """Whether it stays at the end."""

    @property
    def needle(self) -> str:
        """Only lines that contain this, in any case, are shown; empty shows all."""
        return self._needle

    @needle.setter
    def needle(self, text: str) -> None:
        self._needle = text.strip().lower()
        self._wrap_all()

    @property
    def shown(self) -> list[str]:
        """The lines that match, as they were handed in."""
        return [line for line in self._lines if self._needle in line.lower()]

    def clear(self, empty: str = "") -> None:
        """Forget all lines; `empty` is said while there are none."""
        self._lines.clear()
        self._empty, self.following = empty, True
        self._wrap_all()

    def add(self, lines: Sequence[str]) -> None:
        """Add lines at the end."""
        full = len(self._lines) + len(lines) > MOST_LINES
        self._lines.extend(lines)
        if full:
            self._wrap_all()
            return
        for line in lines:
            self._rows += self._wrapped(line)
        self._measure()

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self.following = True
        self._measure()

    def _wrapped(self, line: str) -> list[str]:
        if self._needle not in line.lower():
            return []
        width = max(self.scrollable_content_region.width, 10)
        if len(line) <= width:
            return [line]
        return textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False) or [""]

    def _wrap_all(self) -> None:
        self._rows = [row for line in self._lines for row in self._wrapped(line)]
        self._measure()

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))
        if self.following:
            self.scroll_end(animate=False, force=True, immediate=True, x_axis=False)
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        self._wrap_all()

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        # By its place, not by its direction: fewer lines, of another job or by a filter, pull the view up too.
        self.following = new >= self.max_scroll_y

    def render_line(self, y: int) -> Strip:
        """The cells of one line of the view."""
        width = self.scrollable_content_region.width
        style = self.rich_style
        if not self._rows:
            text = ("Nothing matches." if self._lines else self._empty) if y == 0 else ""
            muted = style + self.get_component_rich_style("log-view--more", partial=True)
            return Strip([Segment(text, muted)]).adjust_cell_length(width, style)
        at = y + round(self.scroll_y)
        if at >= len(self._rows):
            return Strip.blank(width, style)
        return Strip(self._marked(self._rows[at])).adjust_cell_length(width, style)

    def _marked(self, row: str) -> list[Segment]:
        """The line with what was looked for marked."""
        style = self.rich_style
        at = row.lower().find(self._needle) if self._needle else -1
        if at < 0:
            return [Segment(row, style)]
        end = at + len(self._needle)
        match = style + self.get_component_rich_style("log-view--match", partial=True)
        return [Segment(row[:at], style), Segment(row[at:end], match), Segment(row[end:], style)]
