"""Browse a dataset: a picture with overlays, the objects in it, the values it was drawn from; live while it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Footer
from textual.worker import get_current_worker

from engine.dataset.read import Dataset
from engine.errors import StudioError
from studio.actions import bindings
from studio.browser import Browser, Wish
from studio.drawing import Drawn, draw_wish
from studio.frames import Frame, FrameCache
from studio.screens.common import SizedScreen, StatusLine, TitleBar, too_small_notice
from studio.screens.inspect_panes import InstanceTable, ValuesTable, overlay_marks, place_text, status_text
from widgets.image_view import ImageView
from widgets.prompt_bar import PromptBar
from widgets.row_table import RowTable

if TYPE_CHECKING:
    from studio.live import FolderWatch

WAITING = "No frames yet.\n\nThis folder is watched: frames appear here as soon as they are rendered."


class InspectScreen(SizedScreen):
    """Shows one dataset. Reading and drawing happen in threads; while a picture is drawn, the latest wish is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("inspect")]
    AUTO_FOCUS = "ImageView"
    SCOPES: ClassVar[tuple[str, ...]] = ("inspect", "table", "app")

    class PictureDrawn(Message):
        """A thread has drawn a picture."""

        def __init__(self, drawn: Drawn) -> None:
            super().__init__()
            self.drawn = drawn

    class FolderChanged(Message):
        """There may be new frames."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, InspectScreen.FolderChanged)

    class FramesFound(Message):
        """A thread has read the folder."""

        def __init__(self, indices: list[int], problem: str = "") -> None:
            super().__init__()
            self.indices, self.problem = indices, problem

    def __init__(
        self,
        dataset: Dataset,
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
        self._can_leave = can_leave
        self._drawing: Wish | None = None
        self._shown: Wish | None = None
        self._known = False
        self._watch: FolderWatch | None = None

    def compose(self) -> ComposeResult:
        yield TitleBar(id="title", classes="content")
        with Horizontal(id="body", classes="content"):
            yield ImageView(id="picture")
            with Vertical(id="side"):
                yield InstanceTable()
                yield ValuesTable()
        yield StatusLine(id="status", classes="content", markup=False)
        yield PromptBar(id="prompt")
        yield Footer(classes="content", show_command_palette=False)
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
            self.frame = self._shown = None
            self.view.show_message(event.problem or WAITING)
            self.query_one(InstanceTable).show(None)
            self.query_one(ValuesTable).show(None)
            self._begin_watching()
        self.moved()

    def _begin_watching(self) -> None:
        """Once something is on the screen: what watching needs takes a moment to load."""
        if self._watch is None:
            from studio.live import FolderWatch

            self._watch = FolderWatch(self.dataset.root, lambda: self.post_message(self.FolderChanged()))
            self._watch.start()

    # The picture

    def moved(self) -> None:
        """Show what the browser says now."""
        self.show_titles()
        self.draw()

    @on(ImageView.Resized)
    def draw(self) -> None:
        """Have the picture drawn, unless it is what is being drawn or shown already."""
        wish = self.browser.wish(*self.view.content_size)
        if wish is None or self._drawing is not None or wish == self._shown:
            return
        self._drawing = wish
        self._draw(wish)

    @work(thread=True, group="picture", exit_on_error=False)
    def _draw(self, wish: Wish) -> None:
        self.post_message(self.PictureDrawn(draw_wish(self.cache, wish)))

    @on(PictureDrawn)
    def _show_picture(self, event: PictureDrawn) -> None:
        drawn, self._drawing = event.drawn, None
        if self.browser.index is None:
            return
        self._shown = drawn.wish
        self._take_frame(drawn.frame)
        if drawn.picture is None:
            self.view.show_message(drawn.frame.problem)
        else:
            self.view.show_picture(drawn.picture, drawn.texts)
        if self.browser.wish(*self.view.content_size) != drawn.wish:
            self.draw()
            return
        self._read_ahead(self.browser.ahead(), drawn.wish.source)
        self._begin_watching()

    @work(thread=True, exclusive=True, group="ahead", exit_on_error=False)
    def _read_ahead(self, indices: list[int], source: str) -> None:
        worker = get_current_worker()
        for index in indices:
            if worker.is_cancelled:
                return
            self.cache.load(index, source)

    def _take_frame(self, frame: Frame) -> None:
        if frame is self.frame:
            return
        self.frame = frame
        self.query_one(InstanceTable).show(frame.record)
        self.query_one(ValuesTable).show(frame.record)
        self._show_selection()
        self.show_titles()

    # What is said around the picture

    def sized(self, width: int, height: int) -> None:
        self.show_titles()

    def show_titles(self) -> None:
        """Say where we are, and which overlays are on."""
        manifest, browser = self.dataset.manifest, self.browser
        left = Text.assemble(
            (manifest.name or self.dataset.root.name, "bold"), "  ", place_text(browser, self._known), end=""
        )
        right = Text(f"seed {manifest.seed}", end="")
        if browser.following:
            right = Text.assemble(("● following", self.app.theme_variables["success"]), "   ", right, end="")
        self.query_one(TitleBar).show(left, right)
        note = f" · {self.frame.note}" if self.frame is not None and self.frame.note else ""
        self.view.border_title = "Picture" if browser.index is None else f"Frame {browser.index}{note}"
        self.view.border_subtitle = overlay_marks(browser)

    def _show_selection(self) -> None:
        selected = self.browser.selected
        self.query_one(InstanceTable).cursor = None if selected is None else str(selected)
        record = self.frame.record if self.frame else None
        self.query_one(StatusLine).update(status_text(record, selected) if record else str(self.dataset.root))

    # Selecting an object

    def select(self, instance_id: int | None) -> None:
        """Make one instance stand out, or none."""
        self.browser.selected = instance_id
        self._show_selection()
        self.draw()

    @on(RowTable.Moved, "#instances")
    def _row_moved(self, event: RowTable.Moved) -> None:
        self.select(None if event.key is None else int(event.key))

    @on(RowTable.Moved, "#values")
    def _value_moved(self, event: RowTable.Moved) -> None:
        value = self.query_one(ValuesTable).value(event.key)
        if value is not None:
            self.query_one(StatusLine).update(value.explain())

    @on(ImageView.Clicked)
    def _picture_clicked(self, event: ImageView.Clicked) -> None:
        if self.frame is not None and self.frame.ids is not None:
            height, width = self.frame.ids.shape
            self.select(int(self.frame.ids[int(event.y * height), int(event.x * width)]) or None)

    # Actions (their keys are in studio/actions.py)

    def action_step(self, by: int) -> None:
        self.browser.step(by)
        self.moved()

    def action_first(self) -> None:
        self.action_step(-len(self.browser.indices))

    def action_last(self) -> None:
        self.action_step(len(self.browser.indices))

    def action_follow(self) -> None:
        self.browser.follow()
        self.moved()

    def action_overlay(self, name: str) -> None:
        self.browser.toggle(name)
        self.moved()

    def action_overlays(self) -> None:
        self.browser.toggle_all()
        self.moved()

    def action_source(self) -> None:
        record = self.frame.record if self.frame else None
        if record is not None and not self.browser.next_source(list(record.passes)):
            self.notify("This dataset stores no depth and no normals; `render.passes` of its recipe asks for them.")
        self.moved()

    def action_instance(self, by: int) -> None:
        record = self.frame.record if self.frame else None
        ids = [item.instance_id for item in record.instances] if record else []
        self.select(self.browser.next_instance(ids, by))

    def action_wide(self) -> None:
        self.toggle_class("-picture-only")
        self.view.focus()

    def action_reload(self) -> None:
        self.cache.forget()
        self._shown = None
        self.find_frames()

    def action_leave(self) -> None:
        values = self.query_one(ValuesTable)
        if self.browser.selected is not None:
            self.select(None)
        elif values.words:
            values.filter("")
        elif self._can_leave:
            self.dismiss()

    # Questions asked on the line above the footer

    def action_goto(self) -> None:
        if self.browser.indices:
            first, last = self.browser.indices[0], self.browser.indices[-1]
            self.query_one(PromptBar).ask("goto", "go to frame", note=f"{first} to {last}")

    def action_filter(self) -> None:
        values = self.query_one(ValuesTable)
        self.remove_class("-picture-only")
        self.query_one(PromptBar).ask(
            "filter", "filter values", " ".join(values.words), "Enter keeps it, Esc clears it"
        )

    @on(PromptBar.Typed)
    def _typed(self, event: PromptBar.Typed) -> None:
        if event.question == "filter":
            self.query_one(ValuesTable).filter(event.text)

    @on(PromptBar.Cancelled)
    def _cancelled(self, event: PromptBar.Cancelled) -> None:
        if event.question == "filter":
            self.query_one(ValuesTable).filter("")
        self.view.focus()

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        if event.question == "goto" and not self._go_to_text(event.text):
            return
        event.bar.close()
        (self.query_one(ValuesTable) if event.question == "filter" else self.view).focus()

    def _go_to_text(self, text: str) -> bool:
        """Go to the frame that was typed; False, and a word about it, if there is none."""
        number = text.strip().lstrip("#")
        if number.isdecimal() and self.browser.has(int(number)):
            self.browser.following = False
            self.browser.go_to(int(number))
            self.moved()
            return True
        note = f"there is no frame {number}" if number.isdecimal() else "a frame is named by its number"
        if number.isdecimal() and self.browser.indices:
            note += f"; the nearest is {self.browser.nearest(int(number))}"
        self.query_one(PromptBar).note(note, wrong=True)
        return False
