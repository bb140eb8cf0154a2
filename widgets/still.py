"""The still of one view: made in a thread once its picture has settled, sent in pieces, let go when it moves again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.worker import Worker

from widgets.backpressure import ask, line_of, send, terminal_is_behind
from widgets.cell_grid import CellText, Picture
from widgets.graphics import Graphics
from widgets.lean import lean_text

if TYPE_CHECKING:
    from widgets.cells import CellRow
    from widgets.cells_view import CellsView

type Fine = Callable[[tuple[int, int]], Picture]
"""The picture at (width, height) pixels, without its texts. May be called in a thread."""

STILL_SECONDS = 4.0
"""A still that would take longer to send is sent smaller, or not at all."""

PIECE_SECONDS = 0.06
"""No piece takes longer: keys are answered in between."""

_numbers = count()


@dataclass(slots=True)
class Still:
    """A still, ready to be sent, for the place for which it was made."""

    pieces: deque[str]
    """What is left to be sent."""
    region: Region
    """Its cells on the screen."""
    number: int | None = None
    """Kitty's number of it; None for sixel."""
    rows: list[CellRow] = field(default_factory=list)
    """Kitty's cells."""
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What a still is made of."""

    fine: Fine
    native: tuple[int, int]
    """Width and height of the picture in pixels, where more would not show more."""
    texts: Sequence[CellText]
    region: Region
    """Cells of the screen that it fills."""
    at_end: bool
    """Whether it touches the last row of the screen."""
    graphics: Graphics
    palette: bool
    rate: float | None
    """Bytes per second of the line; None where that is not known."""

    def make(self) -> Still | None:
        """Draw and encode it; None where the line is too slow for one that shows more than half blocks."""
        return self._sixel() if self.graphics.way == "sixel" else self._kitty()

    def _sixel(self) -> Still | None:
        from widgets import stills  # in functions: it needs numpy, and few terminals show stills

        width, height = self.graphics.cell_now()
        size = self.region.width * width, self.region.height * height
        pieces = stills.sixel_pieces(self.fine(size), self.region.offset, height, touches_end=self.at_end)
        slow = self.rate is not None and max(map(len, pieces)) > self.rate * PIECE_SECONDS
        if slow or not self._in_time(pieces):
            return None
        return Still(deque([*pieces, *self._written()]), self.region)

    def _kitty(self) -> Still | None:
        from widgets import stills

        across, down = self.region.size
        if max(across, down) > stills.most_cells():
            return None
        cell, tmux = self.graphics.cell_now(), self.graphics.tmux
        number = stills.FIRST_ID + next(_numbers) % (stills.LAST_ID - stills.FIRST_ID + 1)
        width, height = min(across * cell[0], self.native[0]), min(down * cell[1], self.native[1])
        while width > across and height > 2 * down:
            pieces = stills.kitty_pieces(self.fine((width, height)), number, across, down, tmux=tmux)
            if self._in_time(pieces):
                rows = stills.kitty_cells(number, across, down, self.texts, palette=self.palette)
                return Still(deque(pieces), self.region, number, rows)
            width, height = width // 2, height // 2
        return None

    def _in_time(self, pieces: Sequence[str]) -> bool:
        return self.rate is None or sum(map(len, pieces)) <= self.rate * STILL_SECONDS

    def _written(self) -> list[str]:
        """The texts, as they are written over a sixel picture."""
        from widgets.cells import text_style_for

        style = text_style_for(palette=self.palette)
        out = []
        for text in self.texts:
            shown = text.text[: max(self.region.width - text.column, 0)]
            segment = Segment(shown, style(text.foreground, text.background))
            place = f"\x1b[{self.region.y + text.row + 1};{self.region.x + text.column + 1}H"
            out.append(place + lean_text([segment], "256" if self.palette else "truecolor"))
        return [f"\x1b7{''.join(out)}\x1b8"] if out else []


class StillShow:
    """Shows the stills of a view, one at a time."""

    def __init__(self, view: CellsView) -> None:
        self._view = view
        self._worker: Worker[None] | None = None
        self._coming: Still | None = None
        self._shown: Still | None = None
        self._old: list[int] = []

    @property
    def sending(self) -> bool:
        """Whether there is more to be sent."""
        return self._coming is not None

    def begin(self, order: Order) -> None:
        """Have a still made and sent, if it may be shown now."""
        if self._shown is None and self._coming is None and self._worker is None and self._may(order):
            self._worker = self._view.run_worker(
                lambda: self._make(order), thread=True, group="still", exit_on_error=False
            )

    def _make(self, order: Order) -> None:
        """In a thread."""
        still = order.make()
        self._view.app.call_from_thread(self._take, order, still)

    def _take(self, order: Order, still: Still | None) -> None:
        if self._worker is None:
            return  # the picture has moved on since
        self._worker = None
        if still is not None and self._may(order):
            self._coming = still
            self._view.advance()

    def _may(self, order: Order) -> bool:
        """Whether the view is where the still belongs, and nothing lies over it that a sixel picture would cover."""
        view = self._view
        if not view.is_attached or view.app.screen is not view.screen or view.picture_region != order.region:
            return False
        return order.graphics.way == "kitty" or _is_bare(view, order.region)

    def advance(self) -> None:
        """Send what there is room for."""
        still = self._coming
        if still is None:
            return
        app = self._view.app
        line = line_of(app)
        while still.pieces and not terminal_is_behind(app):
            piece = still.pieces.popleft()
            if not still.begun and still.number is not None:
                from widgets import stills

                line.last_words[still.number] = stills.kitty_free(still.number, tmux=self._view.graphics.tmux)
            still.begun = True
            send(app, piece)
            if line.answers:
                ask(app, len(piece))
        if not still.pieces:
            self._coming, self._shown = None, still
            if still.number is not None:
                self._view.show_rows(still.rows)

    def painted(self) -> bool:
        """Cells of the view were written; whether a sixel picture over them is gone."""
        lost = any(still is not None and still.number is None for still in (self._coming, self._shown))
        if lost:
            self._coming = self._shown = None
        return lost

    def leave(self) -> bool:
        """The picture moves; whether a sixel picture lies over cells that must be written again for it."""
        self._worker = None
        coming, shown, self._coming, self._shown = self._coming, self._shown, None, None
        for still in (coming, shown):
            if still is not None and still.number is not None:
                if still.pieces and still.begun:
                    from widgets import stills

                    send(self._view.app, stills.kitty_end(tmux=self._view.graphics.tmux))
                self._old.append(still.number)
        return any(still is not None and still.begun and still.number is None for still in (coming, shown))

    def forget_old(self) -> None:
        """Free kitty's pictures whose cells are no longer on the screen."""
        app = self._view.app
        for number in self._old:
            send(app, line_of(app).last_words.pop(number, ""))
        self._old.clear()


def _is_bare(view: CellsView, region: Region) -> bool:
    """Whether the cells of a region are the view's alone; nothing that lies over others is narrower than three."""
    columns = [*range(region.x, region.right, 3), region.right - 1]
    return all(view.screen.get_widget_at(x, y)[0] is view for y in range(region.y, region.bottom) for x in columns)
