"""A widget that shows a picture in cells, keeps its shape, and sends no more of it than the terminal takes in time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text
from textual import events
from textual.message import Message
from textual.timer import Timer

from widgets.backpressure import ask_before, line_of, terminal_is_behind
from widgets.cell_grid import CellText, Picture, fit
from widgets.cells_view import CellsView
from widgets.detail import FULL, STEPS, Detail, DetailChooser, posterised, reduced
from widgets.still import Fine, Order, StillShow

if TYPE_CHECKING:
    from widgets.cells import CellRow

RETRY_SECONDS = 1 / 60

SETTLE_SECONDS = 0.4
"""A picture that nothing has followed for so long has settled: what was left out of it is sent, and a still made."""


class _Pending(NamedTuple):
    """A picture on its way to the screen."""

    picture: Picture
    texts: tuple[CellText, ...]
    fine: Fine
    native: tuple[int, int]
    came: float


class ImageView(CellsView, can_focus=True):
    """Shows an RGB array, centred in its area.

    A picture of exactly the size that `picture_size` names is shown as it is; any other is resampled. Where the app has
    256 colours, it is mixed of those. While the terminal is still busy with an earlier picture a new one waits, and a
    later one takes its place. On a slow line pictures that follow each other come with less detail, which is sent when
    they have settled (`widgets.detail`); in an app with `graphics` of kitty or sixel, a still takes their place then.
    """

    DEFAULT_CSS = """
    ImageView { width: 1fr; height: 1fr; }
    """

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
        self._detail = DetailChooser()
        self._still = StillShow(self)
        self._refining = False
        """Whether what is being sent is only more of the picture shown: a new one need not wait for it."""
        self._settled = False
        self._retry: Timer | None = None
        self._settle: Timer | None = None

    # What others ask

    def picture_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) in pixels, two of them to a cell, at which a picture of the given size will be shown."""
        columns, rows = self.content_size
        return fit((width, height), max(columns, 1), max(rows, 1))

    @property
    def picture(self) -> Picture | None:
        """The picture on the screen, as it was handed in."""
        return self._shown.picture if self._shown else None

    def show_picture(
        self,
        picture: Picture,
        texts: Sequence[CellText] = (),
        fine: Fine | None = None,
        native: tuple[int, int] | None = None,
    ) -> None:
        """Show a picture (H, W, 3) with texts over it, in cells of the picture's own grid.

        Args:
            fine: draws the same picture, without texts, at other sizes, for quadrants and stills; may be called in a
                thread. Without it `picture` is scaled.
            native: (width, height) beyond which `fine` has nothing more to show; that of `picture` when left out.
        """
        from widgets.cells import scale_to  # with the first picture: it needs numpy and Pillow

        self._pending = _Pending(
            picture,
            tuple(texts),
            fine or partial(scale_to, picture),
            native or (picture.shape[1], picture.shape[0]),
            time.monotonic(),
        )
        self._stop_settling()
        self.advance()

    def show_message(self, message: str | Text) -> None:
        """Show a text instead of a picture."""
        self._message = Text(message) if isinstance(message, str) else message
        self._pending = self._shown = None
        self._sender.replace([])
        self._stop_settling()
        self._still.leave()
        self.refresh()

    # The way to the screen

    def advance(self) -> None:
        """Do what is due: take the waiting picture, send rows, send the still, or wait for what is under way."""
        if not self.is_attached:
            return
        if self._pending is not None and (self._refining or not self._sender.busy):
            if terminal_is_behind(self.app):
                self._later()
                return
            pending, self._pending = self._pending, None
            self._refining = self._settled = False
            self._take(pending, time.monotonic() - pending.came)
        if self._sender.busy:
            self._sender.send()
        if self._still.sending:
            self._still.advance()
        if self._pending is not None or self._sender.busy or self._still.sending:
            self._later()
        elif self._shown is not None and self._settle is None and not self._settled:
            self._settle = self.set_timer(SETTLE_SECONDS, self._settle_down)

    def _later(self) -> None:
        line_of(self.app).wait(self.advance)
        if self._retry is None:
            self._retry = self.set_timer(RETRY_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self.advance()

    def _take(self, shown: _Pending, waited: float = 0.0) -> None:
        """Encode a picture, with as much detail as the line allows, and begin to send it."""
        covered = self._still.leave()
        self._shown = shown
        ask_before(self.app)
        rows = self._detail.encode(partial(self._encoded, shown), self._sender.cost, line_of(self.app).rate, waited)
        self.show_rows(rows, everything=covered)

    def _encoded(self, shown: _Pending, detail: Detail = STEPS[FULL]) -> list[CellRow]:
        from widgets.cells import character_cells, half_block_cells, scale_to
        from widgets.quadrants import quadrant_cells

        width, height = self.picture_size(shown.picture.shape[1], shown.picture.shape[0])
        in_palette = self.app.console.color_system == "256"
        if self.characters:
            picture = scale_to(shown.picture, (width, height))
            return character_cells(picture, shown.texts, color=not self.colorless, palette=in_palette)
        if self.graphics.way == "quadrants" and not detail.merged:
            picture = posterised(shown.fine((2 * width, height)), detail.bits)
            return quadrant_cells(picture, shown.texts, palette=in_palette)
        picture = reduced(scale_to(shown.picture, (width, height)), detail)
        return half_block_cells(picture, shown.texts, palette=in_palette)

    def painted(self) -> None:
        """Lines of the view were written to the terminal."""
        if self._still.painted():
            self._settled = False
        self.advance()

    # Settling

    def _stop_settling(self) -> None:
        if self._settle is not None:
            self._settle.stop()
            self._settle = None

    def _settle_down(self) -> None:
        """Nothing followed the picture: send what was left out of it; after that, the still."""
        self._settle = None
        shown = self._shown
        if shown is None or not self.is_attached:
            return
        if self._detail.step != FULL and not self._refining:
            self._refining = True
            self.show_rows(self._encoded(shown))
            self.advance()
            return
        self._refining = self._settled = True
        self._still.forget_old()
        if self.graphics.way in ("kitty", "sixel") and not self.characters:
            self._still.begin(self._order(shown))

    def _order(self, shown: _Pending) -> Order:
        region = self.picture_region
        return Order(
            shown.fine,
            shown.native,
            shown.texts,
            region,
            region.bottom >= self.app.size.height,
            self.graphics,
            self.app.console.color_system == "256",
            line_of(self.app).rate,
        )

    def on_unmount(self) -> None:
        self._still.leave()
        self._still.forget_old()

    def watch_characters(self) -> None:
        self._encode_again()

    def watch_colorless(self) -> None:
        self._encode_again()

    def _encode_again(self) -> None:
        self._sender.replace([])
        if self._shown is not None:
            self._stop_settling()
            self._settled = False
            self._take(self._shown)
            self.advance()

    def on_resize(self, _event: events.Resize) -> None:
        self._encode_again()
        self.post_message(self.Resized(self))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or not self._sender.rows:
            return
        column, row = offset.x - self._origin[0], offset.y - self._origin[1]
        if 0 <= column < self._columns and 0 <= row < len(self._sender.rows):
            event.stop()
            self.post_message(self.Clicked(self, (column + 0.5) / self._columns, (row + 0.5) / len(self._sender.rows)))
