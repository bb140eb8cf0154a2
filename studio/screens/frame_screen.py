"""A screen that shows the frame where a browser is, reads and draws it in threads, and learns of new frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.worker import get_current_worker

from engine.annotate.overlay import Region
from engine.dataset.read import Dataset
from engine.dataset.source import FrameSource
from engine.errors import StudioError
from studio.browser import Browser, Wish
from studio.drawing import Drawn, draw_wish
from studio.footer import KeyFooter
from studio.frames import Frame, FrameCache
from studio.looks import MORE_COLORS, MORE_COLORS_SHORT
from studio.screens.common import SizedScreen, StatusLine, TitleBar, too_small_notice
from studio.screens.inspect_panes import (
    SOURCE_TITLES,
    InstanceTable,
    ValuesTable,
    in_palette,
    joined,
    overlay_marks,
    overlays_of,
    place_text,
    status_text,
)
from studio.screens.prediction_table import PredictionTable, prediction_text
from studio.tabs import TabBar
from studio.units import digits
from widgets.border_titles import entitle
from widgets.filmstrip import FilmStrip
from widgets.image_view import ImageView
from widgets.prompt_bar import PromptBar

if TYPE_CHECKING:
    from studio.watching import Watch

ROOMY_COLUMNS = 70
"""Columns from which keys are written at full length; shorter they fit the smallest screen."""

WAITING = "No frames yet.\n\nThis folder is watched: frames appear here as soon as they are rendered."

NO_MATCH = "No frame matches the filter.\n\nEsc clears it."


class FrameScreen(SizedScreen):
    """Shows one dataset. Reading and drawing happen in threads; while a picture is drawn, the latest wish is kept."""

    AUTO_FOCUS = "ImageView"
    CSS_PATH = "../styles/inspect.tcss"

    class PictureDrawn(Message):
        """A thread has drawn a picture."""

        def __init__(self, drawn: Drawn) -> None:
            super().__init__()
            self.drawn = drawn

    class FolderChanged(Message):
        """There may be new frames."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, FrameScreen.FolderChanged)

    class FramesFound(Message):
        """A thread has read the folder."""

        def __init__(self, indices: list[int], problem: str = "") -> None:
            super().__init__()
            self.indices, self.problem = indices, problem

    def __init__(
        self,
        dataset: FrameSource,
        cache: FrameCache | None = None,
        browser: Browser | None = None,
        *,
        characters: bool = False,
        can_leave: bool = False,
    ) -> None:
        """`can_leave` says whether there is a screen to go back to."""
        super().__init__()
        self.dataset = dataset
        self.cache = cache or FrameCache(dataset)
        self.browser = browser or Browser()
        self.frame: Frame | None = None
        self._characters = characters
        self.can_leave = can_leave
        self._drawing: Wish | None = None
        self.shown: Wish | None = None
        self._known = False
        self._hint = True
        self.shown_region: Region | None = None
        self._watch: Watch | None = None

    def compose(self) -> ComposeResult:
        yield TabBar("inspect")
        yield TitleBar(id="title", classes="content")
        with Horizontal(id="body", classes="content"):
            with Vertical(id="pictures"):
                yield ImageView(id="picture")
                yield FilmStrip(id="strip")
            with Vertical(id="side"):
                yield InstanceTable()
                yield PredictionTable()
                yield ValuesTable()
        yield StatusLine(id="status", classes="content", markup=False)
        yield PromptBar(id="prompt")
        yield KeyFooter()
        yield too_small_notice()

    def on_mount(self) -> None:
        self.view.characters = self._characters
        self.view.colorless = self.app.no_color
        self.view.show_message("Reading …")
        self.show_titles()
        self.find_frames()

    def on_unmount(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    @property
    def view(self) -> ImageView:
        """The picture's widget."""
        return self.query_one("#picture", ImageView)

    @property
    def picture_room(self) -> tuple[int, int]:
        """(columns, rows) of the picture that is wanted."""
        return self.view.content_size.width, self.view.content_size.height

    # The folder's frames

    @on(FolderChanged)
    def _folder_changed(self) -> None:
        self.find_frames()

    @work(thread=True, exclusive=True, group="folder", exit_on_error=False)
    def find_frames(self) -> None:
        """Look for frames."""
        try:
            self.post_message(self.FramesFound(self.dataset.refresh()))
        except StudioError as error:
            self.post_message(self.FramesFound([], str(error)))

    @on(FramesFound)
    def _take_frames(self, event: FramesFound) -> None:
        self._known = True
        self.browser.take(event.indices)
        if self.browser.index is None:
            self.show_nothing(event.problem)
            self._begin_watching()
        self.moved()
        self.frames_changed()

    def show_nothing(self, problem: str = "") -> None:
        """Say why there is no picture."""
        self.frame = self.shown = self.shown_region = None
        self.view.show_message(problem or (NO_MATCH if self.browser.everything else WAITING))
        self.query_one(InstanceTable).show(None)
        self.query_one(PredictionTable).show(None)
        self.query_one(ValuesTable).show(None)

    def frames_changed(self) -> None:
        """For what else a screen has to do when there may be new frames."""

    def settled(self) -> None:
        """For what else a screen has to do once the wished picture is shown."""

    def _begin_watching(self) -> None:
        """Once something is on the screen: what watching needs takes a moment to load."""
        if self._watch is None and isinstance(self.dataset, Dataset):
            from studio.watching import watch_dataset

            self._watch = watch_dataset(self.dataset.root, lambda: self.post_message(self.FolderChanged()))
            self._watch.start()

    # The picture

    def moved(self) -> None:
        """Show what the browser says now."""
        self.show_titles()
        self.draw()

    @on(ImageView.Resized)
    def draw(self) -> None:
        """Have the picture drawn, unless it is what is being drawn or shown already."""
        wish = self.browser.wish(*self.picture_room)
        if wish is None or self._drawing is not None or wish == self.shown:
            return
        self._drawing = wish
        self._draw(wish)

    @work(thread=True, group="picture", exit_on_error=False)
    def _draw(self, wish: Wish) -> None:
        self.post_message(self.PictureDrawn(draw_wish(self.cache, wish, characters=self.view.characters)))

    @on(PictureDrawn)
    def _show_picture(self, event: PictureDrawn) -> None:
        drawn, self._drawing = event.drawn, None
        if self.browser.index is None:
            return
        self.shown, self.shown_region = drawn.wish, drawn.region
        self._take_frame(drawn.frame)
        if drawn.picture is None:
            self.view.show_message(drawn.frame.problem)
        else:
            self.view.show_picture(drawn.picture, drawn.texts, drawn.fine, drawn.native)
        if self.browser.wish(*self.picture_room) != drawn.wish:
            self.draw()
            return
        self.call_after_refresh(self._go_on, drawn.wish)  # the picture first

    def _go_on(self, shown: Wish) -> None:
        """Do what a picture that is on the screen lets come next."""
        if shown == self.shown:
            self._read_ahead(self.browser.ahead(), shown.source)
            self._begin_watching()
            self.settled()

    @work(thread=True, exclusive=True, group="ahead", exit_on_error=False)
    def _read_ahead(self, indices: list[int], source: str) -> None:
        worker = get_current_worker()
        for index in indices:
            if worker.is_cancelled:
                return
            self.cache.load(index, source)

    def _show_values(self) -> None:
        if self.frame is not None:
            self.query_one(ValuesTable).show(self.frame.record)

    def _take_frame(self, frame: Frame) -> None:
        if frame is self.frame:
            return
        is_first = self.frame is None
        self._hint = self._hint and is_first
        self.frame = frame
        self.query_one(InstanceTable).show(frame.record)
        self.query_one(PredictionTable).show(frame)
        if is_first:  # what takes longest to fill comes after the first picture
            self.call_after_refresh(self._show_values)
        else:
            self._show_values()
        self.show_selection()
        self.show_titles()

    # What is said around the picture

    def sized(self, width: int, height: int) -> None:
        self.show_titles()
        self.show_selection()

    def show_titles(self) -> None:
        """Say where we are, and which overlays are on."""
        browser = self.browser
        left = Text.assemble(
            (self.dataset.name or self.dataset.root.name, "bold"), "  ", place_text(browser, self._known), end=""
        )
        self.query_one(TitleBar).show(left, self._title_end())
        marks = overlay_marks(browser, overlays_of(self.frame), self.view.size.width - 6)
        entitle(self.view, self._picture_title(), marks)

    def _picture_title(self) -> str:
        """What the picture shows; what its colours mean as well, where there is room for it."""
        if self.browser.index is None:
            return "Picture"
        title = self._legend().capitalize() if self._legend_fits() else SOURCE_TITLES[self.browser.source]
        return f"{title}  ×{digits(self.browser.zoom, 2)}" if self.browser.zoom > 1 else title

    def _legend(self) -> str:
        return self.frame.note if self.frame is not None else ""

    def _legend_fits(self) -> bool:
        """Whether the picture's frame has room for the legend, with its corners and two spaces on either side."""
        return 0 < len(self._legend()) <= self.view.size.width - 6

    @on(ImageView.Resized)
    def _fit_texts(self) -> None:
        legend_fitted = not str(self.view.border_title).startswith(SOURCE_TITLES.get(self.browser.source, "?"))
        self.show_titles()
        if self._legend() and legend_fitted != self._legend_fits():
            self.show_selection()

    def _title_end(self) -> Text:
        """What the title line says on the right; where it is the only line, how to get the others back."""
        end = Text("z shows the panes" if self.has_class("-picture-only") else self.title_note(), end="")
        if self.browser.following:
            end = Text.assemble(("● following", self.app.theme_variables["success"]), "   ", end, end="")
        return end

    def title_note(self) -> str:
        """What the title line says on the right."""
        return self.dataset.note

    def show_selection(self) -> None:
        """Mark the selected object and tell about it, or about the picture."""
        selected = self.browser.selected
        self.query_one(InstanceTable).cursor = None if selected is None else str(selected)
        self.query_one(PredictionTable).point_at(self.browser.predicted, selected)
        self.query_one(StatusLine).update(self._status(self.app.size.width - 2))

    def _status(self, columns: int) -> str:
        """One line of so many columns on what is selected, or on the picture."""
        if self.frame is None or self.frame.record is None:
            return str(self.dataset.root)
        for item in self.frame.predictions:
            if item.instance_id == self.browser.predicted:
                return joined(prediction_text(item, self.frame), columns)
        return status_text(self.frame, self.browser.selected, self._notes(columns), columns)

    def _notes(self, columns: int) -> list[str]:
        """What comes before the facts: the legend, if the title has no room for it; at first, how to get colours."""
        notes = [self._legend()] if self._legend() and not self._legend_fits() else []
        if self._hint and in_palette(self.app) and not self.view.characters:
            notes.append(MORE_COLORS if len(MORE_COLORS) <= columns else MORE_COLORS_SHORT)
        return notes
