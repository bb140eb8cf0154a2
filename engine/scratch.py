"""Folders for what a process writes for itself, which go when it has ended, even where it was killed.

They lie in the user's cache. Whoever uses one holds a lock on it, as do the processes that inherit the lock: a folder
that nobody holds belongs to a process that is dead, and the next one that makes a folder takes it away.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from engine.paths import cache_dir

_OWNER = "owner"
_TURN = ".turn"


class Scratch:
    """One folder. `path` is for the variable TMPDIR of a process that inherits `fileno()`."""

    def __init__(self, name: str) -> None:
        """Make it; `name` tells people what it is for. Raises OSError where not even the system's own place will do."""
        try:
            self.path, self._owner = _make(cache_dir() / "scratch", name)
        except OSError:  # no home folder, or a full one
            self.path = Path(tempfile.mkdtemp(prefix=f"studio-{name}-"))
            self._owner = _held(self.path / _OWNER)
        self._finalizer = weakref.finalize(self, _let_go, self.path, self._owner)

    def fileno(self) -> int:
        """The descriptor that carries the lock, for processes that use the folder too."""
        return self._owner

    def remove(self) -> None:
        """Remove it with all that is in it, and let it go; for the second time, nothing."""
        self._finalizer()


def _make(parent: Path, name: str) -> tuple[Path, int]:
    """A new folder and the descriptor that holds it; those that are held no more are removed on the way."""
    parent.mkdir(parents=True, exist_ok=True)
    with _turn(parent):
        for left in parent.glob("*/" + _OWNER):
            _remove_unless_held(left)
        path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
        return path, _held(path / _OWNER)


def _let_go(path: Path, owner: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(owner)


def _held(owner: Path) -> int:
    descriptor = os.open(owner, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):  # a file system without locks: there folders stay
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return descriptor


def _remove_unless_held(owner: Path) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(owner, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(owner.parent, ignore_errors=True)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _turn(parent: Path) -> Iterator[None]:
    """One at a time: a folder that was just made is not held yet."""
    descriptor = os.open(parent / _TURN, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
