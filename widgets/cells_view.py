"""Rows of cells in the middle of a widget, or a text in their place; a line is sent only where it has changed."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from widgets.graphics import BLOCKS, Graphics
from widgets.lean import LeanStrip
from widgets.row_sender import RowSender

if TYPE_CHECKING:
    from widgets.cells import CellRow


class CellsView(Widget):
    """Shows rows of cells, centred in its area. Whoever makes them says in `advance` what is to be done next."""

    characters: reactive[bool] = reactive(False, init=False)
    """Use characters instead of blocks."""

    colorless: reactive[bool] = reactive(False, init=False)
    """Give characters no colours."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._sender = RowSender(self, self.painted)
        self._lean: dict[int, tuple[Strip, LeanStrip]] = {}
        self._origin = (0, 0)
        self._columns = 0
        self._message: Text | None = None

    @abstractmethod
    def advance(self) -> None:
        """Do what is due: take the waiting picture, send rows, send the still, or wait for what is under way."""

    @abstractmethod
    def painted(self) -> None:
        """Lines of the view were written to the terminal."""

    @property
    def picture_region(self) -> Region:
        """The cells of the screen that the picture fills."""
        left, top = self.content_region.offset
        return Region(left + self._origin[0], top + self._origin[1], self._columns, len(self._sender.rows))

    @property
    def message(self) -> str:
        """The text shown instead of a picture, or an empty one."""
        return self._message.plain if self._message is not None else ""

    @property
    def graphics(self) -> Graphics:
        """How the app shows pictures."""
        found = getattr(self.app, "graphics", BLOCKS)
        return found if isinstance(found, Graphics) else BLOCKS

    def show_rows(self, rows: list[CellRow], *, everything: bool = False) -> None:
        """Show cells in place of those of the picture; rows that are on the screen are left, but for `everything`."""
        columns, height = self.content_size
        across = rows[0].columns if rows else 0
        origin = ((columns - across) // 2, (height - len(rows)) // 2)
        moved = origin != self._origin or across != self._columns or self._message is not None
        self._message = None
        if moved or len(self._sender.rows) != len(rows):
            self._origin, self._columns = origin, across
            self._sender.replace(rows, origin[1])
        else:
            self._sender.show(rows, origin[1], everything=everything)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the widget, which are sent short and tell when they are."""
        return [self._lean_strip(line, strip) for line, strip in enumerate(super().render_lines(crop), crop.y)]

    def _lean_strip(self, line: int, strip: Strip) -> Strip:
        """The same as before, with what Textual keeps in it, where the line is as before."""
        known = self._lean.get(line)
        if known is not None and known[0] is strip:
            return known[1]
        lean = LeanStrip(strip, partial(self._sender.written, line - self.gutter.top))
        self._lean[line] = strip, lean
        return lean

    def render_line(self, y: int) -> Strip:
        """The cells of one line of the widget."""
        width = self.content_size.width
        if self._message is not None:
            return self._message_line(self._message, y)
        row = y - self._origin[1]
        if not 0 <= row < len(self._sender.rows):
            return Strip.blank(width, self.rich_style)
        left = self._origin[0]
        right = width - left - self._columns
        margins = [Segment(" " * count, self.rich_style) for count in (left, right)]
        shown = self._sender.rows[row]
        body = shown.segments if shown is not None else [Segment(" " * self._columns, self.rich_style)]
        if self.characters:
            body = [Segment(text, self.rich_style + style if style else self.rich_style) for text, style, _ in body]
        return Strip([margins[0], *body, margins[1]], width)

    def _message_line(self, message: Text, y: int) -> Strip:
        width, height = self.content_size
        lines = message.wrap(self.app.console, max(width - 4, 1))
        number = y - (height - len(lines)) // 2
        if not 0 <= number < len(lines):
            return Strip.blank(width, self.rich_style)
        line = lines[number]
        line.rstrip()
        line.pad_left((width - line.cell_len) // 2)
        strip = Strip(
            [
                Segment(text, self.rich_style + (style or self.rich_style))
                for text, style, _ in line.render(self.app.console)
            ]
        )
        return strip.adjust_cell_length(width, self.rich_style)
