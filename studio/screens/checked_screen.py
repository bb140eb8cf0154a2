"""A frame screen that can read all frames back and say what is wrong with them, for filters and in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from engine.dataset.read import Dataset
from studio.screens.narrow_screen import NarrowScreen
from studio.units import grouped

if TYPE_CHECKING:
    from engine.dataset.columns import Columns

TELL_SECONDS = 1.5
"""How often what was found so far is handed out."""


class CheckedScreen(NarrowScreen):
    """Checks frames in a thread when it is asked to, and knows what was found in earlier times."""

    class Checked(Message):
        """A thread has checked frames, or looked up what is known of them."""

        def __init__(self, texts: dict[int, str], left: int, *, asked: bool) -> None:
            super().__init__()
            self.texts, self.left, self.asked = texts, left, asked

    problems: dict[int, str] | None = None
    """By frame that was checked: what is wrong with it, an empty text where nothing is."""
    _unchecked = 0
    """Frames that are yet to be checked; 0 while nobody asked for it."""
    _looked_up = False

    def with_findings(self, columns: Columns) -> Columns:
        """The columns with what is wrong with frames."""
        if not any((self.problems or {}).values()):
            return columns
        from engine.dataset.columns import with_problems

        return with_problems(columns, self.problems or {})

    def frames_indexed(self) -> None:
        """Once all frames are in the index: what is known of them from before."""
        super().frames_indexed()
        if not self._looked_up and isinstance(self.dataset, Dataset):
            self._looked_up = True
            self._check(asked=False)

    def action_check(self) -> None:
        """Read all frames back, except those that were checked as they are."""
        if not isinstance(self.dataset, Dataset):
            self.notify("Only datasets of this program can be checked: their records say what must be in their files.")
        elif not self._unchecked:
            self._unchecked = len(self.browser.everything)
            self.show_titles()
            self._check(asked=True)

    @work(thread=True, exclusive=True, group="check", exit_on_error=False)
    def _check(self, *, asked: bool) -> None:
        from engine.dataset.problems import FrameProblems

        assert isinstance(self.dataset, Dataset)
        worker = get_current_worker()
        known = FrameProblems.of(self.dataset)
        if not asked and not known.texts():
            return
        left = known.forget_changed(self.browser.everything)
        told = time.monotonic()

        def tell(done: int) -> None:
            nonlocal told
            if time.monotonic() - told > TELL_SECONDS:
                self.post_message(self.Checked(known.texts(), len(left) - done, asked=True))
                told = time.monotonic()

        if asked:
            known.check(left, tell, lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(self.Checked(known.texts(), 0, asked=asked))

    @on(Checked)
    def _take_findings(self, event: Checked) -> None:
        self.problems, self._unchecked = event.texts, event.left
        self.refresh_columns()
        self.show_selection()
        self.show_titles()
        if event.asked and not event.left:
            wrong = sum(bool(text) for text in event.texts.values())
            if wrong:
                self.notify(
                    f"{grouped(wrong)} of {grouped(len(event.texts))} frames have a problem: /problem", timeout=8
                )
            else:
                self.notify(f"{grouped(len(event.texts))} frames checked, no problems.")

    def title_note(self) -> str:
        note = super().title_note()
        return f"{note}   checking, {grouped(self._unchecked)} left" if self._unchecked else note

    def problem_of(self, index: int) -> str:
        """What is known to be wrong with a frame; empty where nothing is."""
        row = self.row_of(index)
        return self.columns.problems.at(row) if row is not None and self.columns is not None else ""

    def _notes(self, columns: int) -> list[str]:
        problem = self.problem_of(self.frame.index) if self.frame is not None else ""
        return [*([f"! {problem}"] if problem else []), *super()._notes(columns)]
