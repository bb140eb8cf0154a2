"""What `studio show` shows: frames of a dataset, ours or a COCO file's, chosen by a filter or by their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.annotate.plain import PlainInstance
from engine.errors import BadInput
from studio.frames import Frame, read_frame
from studio.opening import open_source
from studio.pictures import spread_evenly

if TYPE_CHECKING:
    from engine.dataset.read import Dataset
    from engine.export.coco_view import CocoView


@dataclass(frozen=True, slots=True)
class Shown:
    """The frames to be shown."""

    source: Dataset | CocoView
    everything: list[int]
    """All frames, ascending."""
    indices: list[int]
    """Those chosen, in their order."""
    worst_first: bool = False
    """Whether their order is that of their errors."""
    predictions: Mapping[int, tuple[PlainInstance, ...]] = field(default_factory=dict)
    """By frame."""

    def frame(self, index: int, kind: str = "color") -> Frame:
        """A frame, with its predictions, as one of `studio.browser.SOURCES`."""
        return replace(read_frame(self.source, index, kind), predictions=self.predictions.get(index, ()))

    def sheet(self, count: int) -> list[int]:
        """As many frames for a contact sheet: the worst, or some of all."""
        return self.indices[:count] if self.worst_first else spread_evenly(self.indices, count)


def shown(folder: Path, coco: Path | None, predictions: Path | None, query: str) -> Shown:
    """The frames of a dataset that match a query, with predictions those with the most errors first.

    Raises:
        DatasetError: there is no such dataset, or the predictions do not fit it.
        QueryError: the query makes no sense.
    """
    if predictions is not None and not predictions.is_file():
        raise BadInput(f"{predictions} is no file; name a COCO file of results.")
    if not query and predictions is None:
        source = open_source(folder, coco)
        everything = source.refresh()
        return Shown(source, everything, everything)
    from studio.commands.stats import opened
    from studio.indexing import Narrowing, with_errors

    source, columns = opened(folder, coco)
    everything = source.refresh()
    if predictions is None:
        chosen = Narrowing(query).chosen(columns)
        return Shown(source, everything, everything if chosen is None else chosen)
    from engine.export.evaluate import evaluate

    outcome = evaluate(source, predictions)
    chosen = Narrowing(query, "-errors").chosen(with_errors(columns, outcome.frames))
    return Shown(source, everything, chosen or [], worst_first=True, predictions=outcome.predictions)
