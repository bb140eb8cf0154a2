"""What the Library screen asks on the line above the footer: a filter, folders, and notes on assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from engine.errors import StudioError
from engine.library.folders import add_folder, remove_folder
from studio.library_text import short
from studio.screens.library_notes import NoteQuestions
from widgets.path_completion import complete_folder
from widgets.prompt_bar import PromptBar

if TYPE_CHECKING:
    from engine.library.assets import Asset
    from studio.library_view import LibraryView

QUESTIONS = ("filter", "tags", "class", "scale", "add_folder", "remove_folder")
"""Actions that ask something."""


class LibraryQuestions(NoteQuestions):
    """For a screen that shows a `view` of the library, one of it `selected`."""

    if TYPE_CHECKING:

        @property
        def view(self) -> LibraryView: ...

        @property
        def selected(self) -> Asset | None: ...

        def fill(self) -> None: ...

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No question is asked while something is typed."""
        if action in QUESTIONS:
            return not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        self.query_one(PromptBar).ask("filter", "filter", self.view.text, "Enter keeps it, Esc clears it")

    def action_add_folder(self) -> None:
        self.query_one(PromptBar).ask("add", "add folder", "", "of models, HDRIs, textures", complete=complete_folder)

    def action_remove_folder(self) -> None:
        asset = self.selected
        if asset is None or asset.is_builtin:
            self.notify("Built-in assets are in no folder.", severity="warning")
            return
        self.query_one(PromptBar).ask("remove", f"take {short(Path(asset.root))} out? y", "", "its files stay")

    @on(PromptBar.Typed)
    def _typed(self, event: PromptBar.Typed) -> None:
        if event.question == "filter":
            self.view.text = event.text
            self.fill()

    @on(PromptBar.Cancelled)
    def _cancelled(self, event: PromptBar.Cancelled) -> None:
        if event.question == "filter":
            self.view.text = ""
            self.fill()

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        problem = self._answer(event.question, event.text.strip())
        if problem:
            event.bar.note(problem, wrong=True)
            return
        event.bar.close()

    def _answer(self, question: str, text: str) -> str:
        """Do what was asked for; returns what is wrong, if anything is."""
        try:
            match question:
                case "add":
                    folder = add_folder(text) if text else None
                    if folder is not None:
                        self.notify(f"{short(folder)} is in the library.", markup=False)
                        self.grid.look()
                case "remove" if text.lower() in ("y", "yes") and self.selected is not None:
                    folder = remove_folder(self.selected.root)
                    self.notify(f"{short(folder)} is no longer in the library.", markup=False)
                    self.grid.look()
                case "tags" | "class" | "scale":
                    self.answer_note(question, text)
        except StudioError as error:
            return str(error)
        return ""
