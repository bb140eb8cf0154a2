"""A table that draws its visible rows only, drops columns that find no room, and keeps its cursor on the same row.

Values in, messages out: a row is a key and a text for each column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

GAP = 2
"""Cells between columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    title: str
    align: Literal["left", "right"] = "left"
    priority: int = 0
    """Of the columns that find no room, those with the largest number go first; 0 always stays."""
    flexible: bool = False
    """Is cut when there is not enough room; the last of these takes the room that is left."""
    keep_end: bool = False
    """Is cut at its beginning."""
    least: int = 12
    """Cells that it keeps, if flexible, before another column is left out."""
    share: float = 1.0
    """Largest part of the table's width that it takes."""
    optional: bool = False
    """Left out where no row has anything in it but `NOTHING`."""


NOTHING = "–"
"""A cell of an optional column that has no value."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    key: str
    cells: tuple[str | Text, ...] = field(default=())
    heading: bool = False
    """A title over the rows that follow; the cursor passes over it. Its first cell is all that is shown."""


class RowTable(ScrollView, can_focus=True):
    """Rows under a fixed line of column titles."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--titles",
        "row-table--cursor",
        "row-table--cursor-unfocused",
        "row-table--heading",
    }
    DEFAULT_CSS = """
    RowTable { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    RowTable > .row-table--titles { color: $foreground-muted; }
    RowTable > .row-table--heading { color: $foreground-muted; }
    RowTable > .row-table--cursor { background: $primary; color: $text; }
    RowTable > .row-table--cursor-unfocused { background: $surface-lighten-1; }
    """

    @dataclass
    class Moved(Message):
        """The cursor came to a row by the user's hand; the key is None when it left the rows."""

        table: RowTable
        key: str | None

        @property
        def control(self) -> RowTable:
            return self.table

    @dataclass
    class Chosen(Message):
        """A row was chosen by enter or a click."""

        table: RowTable
        key: str

        @property
        def control(self) -> RowTable:
            return self.table

    def __init__(self, columns: Sequence[Column], *, titles: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._titles = titles
        self._rows: tuple[Row, ...] = ()
        self._cursor: str | None = None
        self._empty = ""
        self._laid_out: tuple[int, list[tuple[int, int]]] | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """What the table holds."""
        return self._rows

    @property
    def cursor(self) -> str | None:
        """Key of the row under the cursor, None when there is no cursor."""
        return self._cursor

    @cursor.setter
    def cursor(self, key: str | None) -> None:
        if key != self._cursor:
            self._cursor = key
            self._reveal()
            self.refresh()

    def set_rows(self, rows: Sequence[Row], empty: str = "") -> None:
        """Show other rows; `empty` is said when there are none. The cursor stays on its key if that is still there."""
        rows = tuple(rows)
        if rows == self._rows and empty == self._empty:
            return
        before, layout = self._rows, self._laid_out
        self._rows, self._empty, self._laid_out = rows, empty, None
        if layout is not None and len(before) == len(rows) > 0 and self._layout(layout[0]) == layout[1]:
            self._refresh_lines([at for at, row in enumerate(rows) if row != before[at]])
            if self._cursor is not None and self._cursor not in self._keys():
                self._cursor = None
            return
        if self._cursor is not None and self._cursor not in self._keys():
            self._cursor = None
        self._measure()
        self.refresh()

    def _refresh_lines(self, places: Sequence[int]) -> None:
        """Draw some rows again: over a slow line the others need not be sent."""
        width, height = self.scrollable_content_region.size
        lines = (at + self._top - round(self.scroll_y) for at in places)
        regions = [Region(0, line, width, 1) for line in lines if self._top <= line < height]
        if regions:
            self.refresh(*regions)

    def _keys(self) -> list[str]:
        return [row.key for row in self._rows if not row.heading]

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows) + self._top)

    @property
    def _top(self) -> int:
        return int(self._titles)

    def on_resize(self, _event: events.Resize) -> None:
        self._measure()
        self._reveal()

    def on_focus(self) -> None:
        if self._cursor is None and (keys := self._keys()):
            self._move_to(keys[0])
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_page_up(self) -> None:
        self._step(-max(1, self.content_size.height - self._top - 1))

    def action_page_down(self) -> None:
        self._step(max(1, self.content_size.height - self._top - 1))

    def action_cursor_first(self) -> None:
        self._step(-len(self._rows))

    def action_cursor_last(self) -> None:
        self._step(len(self._rows))

    def action_choose(self) -> None:
        if self._cursor is not None:
            self.post_message(self.Chosen(self, self._cursor))

    def _step(self, by: int) -> None:
        keys = self._keys()
        if not keys:
            return
        at = keys.index(self._cursor) if self._cursor in keys else -1
        self._move_to(keys[min(max(at + by, 0), len(keys) - 1)])

    def _move_to(self, key: str | None) -> None:
        self.cursor = key
        self.post_message(self.Moved(self, key))

    def _reveal(self) -> None:
        at = next((i for i, row in enumerate(self._rows) if row.key == self._cursor and not row.heading), None)
        if at is None or not self.content_size.height:
            return
        # A heading right above the row is shown with it.
        first = at - 1 if at and self._rows[at - 1].heading else at
        region = Region(0, first, 1, at - first + 1 + self._top)
        self.scroll_to_region(region, animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self._top:
            return
        at = offset.y - self._top + round(self.scroll_y)
        if at < len(self._rows) and not self._rows[at].heading:
            event.stop()
            self._move_to(self._rows[at].key)
            self.action_choose()

    def render_line(self, y: int) -> Strip:
        """The cells of one line of the table."""
        width = self.scrollable_content_region.width
        base = self.rich_style
        if not self._rows:
            text = Text(self._empty, style="dim") if y == self._top else Text("")
            return self._strip(text, width, base)
        if y < self._top:
            titles = Row("", tuple(column.title for column in self._columns))
            return self._strip(self._line(titles, width), width, base + self._part("titles"))
        at = y - self._top + round(self.scroll_y)
        if at >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[at]
        if row.heading:
            return self._strip(_cut(_as_text(row.cells[0]), width), width, base + self._part("heading"))
        style = base
        if row.key == self._cursor:
            style = base + self._part("cursor" if self.has_focus else "cursor-unfocused")
        return self._strip(self._line(row, width), width, style)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"row-table--{name}", partial=True)

    def _strip(self, text: Text, width: int, style: Style) -> Strip:
        segments = [Segment(part, style + own if own else style) for part, own, _ in text.render(self.app.console)]
        return Strip(segments).adjust_cell_length(width, style)

    def _line(self, row: Row, width: int) -> Text:
        line = Text(end="")
        for at, column_width in self._layout(width):
            cell = _cut(_as_text(row.cells[at]), column_width, keep_end=self._columns[at].keep_end)
            room = " " * (column_width - cell.cell_len)
            if line.plain:
                line.append(" " * GAP)
            line.append_text(Text(room) + cell if self._columns[at].align == "right" else cell + Text(room))
        return line

    def _layout(self, width: int) -> list[tuple[int, int]]:
        """(column, width) of the columns that find room."""
        if self._laid_out is not None and self._laid_out[0] == width:
            return self._laid_out[1]
        wanted = [
            max([len(column.title), *(_width(row.cells[at]) for row in self._rows if not row.heading)])
            for at, column in enumerate(self._columns)
        ]
        wanted = [min(need, int(width * column.share)) for need, column in zip(wanted, self._columns, strict=True)]
        kept = [at for at, column in enumerate(self._columns) if not (column.optional and self._is_empty(at))]
        while True:
            least = {at: self._least(at, wanted[at]) for at in kept}
            need = sum(least.values()) + GAP * (len(kept) - 1)
            droppable = [at for at in kept if self._columns[at].priority]
            if need <= width or not droppable:
                break
            kept.remove(max(droppable, key=lambda at: self._columns[at].priority))
        room = width - need
        flexible = [at for at in kept if self._columns[at].flexible]
        for at in flexible:
            more = room if at == flexible[-1] else min(wanted[at] - least[at], room)
            wanted[at], room = max(least[at] + more, 4), room - more
        self._laid_out = width, [(at, wanted[at]) for at in kept]
        return self._laid_out[1]

    def _least(self, at: int, wanted: int) -> int:
        """Cells that a column keeps before another is left out."""
        column = self._columns[at]
        return min(wanted, column.least) if column.flexible else wanted

    def _is_empty(self, at: int) -> bool:
        """Whether no row has a value in a column."""
        return all(str(row.cells[at]) == NOTHING for row in self._rows if not row.heading)


def _width(cell: str | Text) -> int:
    return cell_len(cell) if isinstance(cell, str) else cell.cell_len


def _as_text(cell: str | Text) -> Text:
    return Text(cell, end="") if isinstance(cell, str) else cell


def _cut(text: Text, width: int, *, keep_end: bool = False) -> Text:
    if text.cell_len <= width:
        return text
    if keep_end:
        while text.cell_len > max(width - 1, 0):
            text = text[1:]
        return Text("…", end="") + text
    shorter = text.copy()
    shorter.truncate(max(width, 1), overflow="ellipsis")
    return shorter
