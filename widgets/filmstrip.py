"""A row of small pictures with labels under them, the current one marked; the rest of the row is its neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.cell_grid import Picture, fit
from widgets.cells import character_rows, half_block_rows, scale_to

CELL_COLUMNS = 14
"""Width of a picture."""

GAP = 1


class FilmStrip(Widget):
    """Pictures by key, as many as find room; a click tells which."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"film-strip--current", "film-strip--label"}
    DEFAULT_CSS = """
    FilmStrip { height: 6; width: 1fr; }
    FilmStrip > .film-strip--current { background: $accent; color: $background; text-style: bold; }
    FilmStrip > .film-strip--label { color: $foreground-muted; }
    """

    @dataclass
    class Chosen(Message):
        """A picture was clicked."""

        strip: FilmStrip
        key: int

    @dataclass
    class Resized(Message):
        """There may be room for other pictures."""

        strip: FilmStrip

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.characters = False
        self._keys: tuple[int, ...] = ()
        self._current: int | None = None
        self._pictures: dict[int, Picture] = {}
        self._rows: dict[int, list[list[Segment]]] = {}

    @property
    def capacity(self) -> int:
        """How many pictures find room."""
        return max((self.content_size.width + GAP) // (CELL_COLUMNS + GAP), 1)

    @property
    def keys(self) -> tuple[int, ...]:
        """The pictures' keys, from the left."""
        return self._keys

    def picture_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) in pixels at which a picture of the given size is shown."""
        return fit((width, height), CELL_COLUMNS, max(self.content_size.height - 1, 1))

    def show(self, keys: Sequence[int], current: int | None, pictures: Mapping[int, Picture]) -> None:
        """Show these pictures; those that are not there yet leave their place empty."""
        kept = {key: pictures[key] for key in keys if key in pictures}
        if tuple(keys) == self._keys and current == self._current and kept.keys() == self._pictures.keys():
            return
        self._rows = {key: rows for key, rows in self._rows.items() if kept.get(key) is self._pictures.get(key)}
        self._keys, self._current, self._pictures = tuple(keys), current, kept
        self.refresh()

    def _rows_of(self, key: int) -> list[list[Segment]]:
        if key not in self._rows:
            picture = self._pictures.get(key)
            if picture is None:
                return []
            small = scale_to(picture, self.picture_size(picture.shape[1], picture.shape[0]))
            palette = self.app.console.color_system == "256"
            color = not self.app.no_color
            made = character_rows(small, color=color) if self.characters else half_block_rows(small, palette=palette)
            self._rows[key] = made
        return self._rows[key]

    def render_line(self, y: int) -> Strip:
        """The cells of one line."""
        base, last = self.rich_style, self.content_size.height - 1
        segments: list[Segment] = []
        for key in self._keys[: self.capacity]:
            segments += self._label(key, base) if y == last else self._picture_line(key, y, base)
            segments.append(Segment(" " * GAP, base))
        return Strip(segments).adjust_cell_length(self.content_size.width, base)

    def _label(self, key: int, base: Style) -> list[Segment]:
        part = "current" if key == self._current else "label"
        style = base + self.get_component_rich_style(f"film-strip--{part}", partial=True)
        text = f"[{key}]" if key == self._current else str(key)
        return [Segment(set_cell_size(text.center(CELL_COLUMNS), CELL_COLUMNS), style)]

    def _picture_line(self, key: int, y: int, base: Style) -> list[Segment]:
        rows = self._rows_of(key)
        room = self.content_size.height - 1
        at = y - (room - len(rows)) // 2
        if not 0 <= at < len(rows):
            dot = "·" if not rows and y == room // 2 else ""
            return [Segment(dot.center(CELL_COLUMNS), base)]
        width = sum(segment.cell_length for segment in rows[at])
        left = (CELL_COLUMNS - width) // 2
        body = [Segment(text, base + style if style else base) for text, style, _ in rows[at]]
        return [Segment(" " * left, base), *body, Segment(" " * (CELL_COLUMNS - width - left), base)]

    def on_resize(self, _event: events.Resize) -> None:
        self._rows.clear()
        self.post_message(self.Resized(self))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = offset.x // (CELL_COLUMNS + GAP)
        if place < len(self._keys):
            event.stop()
            self.post_message(self.Chosen(self, self._keys[place]))
