"""Taking frames out of a dataset."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from engine.dataset import layout
from engine.dataset.models import remove_models
from engine.dataset.read import Dataset


def delete_frames(root: Path, start: int, end: int) -> int:
    """Delete frames `start` to `end - 1` of the dataset in `root`; returns how many there were.

    The record of a frame goes first, so that what is left of it counts no more if this is interrupted. When no frame is
    left, the manifest, the models and the empty folders go too; files that are none of ours stay.
    """
    dataset = Dataset.open(root)
    doomed = [index for index in dataset.indices() if start <= index < end]
    for index in doomed:
        paths = [layout.record_path(index), layout.passes_path(index)]
        paths += [layout.image_path(index, kind) for kind in layout.IMAGE_SUFFIXES]
        for path in paths:
            (root / path).unlink(missing_ok=True)
    dataset.refresh()
    if not dataset.indices():
        remove_models(root)
        for name in (layout.MANIFEST_NAME, layout.LOCK_NAME):
            (root / name).unlink(missing_ok=True)
        _remove_empty(root)
    return len(doomed)


def _remove_empty(root: Path) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
