"""Brings the rows of a view's picture to the screen: those that differ, in slices of what the line has room for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.widget import Widget

from widgets.backpressure import ask, line_of

if TYPE_CHECKING:
    from widgets.cells import CellRow

PAINT_SECONDS = 0.5
"""list[CellRow] that were not painted by then will not be: they are hidden."""


class RowSender:
    """Keeps the rows that are on the screen, and those that are to be."""

    def __init__(self, view: Widget, painted: Callable[[], None]) -> None:
        """`painted` is called when lines of the view have been written, once for all that were written together."""
        self._view = view
        self._painted = painted
        self.rows: list[CellRow | None] = []
        """What is on the screen, or about to be painted; None for an empty row."""
        self._target: list[CellRow] = []
        self._left: deque[int] = deque()
        self._first_line = 0
        self._unpainted: set[int] = set()
        self._sent_at = 0.0
        self._written: list[int] = []
        self._written_at = 0.0

    @property
    def busy(self) -> bool:
        """Whether rows are left to be sent."""
        return bool(self._left)

    def cost(self, rows: list[CellRow]) -> int:
        """About how many bytes it takes to show these rows."""
        return sum(rows[y].cost for y in self._differing(rows))

    def _differing(self, rows: list[CellRow]) -> list[int]:
        if len(rows) != len(self.rows):
            return list(range(len(rows)))
        return [y for y, (row, shown) in enumerate(zip(rows, self.rows, strict=True)) if not _same(row, shown)]

    def replace(self, rows: list[CellRow], first_line: int = 0) -> None:
        """Show these in place of others of another size or place: the view is painted anew.

        Where that is too much for the line at once, empty rows come first.
        """
        line = line_of(self._view.app)
        self.rows, self._first_line = list(rows), first_line
        self._left.clear()
        self._unpainted.clear()
        if rows and line.answers and self.cost_of_all(rows) > line.room:
            self.rows = [None] * len(rows)
            self.show(rows, first_line)
        self._view.refresh()

    def cost_of_all(self, rows: list[CellRow]) -> int:
        """The same, whatever is on the screen."""
        return sum(row.cost for row in rows)

    def show(self, rows: list[CellRow], first_line: int, *, everything: bool = False) -> None:
        """Begin to show as many rows as there are, from that line of the view's content on.

        Those that are on the screen are left, but for `everything`.
        """
        self._target, self._first_line = rows, first_line
        self._left = deque(range(len(rows)) if everything else self._differing(rows))
        self.send()

    def send(self) -> None:
        """Repaint as many of the rows that are left as the line has room for."""
        view = self._view
        line = line_of(view.app)
        metered = line.answers and view.app.screen is view.screen
        if metered and self._unpainted and time.monotonic() - self._sent_at < PAINT_SECONDS:
            return
        # Two slices fill the window, so that the line does not fall idle between an answer and what follows it.
        room = min(line.room, line.window // 2) if metered else None
        slice_: list[int] = []
        while self._left and (room is None or room > 0):
            y = self._left.popleft()
            self.rows[y] = self._target[y]
            slice_.append(y)
            if room is not None:
                room -= self._target[y].cost
        if slice_:
            self._unpainted = {self._first_line + y for y in slice_} if metered else set()
            self._sent_at = time.monotonic()
            # With the borders beside them: Textual cuts what is less than a line out of it, and sends it the long way.
            left, width = -view.gutter.left, view.outer_size.width
            view.refresh(*(Region(left, self._first_line + y, width, 1) for y in slice_))

    def written(self, line: int, size: int) -> None:
        """A line of the view's content is being written, as so many bytes."""
        if not self._written:
            self._written_at = time.monotonic()
            # Once Textual has written them all.
            asyncio.get_running_loop().call_soon(self._all_written)
        self._written.append(size)
        self._unpainted.discard(line)

    def _all_written(self) -> None:
        size = sum(self._written)
        self._written.clear()
        if self._view.is_attached:
            if line_of(self._view.app).answers:
                ask(self._view.app, size, self._written_at)
            self._painted()


def _same(row: CellRow, shown: CellRow | None) -> bool:
    return shown is not None and row.shows_same(shown)
