"""An index of a dataset: numbers of all its frames, kept in the user's cache, so that a large dataset opens at once.

Each folder of frames (1000 of them) has a file of its own below `CACHE/index/KEY/`, with the folder's time of
modification. A folder that has not changed since is taken from the cache; in one that has, only records whose size or
time differ are read. The dataset itself is never written to, and losing the cache costs only time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from engine.dataset import layout
from engine.dataset.columns import Columns, empty_columns, join, reorder, take
from engine.dataset.index_part import Part, decoded, encoded
from engine.dataset.read import Dataset
from engine.dataset.summary import FrameSummary, columns_of, summarize
from engine.files import write_atomically
from engine.paths import cache_dir

KEPT = 40
"""Datasets whose index stays in the cache; of more, those used longest ago go."""

_SETTLED = 2.0
"""Seconds after which a folder's unchanged time of modification means unchanged contents."""

WORTH_SAVING = 200
"""Records read from a folder to which frames are just being added, from which on its part is cached all the same."""

type Progress = Callable[[int], object]


@dataclass(slots=True)
class _Found:
    """The files of one frame."""

    modified: int = 0
    record_bytes: int = -1
    picture_bytes: int | None = None

    @property
    def mark(self) -> tuple[int, int]:
        """Differs when the record or the size of the picture does."""
        return self.modified, self.record_bytes << 32 | ((self.picture_bytes or 0) & 0xFFFFFFFF)


def _no_progress(frames: int) -> None:
    pass


@dataclass(slots=True)
class DatasetIndex:
    """The columns of a dataset. Not for several threads at once."""

    dataset: Dataset
    folder: Path
    """Where its parts are cached."""
    columns: Columns = field(default_factory=empty_columns)
    """All frames, as of the last `update`."""
    complete: bool = False
    """Whether the last `update` came to its end."""
    _parts: dict[str, Part] = field(default_factory=dict)
    _joined: bool = False

    @classmethod
    def of(cls, dataset: Dataset, cache: Path | None = None) -> DatasetIndex:
        """The index of a dataset, empty until `update`; `cache` holds all indexes, in the user's folder by default."""
        manifest = dataset.manifest
        identity = f"{os.path.realpath(dataset.root)}\0{manifest.fingerprint}\0{manifest.created_at}"
        key = hashlib.blake2b(identity.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        return cls(dataset, (cache or cache_dir() / "index") / key)

    def update(self, progress: Progress = _no_progress, stop: Callable[[], bool] = lambda: False) -> bool:
        """Take in what has changed; returns whether anything has.

        `progress` is called with the number of records read; when `stop` says so, the rest is left for the next time.
        Raises DatasetError where the folder cannot be listed.
        """
        parts: dict[str, Part] = {}
        changed, read, self.complete = not self._joined, 0, True
        for name in self.dataset.frame_folders():
            if stop():
                parts |= {other: part for other, part in self._parts.items() if other not in parts}
                self.complete = False
                break
            part = self._parts.get(name) or self._load(name)
            if part is None or part.modified != _modified(self.dataset.root, name):
                before = part
                part, count = self._scanned(name, before, partial(_from, progress, read))
                read += count
                if part is not before and (part.modified >= 0 or count >= WORTH_SAVING):
                    self._save(name, part)
            known = self._parts.get(name)
            changed = changed or known is None or part.columns is not known.columns
            parts[name] = part
        changed = changed or parts.keys() != self._parts.keys()
        self._parts, self._joined = parts, True
        if changed:
            self.columns = join([parts[name].columns for name in sorted(parts, key=int)])
            self._tidy()
        return changed

    def tell_dataset(self) -> None:
        """Spare the dataset listing the folders that have not changed since they were cached."""
        for name in self.dataset.frame_folders():
            part = self._load(name)
            if part is not None:
                self._parts.setdefault(name, part)
                self.dataset.know(name, part.modified, list(part.marks))

    def _scanned(self, name: str, before: Part | None, progress: Progress) -> tuple[Part, int]:
        """The part of a folder, and how many records were read for it. The same part where nothing has changed."""
        root = self.dataset.root
        modified = _modified(root, name)
        settled = time.time() - modified / 1e9 > _SETTLED
        found = _files(root / layout.FRAMES_NAME / name, int(name))
        stamp = modified if settled else -1
        old = before.marks if before is not None else {}
        marks = {index: files.mark for index, files in sorted(found.items())}
        if before is not None and marks == old:
            if before.modified == stamp:
                return before, 0
            return Part(stamp, marks, before.columns), 0
        fresh = [index for index, mark in marks.items() if old.get(index) != mark]
        summaries: list[FrameSummary] = []
        for number, index in enumerate(fresh):
            summaries.append(_read(root, index, found[index].picture_bytes))
            progress(number + 1)
        return Part(stamp, marks, _merged(before, marks, columns_of(summaries), set(fresh))), len(fresh)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.msgpack"

    def _load(self, name: str) -> Part | None:
        """A part from the cache; None where it has none, or one that cannot be used."""
        try:
            return decoded(self._path(name).read_bytes())
        except OSError:
            return None

    def _save(self, name: str, part: Part) -> None:
        """Keep a part in the cache, if its disk takes it."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(name), encoded(part))

    def _tidy(self) -> None:
        """Drop the indexes of datasets that were not opened for the longest time."""
        with suppress(OSError):
            os.utime(self.folder)
            others = sorted(self.folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
            for folder in others[KEPT:]:
                shutil.rmtree(folder, ignore_errors=True)


def _from(progress: Progress, start: int, done: int) -> None:
    progress(start + done)


def _modified(root: Path, name: str) -> int:
    try:
        return (root / layout.FRAMES_NAME / name).stat().st_mtime_ns
    except OSError:
        return 0


def _files(folder: Path, number: int) -> dict[int, _Found]:
    """The frames of a folder that have a record, with the sizes of their files."""
    found: dict[int, _Found] = {}
    pictures: dict[int, int] = {}
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            index = layout.index_of(entry.name)
            if (
                index is None
                or index // layout.FRAMES_PER_FOLDER != number
                or entry.name.endswith(layout.PASSES_SUFFIX)
            ):
                continue
            with suppress(OSError):
                status = entry.stat()
                if entry.name.endswith(layout.RECORD_SUFFIX):
                    found[index] = _Found(status.st_mtime_ns, status.st_size)
                else:
                    pictures[index] = status.st_size
    for index, files in found.items():
        files.picture_bytes = pictures.get(index)
    return found


def _read(root: Path, index: int, picture_bytes: int | None) -> FrameSummary:
    try:
        data = (root / layout.record_path(index)).read_bytes()
    except OSError as error:
        return FrameSummary({"index": index}, problem=f"its record cannot be read: {error.strerror}")
    return summarize(index, data, picture_bytes)


def _merged(before: Part | None, marks: dict[int, tuple[int, int]], fresh: Columns, read: set[int]) -> Columns:
    """What stays of a part, and what was read anew, in the order of the frames' numbers."""
    if before is None:
        return fresh
    stays = np.array([index in marks and index not in read for index in before.columns.indices], np.bool_)
    both = join([take(before.columns, stays), fresh])
    order = np.argsort(both.frames["index"], kind="stable")
    return reorder(both, order)
