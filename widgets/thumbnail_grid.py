"""A grid of pictures with titles that draws its visible cells only.

Values in, messages out: an item is a key, a title, a second line and marks; its picture is asked for when its cell is
drawn. However many items there are, scrolling costs what the screen shows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from widgets.backpressure import terminal_is_behind
from widgets.cells import Picture, character_rows, fit, half_block_rows, scale_to

REFRESH_SECONDS = 1 / 15
"""Pictures that arrive within this time are drawn together."""

CELL_WIDTHS = (11, 15, 22, 32)
"""Least widths of a cell, smallest first, the margins of one column on each side included."""

_ASPECT = 0.75
"""Height of a picture's place over its width, in pixels."""
_TEXT_LINES = 2
_CACHED_CELLS = 512


@dataclass(frozen=True, slots=True)
class GridItem:
    """One cell."""

    key: str
    title: str
    subtitle: str = ""
    placeholder: str = ""
    """A word in the picture's place while there is none."""
    wrong: bool = False
    """Something is the matter with it: the placeholder and the second line say so."""


type PictureOf = Callable[[str], Picture | None]
type _Rows = list[list[Segment]]


class ThumbnailGrid(ScrollView, can_focus=True):
    """Items in rows, as many in each as find room; one has the cursor, any number are marked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "thumbnail-grid--title",
        "thumbnail-grid--subtitle",
        "thumbnail-grid--placeholder",
        "thumbnail-grid--bar",
        "thumbnail-grid--cursor",
        "thumbnail-grid--cursor-unfocused",
        "thumbnail-grid--marked",
        "thumbnail-grid--wrong",
    }
    DEFAULT_CSS = """
    ThumbnailGrid { width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    ThumbnailGrid > .thumbnail-grid--title { color: $foreground; }
    ThumbnailGrid > .thumbnail-grid--subtitle { text-style: dim; }
    ThumbnailGrid > .thumbnail-grid--bar { color: $accent; }
    ThumbnailGrid > .thumbnail-grid--placeholder { color: $foreground-muted; background: $surface; }
    ThumbnailGrid > .thumbnail-grid--cursor { background: $primary; color: $text; text-style: bold; }
    ThumbnailGrid > .thumbnail-grid--cursor-unfocused { background: $panel; color: $foreground; text-style: bold; }
    ThumbnailGrid > .thumbnail-grid--marked { color: $warning; text-style: bold; }
    ThumbnailGrid > .thumbnail-grid--wrong { color: $error; }
    """

    characters: reactive[bool] = reactive(False, init=False)
    """Use characters instead of half blocks, and no other signs than ASCII's."""

    colorless: reactive[bool] = reactive(False, init=False)
    """Give characters no colours."""

    @dataclass
    class Selected(Message):
        """The cursor came to an item; None when there is none any more."""

        grid: ThumbnailGrid
        key: str | None

        @property
        def control(self) -> ThumbnailGrid:
            return self.grid

    @dataclass
    class Activated(Message):
        """An item was chosen by enter or a double click."""

        grid: ThumbnailGrid
        key: str

        @property
        def control(self) -> ThumbnailGrid:
            return self.grid

    @dataclass
    class Marked(Message):
        """Other items are marked than before."""

        grid: ThumbnailGrid
        keys: tuple[str, ...]

        @property
        def control(self) -> ThumbnailGrid:
            return self.grid

    @dataclass
    class InView(Message):
        """Other items have come into view: `keys` are those visible, then those of a page below and above."""

        grid: ThumbnailGrid
        keys: tuple[str, ...]

        @property
        def control(self) -> ThumbnailGrid:
            return self.grid

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ThumbnailGrid.InView)

    def __init__(self, picture_of: PictureOf, *, id: str | None = None) -> None:
        """`picture_of(key)` gives an item's picture (H, W, 3) or None; it is called in drawing: it must be quick."""
        super().__init__(id=id)
        self._picture_of = picture_of
        self._list: list[GridItem] = []
        self._places: dict[str, int] = {}
        self._cursor: str | None = None
        self._marked: dict[str, None] = {}
        self._empty = ""
        self._zoom = 1
        self._columns, self._cell_width = 1, CELL_WIDTHS[1]
        self._encoded: OrderedDict[tuple[str, int], tuple[int, _Rows]] = OrderedDict()
        self._versions: dict[str, int] = {}
        self._stale: set[str] = set()
        self._timer: Timer | None = None
        self._in_view: tuple[str, ...] = ()

    # Values

    @property
    def items(self) -> Sequence[GridItem]:
        """What the grid holds; not to be changed."""
        return self._list

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

    @property
    def zoom(self) -> int:
        """Size of the cells, an index of CELL_WIDTHS."""
        return self._zoom

    @zoom.setter
    def zoom(self, step: int) -> None:
        step = min(max(step, 0), len(CELL_WIDTHS) - 1)
        if step != self._zoom:
            self._zoom = step
            self._lay_out()

    def set_items(self, items: Iterable[GridItem], empty: str = "") -> None:
        """Show other items; `empty` is said when there are none. Cursor and marks stay on their keys.

        Where the item under the cursor is gone, the cursor goes to the one that took its place.
        """
        items = list(items)
        if items == self._list and empty == self._empty:
            return
        before = self._places.get(self._cursor, 0) if self._cursor is not None else 0
        self._list, self._empty = items, empty
        self._places = {item.key: place for place, item in enumerate(items)}
        if self._cursor not in self._places:
            self._cursor = items[min(before, len(items) - 1)].key if items else None
            self.post_message(self.Selected(self, self._cursor))
        self._lay_out()

    def change_item(self, item: GridItem) -> None:
        """Show another text for an item that is there; its place stays."""
        place = self._places.get(item.key)
        if place is not None and self._list[place] != item:
            self._list[place] = item
            self._refresh_cell(item.key)

    def set_marked(self, keys: Iterable[str]) -> None:
        """Mark these items and no others."""
        wanted = dict.fromkeys(keys)
        if wanted != self._marked:
            self._marked = wanted
            self.refresh()
            self.post_message(self.Marked(self, self.marked))

    def picture_changed(self, key: str) -> None:
        """An item's picture is another now; its cell is drawn again as soon as the terminal takes it."""
        self._versions[key] = self._versions.get(key, 0) + 1
        if key in self._in_view:
            self._stale.add(key)
            if self._timer is None:
                self._timer = self.set_timer(REFRESH_SECONDS, self._draw_stale)

    def _draw_stale(self) -> None:
        self._timer = None
        if terminal_is_behind(self.app):
            self._timer = self.set_timer(REFRESH_SECONDS, self._draw_stale)
            return
        for key in self._stale:
            self._refresh_cell(key)
        self._stale.clear()

    # Layout

    @property
    def columns(self) -> int:
        """Items in a row."""
        return self._columns

    @property
    def cell_size(self) -> tuple[int, int]:
        """(width, height) of a cell in characters."""
        return self._cell_width, self._picture_rows + _TEXT_LINES

    @property
    def _picture_rows(self) -> int:
        return max(round((self._cell_width - 2) * _ASPECT / 2), 2)

    def _lay_out(self) -> None:
        width = max(self.scrollable_content_region.width, 1)
        self._columns = max(width // CELL_WIDTHS[self._zoom], 1)
        self._cell_width = width // self._columns
        rows = -(-len(self._list) // self._columns)
        self.virtual_size = Size(width, rows * self.cell_size[1])
        self._reveal()
        self.refresh()
        self._tell_view()

    def on_resize(self, _event: events.Resize) -> None:
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._tell_view()

    def watch_characters(self) -> None:
        self._forget_drawings()

    def watch_colorless(self) -> None:
        self._forget_drawings()

    def _forget_drawings(self) -> None:
        self._encoded.clear()
        self.refresh()

    def _tell_view(self) -> None:
        """Say which items are to be seen, and which will be with the next page."""
        height = self.cell_size[1]
        top = round(self.scroll_y) // height
        rows = -(-max(self.scrollable_content_region.height, 1) // height) + 1
        at, count = top * self._columns, rows * self._columns
        seen = self._list[at : at + count]
        around = (*self._list[at + count : at + 2 * count], *self._list[max(at - count, 0) : at])
        keys = tuple(item.key for item in (*seen, *around))
        if keys != self._in_view:
            self._in_view = keys
            self.post_message(self.InView(self, keys))

    def _refresh_cell(self, key: str | None) -> None:
        if key is None or key not in self._places:
            return
        row, column = divmod(self._places[key], self._columns)
        width, height = self.cell_size
        region = Region(column * width, row * height - round(self.scroll_y), width, height)
        self.refresh(region)

    def _reveal(self) -> None:
        if self._cursor is None or not self.content_size.height:
            return
        row, column = divmod(self._places[self._cursor], self._columns)
        width, height = self.cell_size
        self.scroll_to_region(Region(column * width, row * height, width, height), animate=False, force=True)

    # Moving and choosing

    def _go(self, key: str | None) -> None:
        if key == self._cursor or (key is not None and key not in self._places):
            return
        before, self._cursor = self._cursor, key
        self._refresh_cell(before)
        self._refresh_cell(key)
        self._reveal()
        self.post_message(self.Selected(self, key))

    def move(self, by: int) -> None:
        """Move the cursor by so many items; it stops at the first and the last."""
        if self._list:
            at = self._places[self._cursor] if self._cursor is not None else 0
            self._go(self._list[min(max(at + by, 0), len(self._list) - 1)].key)

    def _move_rows(self, by: int) -> None:
        """Move by rows within the column; from the last full row one comes to the last item."""
        if not self._list:
            return
        at = self._places[self._cursor] if self._cursor is not None else 0
        row, last_row = at // self._columns, (len(self._list) - 1) // self._columns
        wanted = min(max(row + by, 0), last_row)
        self._go(self._list[min(at + (wanted - row) * self._columns, len(self._list) - 1)].key)

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
        self.move(-len(self._list))

    def action_cursor_last(self) -> None:
        self.move(len(self._list))

    def action_activate(self) -> None:
        if self._cursor is not None:
            self.post_message(self.Activated(self, self._cursor))

    def action_mark(self) -> None:
        """Mark the item, or take the mark away, and go on to the next."""
        if self._cursor is not None:
            self._toggle_mark(self._cursor)
            self.move(1)

    def _toggle_mark(self, key: str) -> None:
        if key in self._marked:
            del self._marked[key]
        else:
            self._marked[key] = None
        self._refresh_cell(key)
        self.post_message(self.Marked(self, self.marked))

    def item_at(self, x: int, y: int) -> GridItem | None:
        """The item at a place in the widget, in characters."""
        width, height = self.cell_size
        column, row = x // width, (y + round(self.scroll_y)) // height
        place = row * self._columns + column
        return self._list[place] if column < self._columns and 0 <= place < len(self._list) else None

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        item = self.item_at(offset.x, offset.y) if offset is not None else None
        if item is None:
            return
        event.stop()
        self._go(item.key)
        if event.ctrl or event.meta:
            self._toggle_mark(item.key)
        elif event.chain == 2:
            self.action_activate()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """The cells of one line of the widget."""
        width = self.scrollable_content_region.width
        if not self._list:
            return self._empty_line(y, width)
        row, line = divmod(y + round(self.scroll_y), self.cell_size[1])
        first = row * self._columns
        segments: list[Segment] = []
        for item in self._list[first : first + self._columns]:
            segments += self._cell_line(item, line)
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _empty_line(self, y: int, width: int) -> Strip:
        text = self._empty if y == self.scrollable_content_region.height // 3 else ""
        style = self.rich_style + self._part("subtitle")
        return Strip([Segment(text.center(width), style)]).adjust_cell_length(width, self.rich_style)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"thumbnail-grid--{name}", partial=True)

    def _cursor_style(self) -> Style:
        return self._part("cursor" if self.has_focus else "cursor-unfocused")

    def _cell_line(self, item: GridItem, line: int) -> list[Segment]:
        at_cursor, is_marked = item.key == self._cursor, item.key in self._marked
        base = self.rich_style
        inner = self._cell_width - 2
        if line < self._picture_rows:
            left, right = self._margins(at_cursor)
            edge = base + self._part("bar") if at_cursor else base
            return [Segment(left, edge), *self._picture_line(item, line, inner), Segment(right, edge)]
        chosen = base + self._cursor_style() if at_cursor else base
        if line == self._picture_rows:
            sign = ("*" if self.characters else "●") if is_marked else " "
            style = chosen if at_cursor else base + self._part("title")
            return [
                Segment(sign, style + self._part("marked") if is_marked and not at_cursor else style),
                Segment(_fitted(item.title, inner), style),
                Segment(" ", style),
            ]
        style = chosen if at_cursor else base + self._part("wrong" if item.wrong else "subtitle")
        return [Segment(" " + _fitted(item.subtitle, inner) + " ", style)]

    def _margins(self, at_cursor: bool) -> tuple[str, str]:
        """Bars beside the picture under the cursor: it is found without colours too."""
        if not at_cursor:
            return " ", " "
        return ("[", "]") if self.characters else ("▌", "▐")

    def _picture_line(self, item: GridItem, line: int, width: int) -> list[Segment]:
        rows = self._rows_of(item, width)
        if rows is None:
            return [Segment(self._placeholder(item, line, width), self.rich_style + self._placeholder_style(item))]
        top = (self._picture_rows - len(rows)) // 2
        if not 0 <= line - top < len(rows):
            return [Segment(" " * width, self.rich_style)]
        body = rows[line - top]
        room = width - sum(segment.cell_length for segment in body)
        left, right = Segment(" " * (room // 2), self.rich_style), Segment(" " * (room - room // 2), self.rich_style)
        if self.characters:
            body = [Segment(text, self.rich_style + style if style else self.rich_style) for text, style, _ in body]
        return [left, *body, right]

    def _placeholder_style(self, item: GridItem) -> Style:
        style = self._part("placeholder")
        return style + self._part("wrong") if item.wrong else style

    def _placeholder(self, item: GridItem, line: int, width: int) -> str:
        if line != self._picture_rows // 2:
            return " " * width
        return _fitted(item.placeholder, width).strip().center(width)

    def _rows_of(self, item: GridItem, width: int) -> _Rows | None:
        """The picture as lines of segments, at most `width` wide; None while there is none."""
        name, version = (item.key, width), self._versions.get(item.key, 0)
        known = self._encoded.get(name)
        if known is not None and known[0] == version:
            self._encoded.move_to_end(name)
            return known[1]
        picture = self._picture_of(item.key)
        if picture is None:
            return None
        rows = self._encode(picture, width)
        self._encoded[name] = version, rows
        while len(self._encoded) > _CACHED_CELLS:
            self._encoded.popitem(last=False)
        return rows

    def _encode(self, picture: Picture, width: int) -> _Rows:
        small = scale_to(picture, fit((picture.shape[1], picture.shape[0]), width, self._picture_rows))
        palette = self.app.console.color_system == "256"
        if self.characters:
            return character_rows(small, color=not self.colorless, palette=palette)
        return half_block_rows(small, palette=palette)


def _fitted(text: str, width: int) -> str:
    """A text of exactly so many cells; what is too long loses its middle, since file names differ at both ends."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    tail = min(width // 3, 8)
    return set_cell_size(set_cell_size(text, width - tail - 1).rstrip() + "…" + text[-tail:] if tail else text, width)
