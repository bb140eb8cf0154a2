"""A frame screen with small pictures of the frames: a filmstrip below the picture, or a grid in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.containers import Vertical
from textual.message import Message
from textual.worker import get_current_worker

from studio.screens.checked_screen import CheckedScreen
from studio.screens.frame_screen import NO_MATCH, WAITING
from studio.strip import Thumbs
from studio.units import grouped
from widgets.filmstrip import FilmStrip
from widgets.prompt_bar import PromptBar
from widgets.thumbnail_cells import GridItem

if TYPE_CHECKING:
    from studio.screens.frame_grid import FrameGrid
    from widgets.thumbnail_grid import ThumbnailGrid

STRIP_COLUMNS, STRIP_ROWS = 110, 36
"""The least terminal that has room for a filmstrip."""

BEHIND_GRID = (16, 6)
"""Cells of the picture that is drawn while the grid hides it: what stands beside it is read with it."""


class GalleryScreen(CheckedScreen):
    """Has small pictures made in a thread, of the frames that are in view."""

    class ThumbsMade(Message):
        """A thread has made small pictures; `last` when it has made all that were wanted."""

        def __init__(self, keys: tuple[int, ...], *, last: bool) -> None:
            super().__init__()
            self.keys, self.last = keys, last

    _thumbs: Thumbs | None = None
    _grid: FrameGrid | None = None
    _gridded: list[int] | None = None
    """The frames that the grid has."""

    @property
    def thumbs(self) -> Thumbs:
        """The small pictures."""
        if self._thumbs is None:
            self._thumbs = Thumbs(self.dataset)
        return self._thumbs

    @property
    def strip(self) -> FilmStrip:
        """The row of small pictures."""
        return self.query_one(FilmStrip)

    @property
    def shows_grid(self) -> bool:
        """Whether the grid has the picture's place."""
        return self.has_class("-grid")

    @property
    def picture_room(self) -> tuple[int, int]:
        return BEHIND_GRID if self.shows_grid else super().picture_room

    def classify(self, width: int, height: int) -> None:
        super().classify(width, height)
        self.set_class(width >= STRIP_COLUMNS and height >= STRIP_ROWS, "-strip")

    def moved(self) -> None:
        super().moved()
        self.show_small()

    def settled(self) -> None:
        super().settled()
        self.show_small()

    def index_changed(self) -> None:
        super().index_changed()
        if self._grid is not None:
            self._grid.refresh()

    def show_small(self) -> None:
        """Show the small pictures about the current frame."""
        if self.shows_grid:
            self._fill_grid()
        else:
            self.show_strip()

    def forget_pictures(self) -> None:
        """Have all small pictures made anew."""
        if self._thumbs is not None:
            self._thumbs.forget()
        self._gridded = None

    @work(thread=True, exclusive=True, group="thumbs", exit_on_error=False)
    def _make_thumbs(self, keys: list[int]) -> None:
        worker, thumbs = get_current_worker(), self.thumbs
        for key in keys:
            if worker.is_cancelled:
                return
            if thumbs.get(key) is None:
                thumbs.make(key)
                self.post_message(self.ThumbsMade((key,), last=False))
        self.post_message(self.ThumbsMade((), last=True))

    @on(ThumbsMade)
    def _take_thumbs(self, event: ThumbsMade) -> None:
        if self.shows_grid and self._grid is not None:
            for key in event.keys:
                self._grid.picture_changed(str(key))
        elif event.last:
            self.show_strip()

    # The filmstrip

    @on(FilmStrip.Resized)
    def show_strip(self) -> None:
        """Show the frames around the current one, and have small pictures made that are missing."""
        strip, browser = self.strip, self.browser
        hidden = self.shows_grid or not self.has_class("-strip")
        if hidden or browser.index is None or not strip.content_size.width:
            return
        strip.characters = self.view.characters
        room = strip.capacity
        first = min(max(browser.position - room // 2, 0), max(len(browser.indices) - room, 0))
        keys = browser.indices[first : first + room]
        pictures = self.thumbs.there(keys)
        strip.show(keys, browser.index, pictures)
        if len(pictures) < len(keys):
            self._make_thumbs(keys)

    @on(FilmStrip.Chosen)
    def _strip_clicked(self, event: FilmStrip.Chosen) -> None:
        self.browser.following = False
        self.browser.go_to(event.key)
        self.moved()

    # The grid

    async def action_grid(self) -> None:
        """Show the grid in the picture's place, or the picture again."""
        if self._grid is None:
            self._grid = await self._mounted_grid()
        self.toggle_class("-grid")
        if self.shows_grid:
            self._fill_grid()
        self.call_after_refresh(self.focus_pictures)  # what is not displayed yet cannot have the focus
        self.moved()

    def focus_pictures(self) -> None:
        """Give the focus to the grid, or to the picture: whichever is shown."""
        if not self.query_one(PromptBar).is_open:  # a question that was asked meanwhile keeps it
            self.set_focus(self._grid if self.shows_grid else self.view)

    async def _mounted_grid(self) -> FrameGrid:
        from studio.screens.frame_grid import FrameGrid

        grid = FrameGrid(self._item, lambda key: self.thumbs.get(int(key)), id="grid")
        grid.characters, grid.colorless = self.view.characters, self.app.no_color
        grid.border_title = "Frames"
        await self.query_one("#pictures", Vertical).mount(grid)
        return grid

    # The grid's messages, by their names: its module is loaded when it is first asked for.

    def on_thumbnail_grid_selected(self) -> None:
        """Go to the frame under the grid's cursor; where keys were faster than messages, only the last counts."""
        key = self._grid.cursor if self._grid is not None else None
        if key is not None and int(key) != self.browser.index:
            self.browser.following = False
            self.browser.go_to(int(key))
            self.moved()

    async def on_thumbnail_grid_activated(self) -> None:
        """Look at the frame at full size."""
        if self.shows_grid:
            await self.action_grid()

    def on_thumbnail_grid_in_view(self, event: ThumbnailGrid.InView) -> None:
        """Have the small pictures made that have come into view."""
        if self.shows_grid:
            self._make_thumbs([int(key) for key in event.keys])

    def zoom_grid(self, steps: int) -> None:
        """Show larger or smaller pictures in the grid; 0 for those of the usual size."""
        if self._grid is not None:
            self._grid.zoom = self._grid.zoom + steps if steps else 1

    def _fill_grid(self) -> None:
        grid, browser = self._grid, self.browser
        if grid is None:
            return
        if browser.indices is not self._gridded:
            self._gridded = browser.indices
            grid.show(browser.indices, browser.index, (NO_MATCH if browser.everything else WAITING).partition("\n")[0])
        elif browser.index is not None:
            grid.cursor = str(browser.index)

    def _item(self, key: str) -> GridItem:
        """What stands below a frame's picture: what is wrong with it, or what is in it."""
        index = int(key)
        row = self.row_of(index)
        if row is None or self.columns is None:
            return GridItem(f"#{index}", placeholder="…")
        problem = self.columns.problems.at(row)
        if problem:
            return GridItem(f"#{index}", problem, "!", wrong=True)
        frames = self.columns.frames
        if "errors" in frames:
            return GridItem(f"#{index}", f"{frames['errors'][row]:.0f} errors", "…")
        seen = frames["seen"][row]
        return GridItem(f"#{index}", f"{grouped(int(seen))} seen" if seen == seen else "", "…")
