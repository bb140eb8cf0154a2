"""A frame screen with an index behind it: filters, orders, problems, and predictions beside the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from engine.dataset.read import Dataset
from engine.errors import StudioError
from studio.indexing import Narrowing, with_errors
from studio.screens.frame_screen import FrameScreen
from studio.units import grouped

if TYPE_CHECKING:
    from engine.dataset.columns import Columns
    from engine.export.evaluate import Evaluation


class NarrowScreen(FrameScreen):
    """Keeps the index, and goes through the frames that it chooses."""

    class Indexed(Message):
        """A thread has (more) columns."""

        def __init__(self, columns: Columns, complete: bool) -> None:
            super().__init__()
            self.columns, self.complete = columns, complete

    class Evaluated(Message):
        """A thread has compared the predictions with the truth."""

        def __init__(self, outcome: Evaluation | StudioError) -> None:
            super().__init__()
            self.outcome = outcome

    columns: Columns | None = None
    index_complete = False
    evaluation: Evaluation | None = None
    _index_begun = False

    @property
    def narrowing(self) -> Narrowing:
        """The filter and the order that hold."""
        return self.browser.narrowing

    # The index

    def frames_changed(self) -> None:
        """New frames must be in the index too; the first time it waits for the first picture."""
        if self._index_begun:
            self._update_index()

    def settled(self) -> None:
        """Begin with the index once something is on the screen."""
        if not self._index_begun:
            self._index_begun = True
            self._update_index()
            if self.cache.predictions_file is not None:
                self._evaluate(self.cache.predictions_file)

    @work(thread=True, exclusive=True, group="index", exit_on_error=False)
    def _update_index(self) -> None:
        worker = get_current_worker()
        try:
            for columns, complete in self.cache.indexer.updates(lambda: worker.is_cancelled):
                self.post_message(self.Indexed(columns, complete))
        except StudioError:  # the folder cannot be listed: the search for frames has told so
            return

    @on(Indexed)
    def _take_columns(self, event: Indexed) -> None:
        same = event.columns is self.columns_made and event.complete == self.index_complete
        is_first = self.columns_made is None
        self.columns_made, self.index_complete = event.columns, event.complete
        if same:
            return
        self.refresh_columns(is_first=is_first)
        self.show_titles()
        if self.index_complete:
            self.frames_indexed()

    def refresh_columns(self, *, is_first: bool = False) -> None:
        """Take up what is known of the frames beyond the index, and filter by it."""
        self._add_errors()
        if self.narrowing.is_on:
            # An order that was there from the beginning is shown from its beginning.
            problem = self.narrow(self.narrowing, to_first=is_first and bool(self.narrowing.order))
            if problem and is_first:
                self.notify(problem, severity="error", markup=False)
                self.browser.narrowing = Narrowing()

    def frames_indexed(self) -> None:
        """For what else a screen has to do once all frames are in the index."""

    def with_findings(self, columns: Columns) -> Columns:
        """For what a screen knows of the frames beyond the index."""
        return columns

    columns_made: Columns | None = None
    """As the index has them, without what an evaluation adds."""

    def _add_errors(self) -> None:
        self.columns = None if self.columns_made is None else self.with_findings(self.columns_made)
        if self.columns is not None and self.evaluation is not None:
            self.columns = with_errors(self.columns, self.evaluation.frames)
        self.index_changed()

    def row_of(self, index: int) -> int | None:
        """The row of a frame in the columns; None where they do not have it (yet)."""
        if self.columns is None:
            return None
        numbers = self.columns.frames["index"]
        row = int(numbers.searchsorted(index))
        return row if row < len(numbers) and numbers[row] == index else None

    def index_changed(self) -> None:
        """For what else a screen has to do when the columns say other things."""

    def narrow(self, narrowing: Narrowing, *, to_first: bool = False, empty: bool = True) -> str:
        """Go through other frames; returns what is wrong with what was typed, and then nothing changes.

        Without `empty` nothing changes either where no frame would be left.
        """
        from engine.dataset.query import QueryError

        if self.columns is None:
            self.browser.narrowing = narrowing
            return ""
        try:
            chosen = narrowing.chosen(self.columns)
        except QueryError as error:
            if not self.index_complete:  # a name may come with frames that are not in the index yet
                self.browser.narrowing = narrowing
                return ""
            return str(error)
        if chosen is not None and not chosen and not empty:
            return ""
        before = self.browser.index
        self.browser.narrowing = narrowing
        self.browser.narrow(chosen, to_first=to_first)
        if self.browser.index is None and before is not None:
            self.show_nothing()
        self.moved()
        return ""

    def matches_text(self) -> str:
        """How many frames the filter leaves, for the question line."""
        if self.columns is None:
            return "the index is being made"
        count = f"{grouped(len(self.browser.indices))} of {grouped(len(self.browser.everything))}"
        return count if self.index_complete else f"{count}, {grouped(len(self.columns))} indexed so far"

    def title_note(self) -> str:
        """The filter and the order instead of the seed, how far the index is, and what predictions are worth."""
        parts = [self.narrowing.text()]
        if self.columns_made is not None and not self.index_complete:
            parts.append(f"indexing {grouped(len(self.columns_made))} of {grouped(len(self.browser.everything))}")
        if self.evaluation is not None:
            from studio.stats_text import figures_text

            parts += [figures_text(kind, figures) for kind, figures in self.evaluation.figures.items()]
        return "   ".join(filter(None, parts)) or super().title_note()

    # Predictions

    @work(thread=True, exclusive=True, group="evaluation", exit_on_error=False)
    def _evaluate(self, file: Path) -> None:
        from engine.export.coco_view import CocoView
        from engine.export.evaluate import evaluate

        source = self.dataset
        assert isinstance(source, Dataset | CocoView)
        try:
            self.post_message(self.Evaluated(evaluate(source, file)))
        except StudioError as error:
            self.post_message(self.Evaluated(error))

    @on(Evaluated)
    def _take_evaluation(self, event: Evaluated) -> None:
        outcome = event.outcome
        if isinstance(outcome, StudioError):
            self.notify(str(outcome), severity="error", timeout=15, markup=False)
            return
        self.evaluation = outcome
        self.cache.predictions, self.cache.missed = outcome.predictions, outcome.missed
        self.cache.forget()
        self.add_class("-predictions")
        self._add_errors()
        self.shown = None
        if not self.narrowing.is_on and self.columns is not None:
            self.narrow(Narrowing(order="-errors"), to_first=True)
        self.moved()
