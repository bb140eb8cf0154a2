"""The Recipe screen's file has changed, broke or went while it is edited here: say so, and ask whose changes stay."""

from __future__ import annotations

from textual import on, work
from textual.events import ScreenResume

from engine.errors import RecipeError
from studio.screens.recipe_editing import RecipeEditing


class RecipeSettling(RecipeEditing):
    """Shows what differs from the file, and settles it. Nothing is overwritten without an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asking = False
        """Whether a question on the file is open."""
        self._to_ask = False

    def look_at_file(self) -> None:
        """See how the file is now, and let the title tell."""
        self.trouble = self.session.trouble()
        self.show_title()

    async def saved(self) -> None:
        """The file is what is edited here, from now on."""
        raise NotImplementedError

    @work
    async def action_diff(self) -> None:
        await self._ask_what_differs()

    async def _ask_what_differs(self) -> None:
        from studio.screens.recipe_answers import DiffDialog

        lines = self.session.diff(self.session.text_on_disk())
        if not lines:
            self.notify("Nothing differs from the file.")
            return
        answers = [("mine", "Keep mine"), ("file", "Take the file's")]
        title = f"What differs from {self.session.file.name}"
        answer = await self.app.push_screen_wait(DiffDialog(title, lines, answers))
        await self._settle(answer, saving=False)

    @on(ScreenResume)
    def _back_here(self) -> None:
        """Ask now what could not be asked while another screen was looked at."""
        if self._to_ask and self.trouble == "changed":
            self.call_after_refresh(self.settle_conflict)

    @work(exclusive=True, group="conflict")
    async def settle_conflict(self, *, saving: bool = False) -> None:
        """Ask whose changes are to stay; nothing is overwritten before that."""
        from studio.screens.recipe_answers import DiffDialog, QuestionDialog

        self.look_at_file()
        self._to_ask = self.app.screen is not self  # `is_current` counts screens behind a dialog too
        if self.asking or self._to_ask:
            return
        self.asking = True
        mine = ("mine", "Overwrite it with mine" if saving else "Keep mine")
        answers = [("file", "Take the file's"), mine]
        try:
            answer: str | None = "ask"
            while answer == "ask":
                question = QuestionDialog("Two versions", self._question(), [("diff", "Show what differs"), *answers])
                answer = await self.app.push_screen_wait(question)
                if answer == "diff":
                    lines = self.session.diff(self.session.text_on_disk())
                    shown = DiffDialog(f"What differs from {self.session.file.name}", lines, answers)
                    answer = await self.app.push_screen_wait(shown) or "ask"
            await self._settle(answer, saving=saving)
        finally:
            self.asking = False

    def _question(self) -> str:
        name = self.session.file.name
        if self.trouble == "changed":
            return (
                f"{name} was changed by another program, and here are changes that were not saved. Taking the file's "
                "version can be undone with u."
            )
        return f"{name} cannot be read as a recipe any more; what is edited here would take its place."

    async def _settle(self, answer: str | None, *, saving: bool) -> None:
        try:
            if answer == "file":
                if self.session.file_state() == "changed":
                    self.session.take_file()
                else:
                    self.session.revert()
            elif answer == "mine" and saving:
                self.session.save()
                await self.saved()
            elif answer == "mine" and self.session.trouble() == "changed":
                self.session.keep_mine()
        except RecipeError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
        await self.changed()
        self.look_at_file()
