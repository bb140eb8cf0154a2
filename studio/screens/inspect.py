"""Browse a dataset: a picture with overlays, the objects in it, the values it was drawn from; live while it grows."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from studio.actions import bindings
from studio.screens.common import StatusLine
from studio.screens.frame_screen import FrameScreen
from studio.screens.inspect_panes import ValuesTable
from widgets.image_view import ImageView
from widgets.prompt_bar import PromptBar
from widgets.row_table import RowTable


class InspectScreen(FrameScreen):
    """What a user can do with the frames of a dataset: go, look, select, filter."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("inspect")]
    SCOPES: ClassVar[tuple[str, ...]] = ("inspect", "table", "app")

    # Selecting an object

    def select(self, instance_id: int | None) -> None:
        """Make one instance stand out, or none."""
        self.browser.selected = instance_id
        self.show_selection()
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
        self.show_titles()
        self.view.focus()

    def action_reload(self) -> None:
        self.cache.forget()
        self.shown = None
        self.find_frames()

    def action_leave(self) -> None:
        values = self.query_one(ValuesTable)
        if self.has_class("-picture-only"):
            self.action_wide()
        elif self.browser.selected is not None:
            self.select(None)
        elif values.words:
            values.filter("")
        elif self.can_leave:
            self.dismiss()

    # Questions asked on the line above the footer

    def action_goto(self) -> None:
        if self.browser.indices:
            first, last = self.browser.indices[0], self.browser.indices[-1]
            self.query_one(PromptBar).ask("goto", "go to frame", note=f"{first} to {last}")

    def action_filter(self) -> None:
        values = self.query_one(ValuesTable)
        self.remove_class("-picture-only")
        self.show_titles()
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
