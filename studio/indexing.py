"""The index behind a screen: kept up to date in threads, narrowed by what somebody typed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.dataset.columns import Columns
    from engine.dataset.index import DatasetIndex
    from engine.dataset.read import Dataset
    from engine.dataset.source import FrameSource
    from engine.export.evaluate import FrameErrors

PIECE_SECONDS = 1.5
"""While an index is built for the first time, what there is of it is handed out this often."""


class Indexer:
    """Makes the columns of a source. May be used from several threads."""

    def __init__(self, source: FrameSource) -> None:
        self.source = source
        self._index: DatasetIndex | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Let a dataset know its frames from the cached index, which is faster than listing its folders."""
        from engine.dataset.read import Dataset

        if isinstance(self.source, Dataset):
            with self._lock:
                self._own(self.source).tell_dataset()

    def updates(self, stop: Callable[[], bool]) -> Iterator[tuple[Columns, bool]]:
        """Columns, more and more of them, and whether they are all; ends with all, or when `stop` says so.

        Raises DatasetError where the folder cannot be listed.
        """
        from engine.dataset.read import Dataset

        if not isinstance(self.source, Dataset):
            columns = getattr(self.source, "columns", None)
            if columns is not None:
                yield columns(), True
            return
        while not stop():
            with self._lock:
                index = self._own(self.source)
                until = time.monotonic() + PIECE_SECONDS
                index.update(stop=lambda until=until: stop() or time.monotonic() > until)  # type: ignore[misc]
                columns, complete = index.columns, index.complete
            yield columns, complete
            if complete:
                return

    def _own(self, dataset: Dataset) -> DatasetIndex:
        if self._index is None:
            from engine.dataset.index import DatasetIndex

            self._index = DatasetIndex.of(dataset)
        return self._index


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which frames somebody wants to go through, and in which order, as typed."""

    query: str = ""
    order: str = ""

    @property
    def is_on(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.query or self.order)

    def chosen(self, columns: Columns) -> list[int] | None:
        """The frames' numbers in their order; None for all of them. Raises QueryError."""
        from engine.dataset.query import matching, ordered

        if not self.is_on:
            return None
        wanted = matching(columns, self.query)
        rows = ordered(columns, self.order)
        numbers = columns.frames["index"][rows[wanted[rows]]]
        return [int(number) for number in numbers.tolist()]

    def text(self) -> str:
        """The filter and the order in a few characters."""
        arrow = {"-": "↓"}.get(self.order[:1], "↑")
        order = f"{arrow}{self.order.lstrip('-+')}" if self.order else ""
        return "  ".join(part for part in (f"/{self.query}" if self.query else "", order) if part)


def with_errors(columns: Columns, errors: Mapping[int, FrameErrors]) -> Columns:
    """The columns with those of an evaluation: `errors`, `hits`, `wrong` and `missed` of each frame."""
    import numpy as np

    found = [errors.get(index) for index in columns.indices]
    extra = {
        name: np.array([float(getattr(item, name)) if item is not None else np.nan for item in found])
        for name in ("errors", "hits", "wrong", "missed")
    }
    return replace(columns, frames=columns.frames | extra)
