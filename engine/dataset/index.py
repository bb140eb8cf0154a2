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

import msgspec
import numpy as np
import numpy.typing as npt

from engine.dataset import layout
from engine.dataset.columns import Columns, Texts, empty_columns, join, take
from engine.dataset.read import Dataset
from engine.dataset.summary import FrameSummary, columns_of, summarize
from engine.files import write_atomically
from engine.paths import cache_dir

VERSION = 1
"""Of the cached files; others are made anew."""

KEPT = 40
"""Datasets whose index stays in the cache; of more, those used longest ago go."""

_SETTLED = 2.0
"""Seconds after which a folder's unchanged time of modification means unchanged contents."""

WORTH_SAVING = 200
"""Records read from a folder to which frames are just being added, from which on its part is cached all the same."""

type Progress = Callable[[int], object]


class _StoredTexts(msgspec.Struct):
    codes: bytes
    words: list[str]


class _Stored(msgspec.Struct):
    """A part of the index as it lies in the cache. Arrays are little endian."""

    version: int
    modified: int
    numbers: bytes
    """int64 (3, N): frame number, the record's time of modification in ns, its size and the picture's, mixed."""
    frames: dict[str, bytes]
    drawn: dict[str, bytes]
    words: dict[str, _StoredTexts]
    problems: _StoredTexts
    instances: dict[str, bytes]
    classes: _StoredTexts
    owner: bytes


@dataclass(slots=True)
class _Part:
    """The frames of one folder."""

    modified: int
    """The folder's time of modification in ns when it was listed; -1 where it may change unnoticed."""
    marks: dict[int, tuple[int, int]]
    """By frame: time of modification and sizes of its record and picture."""
    columns: Columns


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
    _parts: dict[str, _Part] = field(default_factory=dict)
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
        parts: dict[str, _Part] = {}
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

    def _scanned(self, name: str, before: _Part | None, progress: Progress) -> tuple[_Part, int]:
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
            return _Part(stamp, marks, before.columns), 0
        fresh = [index for index, mark in marks.items() if old.get(index) != mark]
        summaries: list[FrameSummary] = []
        for number, index in enumerate(fresh):
            summaries.append(_read(root, index, found[index].picture_bytes))
            progress(number + 1)
        return _Part(stamp, marks, _merged(before, marks, columns_of(summaries), set(fresh))), len(fresh)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.msgpack"

    def _load(self, name: str) -> _Part | None:
        """A part from the cache; None where it has none, or one that cannot be used."""
        try:
            return _decoded(msgspec.msgpack.decode(self._path(name).read_bytes(), type=_Stored))
        except (OSError, ValueError, msgspec.MsgspecError, KeyError, IndexError):
            return None

    def _save(self, name: str, part: _Part) -> None:
        """Keep a part in the cache, if its disk takes it."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(name), msgspec.msgpack.encode(_encoded(part)))

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


def _merged(before: _Part | None, marks: dict[int, tuple[int, int]], fresh: Columns, read: set[int]) -> Columns:
    """What stays of a part, and what was read anew, in the order of the frames' numbers."""
    if before is None:
        return fresh
    stays = np.array([index in marks and index not in read for index in before.columns.indices], np.bool_)
    both = join([take(before.columns, stays), fresh])
    order = np.argsort(both.frames["index"], kind="stable")
    return reorder(both, order)


def reorder(columns: Columns, order: npt.NDArray[np.intp]) -> Columns:
    """The same frames in another order, (N,) rows."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    owners = place[columns.owner]
    instances = np.argsort(owners, kind="stable")
    return Columns(
        frames={name: values[order] for name, values in columns.frames.items()},
        drawn={name: values[order] for name, values in columns.drawn.items()},
        words={name: Texts(texts.codes[order], texts.words) for name, texts in columns.words.items()},
        problems=Texts(columns.problems.codes[order], columns.problems.words),
        instances={name: values[instances] for name, values in columns.instances.items()},
        classes=Texts(columns.classes.codes[instances], columns.classes.words),
        owner=owners[instances],
    )


def _encoded(part: _Part) -> _Stored:
    columns = part.columns
    numbers = np.array([(index, *mark) for index, mark in part.marks.items()], "<i8").reshape(-1, 3).T
    return _Stored(
        version=VERSION,
        modified=part.modified,
        numbers=numbers.tobytes(),
        frames={name: values.astype("<f8").tobytes() for name, values in columns.frames.items()},
        drawn={name: values.astype("<f8").tobytes() for name, values in columns.drawn.items()},
        words={name: _stored(texts) for name, texts in columns.words.items()},
        problems=_stored(columns.problems),
        instances={name: values.astype("<f8").tobytes() for name, values in columns.instances.items()},
        classes=_stored(columns.classes),
        owner=columns.owner.astype("<i8").tobytes(),
    )


def _stored(texts: Texts) -> _StoredTexts:
    return _StoredTexts(texts.codes.astype("<i4").tobytes(), texts.words)


def _decoded(stored: _Stored) -> _Part:
    """The part that was stored; raises ValueError where it is of another version or does not fit together."""
    if stored.version != VERSION:
        raise ValueError("another version")
    indices, modified, sizes = np.frombuffer(stored.numbers, "<i8").reshape(3, -1).tolist()
    count = len(indices)
    owner = np.frombuffer(stored.owner, "<i8").astype(np.int64)
    columns = Columns(
        frames=_arrays(stored.frames, count),
        drawn=_arrays(stored.drawn, count),
        words={name: _texts(texts, count) for name, texts in stored.words.items()},
        problems=_texts(stored.problems, count),
        instances=_arrays(stored.instances, len(owner)),
        classes=_texts(stored.classes, len(owner)),
        owner=owner,
    )
    marks = dict(zip(indices, zip(modified, sizes, strict=True), strict=True))
    return _Part(stored.modified, marks, columns)


def _arrays(stored: dict[str, bytes], count: int) -> dict[str, npt.NDArray[np.float64]]:
    arrays = {name: np.frombuffer(data, "<f8") for name, data in stored.items()}
    if any(len(values) != count for values in arrays.values()):
        raise ValueError("columns of different lengths")
    return arrays


def _texts(stored: _StoredTexts, count: int) -> Texts:
    codes = np.frombuffer(stored.codes, "<i4").astype(np.int32)
    if len(codes) != count or (count and codes.max() >= len(stored.words)):
        raise ValueError("texts that do not fit their column")
    return Texts(codes, stored.words)
