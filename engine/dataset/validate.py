"""Reading a whole dataset back: every file against its record, every record against its spec and the manifest."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from engine.dataset import layout
from engine.dataset.check_frame import FrameReport, Problem, check_frame
from engine.dataset.manifest import Manifest, fingerprint_of
from engine.dataset.read import Dataset
from engine.dataset.threads import in_threads
from engine.export.check_coco import check_coco_export
from engine.files import is_temporary

type Progress = Callable[[int], None]


def _no_progress(frames: int) -> None:
    pass


@dataclass(slots=True)
class Validation:
    """What was found."""

    frames: int = 0
    instances: int = 0
    problems: list[Problem] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    """Files of a frame that has no record (yet): a process was ended, or is at work, in the middle of storing it. They
    do no harm: nothing reads them, and they are replaced when the frame is rendered."""


def validate_dataset(dataset: Dataset, progress: Progress = _no_progress) -> Validation:
    """Check everything there is; finds problems and raises none, except for a folder that cannot be listed.

    `progress` is called with the number of frames read back so far.
    """
    found = Validation()
    _check_folder(dataset, found)
    sound: list[int] = []
    for report in frame_reports(dataset, dataset.iter_indices()):
        found.frames += 1
        found.instances += report.instances
        found.problems += report.problems
        if not report.problems:
            sound.append(report.index)
        progress(found.frames)
    found.problems += [Problem(layout.record_path(index), what) for index, what in check_coco_export(dataset, sound)]
    return found


def folder_problems(dataset: Dataset) -> list[Problem]:
    """What is wrong with the manifest, and with files that belong to no frame; no frame is read."""
    found = Validation()
    _check_folder(dataset, found)
    return found.problems


def _check_folder(dataset: Dataset, found: Validation) -> None:
    found.problems += [Problem(layout.MANIFEST_NAME, what) for what in manifest_problems(dataset.manifest)]
    _check_names(dataset, found)


def manifest_problems(manifest: Manifest) -> Iterator[str]:
    """What is wrong with a manifest that could be read."""
    if fingerprint_of(manifest) != manifest.fingerprint:
        yield "its fingerprint does not fit its recipe, seed, assets and versions: it was changed by hand"
    if [entry.id for entry in manifest.classes] != list(range(1, len(manifest.classes) + 1)):
        yield "the ids of its classes are not 1, 2, 3, ..."
    if len({entry.name for entry in manifest.classes}) != len(manifest.classes):
        yield "two of its classes have the same name"


def _check_names(dataset: Dataset, found: Validation) -> None:
    """Sort out every name below `frames` that is not a file of a complete frame."""
    frames = dataset.root / layout.FRAMES_NAME
    for folder in sorted(_names(frames)):
        if not layout.is_frame_folder(folder) or not (frames / folder).is_dir():
            found.problems.append(Problem(f"{layout.FRAMES_NAME}/{folder}", "it is no part of the dataset"))
            continue
        names = _names(frames / folder)
        for name in sorted(names):
            _check_name(f"{layout.FRAMES_NAME}/{folder}/{name}", name, names, dataset.manifest, found)


def _check_name(path: str, name: str, beside: set[str], manifest: Manifest, found: Validation) -> None:
    index = layout.index_of(name)
    if is_temporary(name):
        found.leftovers.append(path)
    elif index is None or path not in _paths(index, manifest):
        found.problems.append(Problem(path, "no record names it: it is no part of the dataset"))
    elif os.path.basename(layout.record_path(index)) not in beside:
        found.leftovers.append(path)


def _paths(index: int, manifest: Manifest) -> set[str]:
    """The files that a frame of this dataset has."""
    paths = {layout.record_path(index), layout.image_path(index, manifest.storage.image)}
    return paths | {layout.passes_path(index)} if manifest.storage.passes else paths


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except FileNotFoundError:
        return set()


def frame_reports(dataset: Dataset, indices: Iterable[int]) -> Iterator[FrameReport]:
    """Check frames; reports in their order."""
    return in_threads(partial(check_frame, dataset), indices)
