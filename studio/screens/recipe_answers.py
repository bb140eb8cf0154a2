"""Questions of the Recipe screen: what differs from the file, and whose changes are to stay."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Static

from studio.screens.recipe_dialogs import Dialog


class AnswerDialog(Dialog[str]):
    """Something to look at, and buttons with the answers."""

    def __init__(self, title: str, answers: Sequence[tuple[str, str]]) -> None:
        """`answers` are (name, text of the button), the harmless one first."""
        super().__init__()
        self.TITLE = title  # type: ignore[misc]
        self._answers = answers

    def content(self) -> ComposeResult:
        yield from self.subject()
        with Horizontal(id="answers"):
            for name, text in self._answers:
                yield Button(text, id=f"answer-{name}", compact=True)

    def subject(self) -> ComposeResult:
        """What is above the buttons."""
        yield from ()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss((event.button.id or "").removeprefix("answer-"))

    def on_key(self, event: object) -> None:
        """The arrows go from button to button."""
        key = getattr(event, "key", "")
        if key == "right":
            self.focus_next()
        elif key == "left":
            self.focus_previous()


class QuestionDialog(AnswerDialog):
    """A sentence, and the answers to it."""

    def __init__(self, title: str, question: str, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__(title, answers)
        self._question = question

    def subject(self) -> ComposeResult:
        yield Static(self._question, id="question", markup=False)

    def on_key(self, event: object) -> None:
        """Up and down do so too, as nothing is there to be scrolled."""
        key = getattr(event, "key", "")
        if key == "down":
            self.focus_next()
        elif key == "up":
            self.focus_previous()


class DiffDialog(AnswerDialog):
    """A unified diff; signs at the front of each line say the same as the colours."""

    def __init__(self, title: str, lines: Sequence[str], answers: Sequence[tuple[str, str]]) -> None:
        super().__init__(title, answers)
        self._lines = lines

    def subject(self) -> ComposeResult:
        yield VerticalScroll(Static(self._text(), id="diff"), id="diff-scroll")

    def on_mount(self) -> None:
        self.query_one("#diff-scroll").focus()

    def _text(self) -> Text:
        theme = self.app.theme_variables
        styles = {"+": theme["success"], "-": theme["error"], "@": theme["accent"]}
        text = Text(end="")
        for line in self._lines:
            bold = "bold" if line.startswith(("+++", "---")) else ""
            style = "bold" if bold else styles.get(line[:1], "")
            text.append(line + "\n", style)
        return text
