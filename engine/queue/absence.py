"""Whether a place's workers come at all: what an engine that spans many machines refuses is no fault of any frame."""

from __future__ import annotations

from engine.errors import WorkerDied
from engine.queue.employer import Employer
from engine.queue.workplace import Place


class Absence:
    """The trouble with having a worker at one place."""

    def __init__(self, employer: Employer, place: Place) -> None:
        self._employer = employer
        self._place = place
        self.trouble = ""
        """Why the last one did not come; empty when it did."""

    def note(self, cause: str) -> None:
        """A worker has come (no cause), or has ended before it said a word."""
        before, self.trouble = (
            self.trouble,
            f"No worker comes to {self._place.name}: {cause.rstrip('.')}." if cause else "",
        )
        if self.trouble != before:
            self._employer.place_changed(self._place.name, WorkerDied(self.trouble) if self.trouble else None)
