"""What screens share: the title line, the status line, tables with the program's keys, the notice of a small window."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.screen import Screen
from textual.visual import VisualType
from textual.widgets import Static

from studio.actions import bindings
from widgets.row_table import RowTable

LEAST_COLUMNS, LEAST_ROWS = 60, 18


class OneLine(Static):
    """A text on a line of its own, so that another one moves nothing else."""

    def update(self, content: VisualType = "", *, layout: bool = False) -> None:
        """Show another text; the one that is there already is not sent again."""
        if content != self.content:
            super().update(content, layout=layout)


class TitleBar(OneLine):
    """The first line: what is shown, on the left and on the right."""

    def show(self, left: Text, right: Text) -> None:
        """Show two texts, the right one at the right edge; the left one is cut if they do not fit."""
        width = max(self.content_size.width or self.app.size.width - 2, 1)
        room = width - right.cell_len - 2
        left = left.copy()
        left.truncate(max(room, 1), overflow="ellipsis", pad=True)
        self.update(Text.assemble(left, "  ", right, no_wrap=True))


class StatusLine(OneLine):
    """The line above the footer: one sentence on what is selected."""


class Table(RowTable):
    """A table with the keys of the program's list."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]
    SCOPES: ClassVar[tuple[str, ...]] = ("table",)


class SizedScreen(Screen[None]):
    """A screen that says so when the terminal is too small for it."""

    def on_compose(self) -> None:
        """Know the size before there are widgets, which would all be styled once more for it."""
        self.classify(*self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        width, height = event.size
        self.classify(width, height)
        if self.has_class("-too-small"):
            quits = [shown.binding for shown in self.active_bindings.values() if shown.binding.action == "quit"]
            lines = [
                f"This screen needs {LEAST_COLUMNS}×{LEAST_ROWS} characters.",
                f"The terminal has {width}×{height}.",
            ]
            lines += [f"{self.app.get_key_display(binding)} quits." for binding in quits[:1]]
            self.query_one("#too-small", Static).update("\n".join(lines))
        self.sized(width, height)

    def classify(self, width: int, height: int) -> None:
        """Take the classes of a size, for the stylesheets."""
        self.set_class(width < LEAST_COLUMNS or height < LEAST_ROWS, "-too-small")
        self.set_class(90 <= width < 140, "-medium")
        self.set_class(140 <= width < 180, "-large")
        self.set_class(width >= 180, "-huge")

    def sized(self, width: int, height: int) -> None:
        """For what a screen has to do beyond its styles."""


def too_small_notice() -> Static:
    """The widget that `SizedScreen` shows instead of its content."""
    return Static(id="too-small", markup=False)
