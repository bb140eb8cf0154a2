"""Datasets by the path that somebody gave: ours, or the pictures of a COCO file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.dataset.read import Dataset
    from engine.export.coco_view import CocoView


def open_source(folder: Path, coco: Path | None = None) -> Dataset | CocoView:
    """The dataset in a folder, or with `coco` the one of that file about the pictures there; raises DatasetError."""
    if coco is not None:
        from engine.export.coco_view import CocoView

        return CocoView.open(folder, coco)
    from engine.dataset.read import Dataset

    return Dataset.open(folder)


def coco_of(source: object) -> Path | None:
    """The COCO file of such a dataset; None for one of ours."""
    file = getattr(source, "file", None)
    return file if isinstance(file, Path) else None
