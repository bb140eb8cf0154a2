"""A widget that shows a picture with half blocks, keeps its shape, and sends only the rows that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from widgets.backpressure import terminal_is_behind
from widgets.cells import CellText, Picture, character_rows, fit, half_block_rows, scale_to

RETRY_SECONDS = 1 / 60


class _Pending(NamedTuple):
    """A picture on its way to the screen."""

    picture: Picture
    texts: tuple[CellText, ...]


class ImageView(Widget, can_focus=True):
    """Shows an RGB array, centred in its area.

    A picture of exactly the size that `picture_size` names is shown as it is; any other is resampled. Where the app has
    256 colours, it is mixed of those. While the terminal is still busy with earlier output a picture waits, and a later
    one takes its place.
    """

    DEFAULT_CSS = """
    ImageView { width: 1fr; height: 1fr; }
    """

    characters: reactive[bool] = reactive(False, init=False)
    """Use characters instead of half blocks."""

    colorless: reactive[bool] = reactive(False, init=False)
    """Give characters no colours."""

    @dataclass
    class Clicked(Message):
        """A place in the picture was clicked; x and y are fractions of its width and height."""

        view: ImageView
        x: float
        y: float

        @property
        def control(self) -> ImageView:
            return self.view

    @dataclass
    class Resized(Message):
        """The area has another size: pictures should be drawn for it."""

        view: ImageView

        @property
        def control(self) -> ImageView:
            return self.view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._shown: _Pending | None = None
        self._pending: _Pending | None = None
        self._rows: list[list[Segment]] = []
        self._origin = (0, 0)
        self._columns = 0
        self._message: Text | None = None
        self._retry: Timer | None = None

    def picture_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) in pixels at which a picture of the given size will be shown."""
        columns, rows = self.content_size
        return fit((width, height), max(columns, 1), max(rows, 1))

    @property
    def picture(self) -> Picture | None:
        """The picture on the screen, as it was handed in."""
        return self._shown.picture if self._shown else None

    @property
    def message(self) -> str:
        """The text shown instead of a picture, or an empty one."""
        return self._message.plain if self._message is not None else ""

    def show_picture(self, picture: Picture, texts: Sequence[CellText] = ()) -> None:
        """Show a picture (H, W, 3) with texts over it, in cells of the picture's own grid."""
        self._pending = _Pending(picture, tuple(texts))
        self._show_when_ready()

    def show_message(self, message: str | Text) -> None:
        """Show a text instead of a picture."""
        self._message = Text(message) if isinstance(message, str) else message
        self._pending = self._shown = None
        self._rows = []
        self.refresh()

    def _show_when_ready(self) -> None:
        if self._pending is None or not self.is_attached:
            return
        if terminal_is_behind(self.app):
            if self._retry is None:
                self._retry = self.set_timer(RETRY_SECONDS, self._try_again)
            return
        pending, self._pending = self._pending, None
        self._shown = pending
        self._encode(pending)

    def _try_again(self) -> None:
        self._retry = None
        self._show_when_ready()

    def _encode(self, shown: _Pending) -> None:
        """Turn the picture into rows and repaint those that differ from what is on the screen."""
        size = self.picture_size(shown.picture.shape[1], shown.picture.shape[0])
        picture = scale_to(shown.picture, size)
        palette = self.app.console.color_system == "256"
        if self.characters:
            rows = character_rows(picture, shown.texts, color=not self.colorless, palette=palette)
        else:
            rows = half_block_rows(picture, shown.texts, palette=palette)
        columns, height = self.content_size
        origin = ((columns - size[0]) // 2, (height - len(rows)) // 2)
        before, moved = self._rows, origin != self._origin or size[0] != self._columns or self._message is not None
        self._rows, self._origin, self._columns, self._message = rows, origin, size[0], None
        if moved or len(before) != len(rows):
            self.refresh()
            return
        changed = [Region(0, origin[1] + y, columns, 1) for y, row in enumerate(rows) if row != before[y]]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """The cells of one line of the widget."""
        width = self.content_size.width
        if self._message is not None:
            return self._message_line(self._message, y)
        row = y - self._origin[1]
        if not 0 <= row < len(self._rows):
            return Strip.blank(width, self.rich_style)
        left = self._origin[0]
        right = width - left - self._columns
        margins = [Segment(" " * count, self.rich_style) for count in (left, right)]
        body = self._rows[row]
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

    def watch_characters(self) -> None:
        self._encode_again()

    def watch_colorless(self) -> None:
        self._encode_again()

    def _encode_again(self) -> None:
        self._rows = []
        if self._shown is not None:
            self._encode(self._shown)

    def on_resize(self, _event: events.Resize) -> None:
        self._encode_again()
        self.post_message(self.Resized(self))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or not self._rows:
            return
        column, row = offset.x - self._origin[0], offset.y - self._origin[1]
        if 0 <= column < self._columns and 0 <= row < len(self._rows):
            event.stop()
            self.post_message(self.Clicked(self, (column + 0.5) / self._columns, (row + 0.5) / len(self._rows)))
