"""Content hashes remembered by path, size and time of change, so that a file is read once and not at every start."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import msgspec

from engine.files import write_atomically
from engine.library.dependencies import dependencies
from engine.library.files import split_model_path
from engine.library.hashing import content_hash
from engine.paths import cache_dir

_SETTLED = 2.0
"""Seconds that must lie between a file's last change and its reading: within them it may change unnoticed again."""


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was when it was read; size and time are -1 where there was none."""

    path: str
    size: int
    modified_ns: int


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    digest: str
    stamps: tuple[Stamp, ...]
    """The file, and all it refers to."""


class HashBook:
    """Content hashes by path. Safe to use from several threads; losing the file costs time and nothing else."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_dir() / "library" / "hashes.msgpack"
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = self._read()
        self._changed = False

    def content_hash(self, path: str) -> str:
        """As engine.library.hashing does, but a file that has not changed since is not read again.

        Raises:
            AssetError: the file cannot be read.
        """
        with self._lock:
            entry = self._entries.get(path)
        if entry is not None and all(_stamp(stamp.path) == stamp for stamp in entry.stamps):
            return entry.digest
        file, _ = split_model_path(path)
        before = tuple(_stamp(str(target)) for target in (file, *(target for _, target in dependencies(file))))
        digest = content_hash(path)
        if all(time.time() - stamp.modified_ns / 1e9 > _SETTLED for stamp in before):
            with self._lock:
                self._entries[path] = _Entry(digest, before)
                self._changed = True
        return digest

    def save(self) -> None:
        """Write what is new to the disk; does nothing where that fails."""
        with self._lock:
            if not self._changed:
                return
            data = msgspec.msgpack.encode(self._entries)
            self._changed = False
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, data)
        except OSError:
            return

    def _read(self) -> dict[str, _Entry]:
        try:
            return msgspec.msgpack.decode(self._file.read_bytes(), type=dict[str, _Entry])
        except (OSError, msgspec.MsgspecError):
            return {}


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return Stamp(path, -1, -1)
    return Stamp(path, status.st_size, status.st_mtime_ns)
