"""A line at the bottom that asks for a text: a label, an input and a note. Closed, it takes no room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label


class PromptBar(Horizontal):
    """Asks one question at a time; `question` names the one that is open."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel", show=False)]

    @dataclass
    class Answered(Message):
        """Enter was pressed. The bar stays open until `close`, so that a wrong answer can be mended."""

        bar: PromptBar
        question: str
        text: str

    @dataclass
    class Typed(Message):
        """The text changed."""

        bar: PromptBar
        question: str
        text: str

    @dataclass
    class Cancelled(Message):
        """Escape was pressed; the bar is closed."""

        bar: PromptBar
        question: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.question = ""

    def compose(self) -> ComposeResult:
        yield Label(id="prompt-label", markup=False)
        yield Input(id="prompt-input", compact=True, select_on_focus=False)
        yield Label(id="prompt-note", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether a question is being asked."""
        return bool(self.question)

    def ask(self, question: str, label: str, text: str = "", note: str = "") -> None:
        """Open the bar and give it the focus."""
        self.question = question
        self.query_one("#prompt-label", Label).update(label)
        self.note(note)
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        self.add_class("-open")
        # Not `field.focus()`, which takes effect later: keys typed ahead on a slow line would be taken for actions.
        self.screen.set_focus(field)

    def note(self, text: str, wrong: bool = False) -> None:
        """Say something behind the input."""
        label = self.query_one("#prompt-note", Label)
        label.update(text)
        label.set_class(wrong, "-wrong")

    def close(self) -> None:
        """Take the bar away. Where the focus goes is the caller's business."""
        self.question = ""
        self.remove_class("-open")

    def action_cancel(self) -> None:
        question = self.question
        self.close()
        self.post_message(self.Cancelled(self, question))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.Answered(self, self.question, event.value))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(self, self.question, event.value))
