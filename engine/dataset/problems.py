"""What is wrong with single frames, found by reading them back, and kept in the user's cache beside the index.

A frame that was checked is checked again only when the size or the time of one of its files has changed.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from engine.dataset import layout
from engine.dataset.check_frame import FrameReport
from engine.dataset.index import DatasetIndex
from engine.dataset.read import Dataset
from engine.dataset.validate import frame_reports
from engine.files import write_atomically

VERSION = 1
"""Of the cached file, and of what is checked: raise it with `check_frame`."""

SAVE_SECONDS = 10.0
"""How often the findings are kept while frames are checked."""

FILE_NAME = "problems.msgpack"

type Progress = Callable[[int], object]


class _Stored(msgspec.Struct, array_like=True):
    version: int
    frames: dict[int, tuple[bytes, str]]
    """By frame: the state of its files, and what is wrong with it."""


@dataclass(slots=True)
class FrameProblems:
    """Findings on the frames of a dataset. May be read while another thread checks."""

    dataset: Dataset
    file: Path
    """Where they are cached."""
    _found: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, dataset: Dataset, cache: Path | None = None) -> FrameProblems:
        """What is known from before; `cache` is the folder of all indexes, in the user's folder by default."""
        known = cls(dataset, DatasetIndex.of(dataset, cache).folder / FILE_NAME)
        with suppress(OSError, msgspec.MsgspecError):
            stored = msgspec.msgpack.decode(known.file.read_bytes(), type=_Stored)
            if stored.version == VERSION:
                known._found = stored.frames
        return known

    def texts(self) -> dict[int, str]:
        """What is wrong with each frame that was checked; an empty text where nothing is."""
        with self._lock:
            return {index: text for index, (_, text) in self._found.items()}

    def forget_changed(self, indices: Sequence[int], *, gone: bool = True) -> list[int]:
        """Forget findings on files that have changed; returns the frames of `indices` that are to be checked.

        Findings on other frames are forgotten too, unless `gone` is false: then `indices` are not all that there are.
        """
        root, image = self.dataset.root, self.dataset.manifest.storage.image
        stale = [
            index
            for index in indices
            if index not in self._found or self._found[index][0] != _state(root, index, image)
        ]
        lost = self._found.keys() - set(indices) if gone else set()
        with self._lock:
            for index in (*stale, *lost):
                self._found.pop(index, None)
        return stale

    def check(self, indices: Sequence[int], progress: Progress, stop: Callable[[], bool] = lambda: False) -> None:
        """Check frames, and keep what is found; `progress` is called with the number checked so far."""
        root, image = self.dataset.root, self.dataset.manifest.storage.image
        saved = time.monotonic()
        # Taken before a frame is read: what changes meanwhile is checked again.
        states = ((index, _state(root, index, image)) for index in indices)
        pending: dict[int, bytes] = {}

        def noted() -> Iterator[int]:
            for index, state in states:
                pending[index] = state
                yield index

        for done, report in enumerate(frame_reports(self.dataset, noted()), start=1):
            with self._lock:
                self._found[report.index] = (pending.pop(report.index), _text(report))
            if time.monotonic() - saved > SAVE_SECONDS:
                self._save()
                saved = time.monotonic()
            progress(done)
            if stop():
                break
        self._save()

    def _save(self) -> None:
        """Keep the findings, if the cache's disk takes them."""
        with self._lock:
            data = msgspec.msgpack.encode(_Stored(VERSION, self._found))
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.file, data)


def _state(root: Path, index: int, image: str) -> bytes:
    """Sizes and times of a frame's files, in a few bytes."""
    digest = hashlib.blake2b(digest_size=8)
    for path in (layout.record_path(index), layout.image_path(index, image), layout.passes_path(index)):
        try:
            status = os.stat(root / path)
        except OSError:
            digest.update(b"-")
        else:
            digest.update(b"%d %d " % (status.st_size, status.st_mtime_ns))
    return digest.digest()


def _text(report: FrameReport) -> str:
    """All that is wrong with a frame in one text: `picture: it is missing; record: ...`."""
    return "; ".join(f"{_kind(problem.file)}: {problem.what}" for problem in report.problems)


def _kind(file: str) -> str:
    if file.endswith(layout.RECORD_SUFFIX):
        return "record"
    return "passes" if file.endswith(layout.PASSES_SUFFIX) else "picture"
