"""A question to which only `y` means yes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from studio.actions import bindings


class ConfirmScreen(ModalScreen[bool]):
    """Asks, and is dismissed with the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("confirm")]
    SCOPES: ClassVar[tuple[str, ...]] = ("confirm",)

    def __init__(self, question: str, yes: str) -> None:
        """`yes` says in a word or two what `y` does."""
        super().__init__()
        self._question, self._yes = question, yes

    def compose(self) -> ComposeResult:
        pane = Vertical(Static(self._question, markup=False), id="confirm")
        pane.border_title = "Sure?"
        pane.border_subtitle = f"y: {self._yes} · n: leave it"
        yield pane

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
