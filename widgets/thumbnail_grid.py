"""A grid of pictures with titles that draws its visible cells only.

Keys in, messages out: what stands in a cell, and its picture, are asked for by key when the cell is drawn. However many
keys there are, scrolling costs what the screen shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer

from widgets.backpressure import terminal_is_behind
from widgets.thumbnail_cells import TEXT_LINES, Cell, CellPainter, CellStyles, GridItem, PictureOf, picture_rows
from widgets.thumbnail_moves import GridMoves

REFRESH_SECONDS = 1 / 15
"""Pictures that arrive within this time are drawn together."""

CELL_WIDTHS = (11, 15, 22, 32)
"""Least widths of a cell, smallest first, the margins of one column on each side included."""

type ItemOf = Callable[[str], GridItem]


class ThumbnailGrid(GridMoves):
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
    ThumbnailGrid {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable;  /* or cells were measured now with it, now without */
    }
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
    class InView(Message):
        """Other items have come into view: `keys` are those visible, then those of a page below and above."""

        grid: ThumbnailGrid
        keys: tuple[str, ...]

        @property
        def control(self) -> ThumbnailGrid:
            return self.grid

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ThumbnailGrid.InView)

    def __init__(self, item_of: ItemOf, picture_of: PictureOf, *, id: str | None = None) -> None:
        """Both are called in drawing and must be quick.

        Args:
            item_of: what stands in the cell of a key.
            picture_of: its picture (H, W, 3), or None while there is none.
        """
        super().__init__(id=id)
        self._item_of = item_of
        self._painter = CellPainter(picture_of)
        self._cell_styles: CellStyles | None = None
        self._empty = ""
        self._zoom = 1
        self._columns, self._cell_width = 1, CELL_WIDTHS[1]
        self._stale: set[str] = set()
        self._timer: Timer | None = None
        self.in_view: tuple[str, ...] = ()
        """Keys of the items visible, then of those of a page below and above."""

    # Values

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

    def set_keys(self, keys: Sequence[str], empty: str = "") -> None:
        """Show other items, not to be changed afterwards; `empty` is said when there are none.

        Cursor and marks stay on their keys. Where the item under the cursor is gone, the cursor goes to the one that
        took its place.
        """
        if empty == self._empty and (keys is self._keys or keys == self._keys):
            return
        self._empty = empty
        self._take_keys(keys)
        self._lay_out()

    def item_changed(self, key: str) -> None:
        """Ask for an item's texts again: they are others now."""
        self.refresh_cell(key)

    def picture_changed(self, key: str) -> None:
        """An item's picture is another now; its cell is drawn again as soon as the terminal takes it."""
        self._painter.picture_changed(key)
        if key in self.in_view:
            self._stale.add(key)
            if self._timer is None:
                self._timer = self.set_timer(REFRESH_SECONDS, self._draw_stale)

    def _draw_stale(self) -> None:
        self._timer = None
        if terminal_is_behind(self.app):
            self._timer = self.set_timer(REFRESH_SECONDS, self._draw_stale)
            return
        for key in self._stale:
            self.refresh_cell(key)
        self._stale.clear()

    # Layout

    @property
    def columns(self) -> int:
        """Items in a row."""
        return self._columns

    @property
    def cell_size(self) -> tuple[int, int]:
        """(width, height) of a cell in characters."""
        return self._cell_width, picture_rows(self._cell_width) + TEXT_LINES

    @property
    def most_cell_width(self) -> int:
        """Width up to which cells grow where all items are in view even so."""
        return CELL_WIDTHS[self._zoom]

    def columns_for(self, width: int) -> int:
        """How many items stand in a row of so many characters."""
        usual, height = max(width // CELL_WIDTHS[self._zoom], 1), self.scrollable_content_region.height
        for columns in range(max(-(-width // self.most_cell_width), 1), usual):
            rows = -(-len(self._keys) // columns)
            if rows * (picture_rows(width // columns) + TEXT_LINES) <= height:
                return columns
        return usual

    def _lay_out(self) -> None:
        width = max(self.scrollable_content_region.width, 1)
        self._columns = self.columns_for(width)
        self._cell_width = width // self._columns
        rows = -(-len(self._keys) // self._columns)
        self.virtual_size = Size(width, rows * self.cell_size[1])
        self.reveal()
        self.refresh()
        self._tell_view()

    def on_resize(self, _event: events.Resize) -> None:
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._tell_view()

    def watch_characters(self, characters: bool) -> None:
        self._painter.characters = characters
        self._painter.forget()
        self.refresh()

    def watch_colorless(self, colorless: bool) -> None:
        self._painter.colorless = colorless
        self._painter.forget()
        self.refresh()

    def _tell_view(self) -> None:
        """Say which items are to be seen, and which will be with the next page."""
        height = self.cell_size[1]
        top = round(self.scroll_y) // height
        rows = -(-max(self.scrollable_content_region.height, 1) // height) + 1
        at, count = top * self._columns, rows * self._columns
        below = self._keys[at + count : at + 2 * count]
        above = self._keys[max(at - count, 0) : at]
        keys = (*self._keys[at : at + count], *below, *above)
        if keys != self.in_view:
            self.in_view = keys
            self.post_message(self.InView(self, keys))

    def refresh_cell(self, key: str | None) -> None:
        """Draw an item again, where it is in view."""
        if key is None or key not in self._places:
            return
        row, column = divmod(self._places[key], self._columns)
        width, height = self.cell_size
        region = Region(column * width, row * height - round(self.scroll_y), width, height)
        self.refresh(region)

    def reveal(self) -> None:
        """Scroll to the cursor."""
        if self._cursor is None or not self.content_size.height:
            return
        row, column = divmod(self._places[self._cursor], self._columns)
        width, height = self.cell_size
        self.scroll_to_region(Region(column * width, row * height, width, height), animate=False, force=True)

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget. Styles are looked up once for all of them: that costs more than a cell."""
        self._cell_styles = self._look_up_styles()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The cells of one line of the widget."""
        styles = self._cell_styles or self._look_up_styles()
        width = self.scrollable_content_region.width
        if not self._keys:
            text = self._empty if y == self.scrollable_content_region.height // 3 else ""
            return Strip([Segment(text.center(width), styles.subtitle)]).adjust_cell_length(width, styles.base)
        row, line = divmod(y + round(self.scroll_y), self.cell_size[1])
        first = row * self._columns
        self._painter.palette = self.app.console.color_system == "256"
        segments: list[Segment] = []
        for key in self._keys[first : first + self._columns]:
            cell = Cell(key, self._item_of(key), key == self._cursor, key in self._marked)
            segments += self._painter.line(cell, line, self._cell_width, styles)
        return Strip(segments).adjust_cell_length(width, styles.base)

    def _look_up_styles(self) -> CellStyles:
        base = self.rich_style
        placeholder = base + self._part("placeholder")
        cursor = base + self._part("cursor" if self.has_focus else "cursor-unfocused")
        title = base + self._part("title")
        return CellStyles(
            base=base, title=title, subtitle=base + self._part("subtitle"), placeholder=placeholder,
            placeholder_wrong=placeholder + self._part("wrong"), bar=base + self._part("bar"), cursor=cursor,
            marked=title + self._part("marked"), wrong=base + self._part("wrong"),
        )  # fmt: skip

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"thumbnail-grid--{name}", partial=True)
