"""Which item of a grid has the cursor, which are marked, and how keys and mouse change that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.scroll_view import ScrollView


class GridMoves(ScrollView, can_focus=True):
    """The keys of a grid's items in their order, row by row; one has the cursor, any number are marked."""

    @dataclass
    class Selected(Message, namespace="thumbnail_grid"):
        """The cursor came to an item; None when there is none any more."""

        grid: GridMoves
        key: str | None

        @property
        def control(self) -> GridMoves:
            return self.grid

    @dataclass
    class Activated(Message, namespace="thumbnail_grid"):
        """An item was chosen by enter or a double click."""

        grid: GridMoves
        key: str

        @property
        def control(self) -> GridMoves:
            return self.grid

    @dataclass
    class Marked(Message, namespace="thumbnail_grid"):
        """Other items are marked than before."""

        grid: GridMoves
        keys: tuple[str, ...]

        @property
        def control(self) -> GridMoves:
            return self.grid

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: Sequence[str] = ()
        self._places: dict[str, int] = {}
        self._cursor: str | None = None
        self._marked: dict[str, None] = {}

    # For the grid that draws them

    @property
    def columns(self) -> int:
        """Items in a row."""
        raise NotImplementedError

    @property
    def cell_size(self) -> tuple[int, int]:
        """(width, height) of a cell in characters."""
        raise NotImplementedError

    def refresh_cell(self, key: str | None) -> None:
        """Draw an item again."""
        raise NotImplementedError

    def reveal(self) -> None:
        """Scroll to the cursor."""
        raise NotImplementedError

    # Values

    @property
    def keys(self) -> Sequence[str]:
        """The items, in their order; not to be changed."""
        return self._keys

    @property
    def marked(self) -> tuple[str, ...]:
        """Keys of the marked items, in the order in which they were marked."""
        return tuple(self._marked)

    @property
    def cursor(self) -> str | None:
        """Key of the item under the cursor."""
        return self._cursor

    @cursor.setter
    def cursor(self, key: str | None) -> None:
        self._go(key)

    def set_marked(self, keys: Iterable[str]) -> None:
        """Mark these items and no others."""
        wanted = dict.fromkeys(keys)
        if wanted != self._marked:
            self._marked = wanted
            self.refresh()
            self.post_message(self.Marked(self, self.marked))

    def _take_keys(self, keys: Sequence[str]) -> None:
        """Other items. Where the one under the cursor is gone, the cursor goes to what took its place."""
        before = self._places.get(self._cursor, 0) if self._cursor is not None else 0
        self._keys = keys
        self._places = {key: place for place, key in enumerate(keys)}
        if self._cursor not in self._places:
            self._cursor = keys[min(before, len(keys) - 1)] if keys else None
            self.post_message(self.Selected(self, self._cursor))

    # Moving and choosing

    def _go(self, key: str | None) -> None:
        if key == self._cursor or (key is not None and key not in self._places):
            return
        before, self._cursor = self._cursor, key
        self.refresh_cell(before)
        self.refresh_cell(key)
        self.reveal()
        self.post_message(self.Selected(self, key))

    @property
    def _at(self) -> int:
        return self._places[self._cursor] if self._cursor is not None else 0

    def move(self, by: int) -> None:
        """Move the cursor by so many items; it stops at the first and the last."""
        if self._keys:
            self._go(self._keys[min(max(self._at + by, 0), len(self._keys) - 1)])

    def _move_rows(self, by: int) -> None:
        """Move by rows within the column; from the last full row one comes to the last item."""
        if not self._keys:
            return
        row, last_row = self._at // self.columns, (len(self._keys) - 1) // self.columns
        wanted = min(max(row + by, 0), last_row)
        self._go(self._keys[min(self._at + (wanted - row) * self.columns, len(self._keys) - 1)])

    def action_cursor_right(self) -> None:
        self.move(1)

    def action_cursor_left(self) -> None:
        self.move(-1)

    def action_cursor_down(self) -> None:
        self._move_rows(1)

    def action_cursor_up(self) -> None:
        self._move_rows(-1)

    def action_page_down(self) -> None:
        self._move_rows(self._page)

    def action_page_up(self) -> None:
        self._move_rows(-self._page)

    @property
    def _page(self) -> int:
        return max(self.scrollable_content_region.height // self.cell_size[1], 1)

    def action_cursor_first(self) -> None:
        self.move(-len(self._keys))

    def action_cursor_last(self) -> None:
        self.move(len(self._keys))

    def action_activate(self) -> None:
        if self._cursor is not None:
            self.post_message(self.Activated(self, self._cursor))

    def action_mark(self) -> None:
        """Mark the item, or take the mark away, and go on to the next."""
        if self._cursor is not None:
            self.toggle_mark(self._cursor)
            self.move(1)

    def toggle_mark(self, key: str) -> None:
        """Mark an item, or take its mark away."""
        if key in self._marked:
            del self._marked[key]
        else:
            self._marked[key] = None
        self.refresh_cell(key)
        self.post_message(self.Marked(self, self.marked))

    def key_at(self, x: int, y: int) -> str | None:
        """The item at a place in the widget, in characters."""
        width, height = self.cell_size
        column, row = x // width, (y + round(self.scroll_y)) // height
        place = row * self.columns + column
        return self._keys[place] if column < self.columns and 0 <= place < len(self._keys) else None

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        key = self.key_at(offset.x, offset.y) if offset is not None else None
        if key is None:
            return
        event.stop()
        self._go(key)
        if event.ctrl or event.meta:
            self.toggle_mark(key)
        elif event.chain == 2:
            self.action_activate()
