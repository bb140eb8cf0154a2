"""A screen of frames that asks, on the line above the footer, where to go, what to leave out and in which order."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from studio.indexing import Narrowing
from studio.screens.common import StatusLine
from studio.screens.frame_screen import ROOMY_COLUMNS
from studio.screens.gallery_screen import GalleryScreen
from studio.screens.inspect_panes import ValuesTable
from widgets.prompt_bar import PromptBar


class QuestionScreen(GalleryScreen):
    """Follows what is typed, and goes back to what was before where the answer is not given."""

    _before = Narrowing()
    """What held when a question was asked."""
    _asked_at: int | None = None
    """The frame that was shown then."""

    def action_goto(self) -> None:
        if self.browser.indices:
            first, last = min(self.browser.indices), max(self.browser.indices)
            self.query_one(PromptBar).ask("goto", "go to frame", note=f"{first} to {last}")

    def action_filter(self) -> None:
        self._before, self._asked_at = self.narrowing, self.browser.index
        note = "azimuth>90 class=cup area<500" if self.app.size.width >= ROOMY_COLUMNS else "area<500"
        self.query_one(PromptBar).ask("filter", "filter frames", self.narrowing.query, note)

    def action_sort(self) -> None:
        self._before, self._asked_at = self.narrowing, self.browser.index
        note = "-area  azimuth  distance" + ("  -errors" if self.evaluation is not None else "")
        self.query_one(PromptBar).ask("sort", "sort by", self.narrowing.order, note)

    def action_values(self) -> None:
        values = self.query_one(ValuesTable)
        self.remove_class("-picture-only")
        self.show_titles()
        text = " ".join(values.words)
        self.query_one(PromptBar).ask("values", "filter values", text, "Enter keeps it, Esc clears it")

    @on(PromptBar.Typed)
    def _typed(self, event: PromptBar.Typed) -> None:
        if event.question == "values":
            self.query_one(ValuesTable).filter(event.text)
        elif event.question in ("filter", "sort"):
            self._narrow_as_typed(event.question, event.text, finished=False)

    def _narrow_as_typed(self, question: str, text: str, *, finished: bool = True) -> bool:
        """Show what a text chooses, or say what is wrong with it; the latter is False.

        What chooses nothing counts only once it is finished: half a word would empty the screen.
        """
        typed = text.strip()
        wanted = replace(self.narrowing, query=typed) if question == "filter" else replace(self.narrowing, order=typed)
        problem = self.narrow(wanted, to_first=question == "sort", empty=finished)
        if question == "filter":
            self._return_to(self._asked_at)  # half a word may have led away from it
        nothing = not problem and self.narrowing != wanted
        note = "nothing matches" if nothing else self.matches_text()
        # The sentence needs a line of its own: behind the input it would leave no room for what is typed.
        self.query_one(PromptBar).note("not understood" if problem else note, wrong=bool(problem))
        if problem:
            self.query_one(StatusLine).update(problem)
        else:
            self.show_selection()
        return not problem

    @on(PromptBar.Cancelled)
    def _cancelled(self, event: PromptBar.Cancelled) -> None:
        if event.question == "values":
            self.query_one(ValuesTable).filter("")
        elif event.question in ("filter", "sort"):
            self.narrow(self._before)
            self._return_to(self._asked_at)
            self.show_selection()  # in place of an error

    @on(PromptBar.Left)
    def _left(self) -> None:
        self.show_selection()

    def _return_to(self, index: int | None) -> None:
        """Go to a frame, or to the one closest to it among those that are left."""
        if index is not None and self.browser.indices:
            nearest = self.browser.nearest(index)
            if nearest != self.browser.index:
                self.browser.go_to(nearest)
                self.moved()

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        if event.question == "goto" and not self._go_to_text(event.text):
            return
        if event.question in ("filter", "sort") and not self._narrow_as_typed(event.question, event.text):
            return
        if event.question == "filter" and "problem" in event.text and self.problems is None:
            self.action_check()
        event.bar.close()
        if event.question == "values":
            self.set_focus(self.query_one(ValuesTable))
        else:
            self.focus_pictures()

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
