"""The end of a log, and the lines that are added to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from engine.errors import StorageError
from engine.files import reason
from engine.queue import log_files

_BLOCK = 64 * 1024
_LOOK_SECONDS = 0.25


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a log, read from its end; none where there is no file.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return log_files.last_lines(path, count)
    except OSError as error:
        raise _unreadable(path, error) from None


def follow_lines(path: Path, count: int) -> Iterator[str | None]:
    """The last `count` lines and then each line that is added; None whenever there was none for a moment.

    The file may appear later, be set aside and followed by a new one, or be cut or replaced. A line without its end is
    held back until that comes.

    Raises:
        StorageError: it cannot be read.
    """
    follower = _Follower(path)
    try:
        yield from follower.begin(count)
        while True:
            lines = follower.more()
            yield from lines
            if not lines:
                yield None
                time.sleep(_LOOK_SECONDS)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        follower.close()


class _Follower:
    """Reads on in a log. It keeps the file open, so that what came before it was set aside is read to its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None
        self._rest = b""
        """The beginning of a line whose end has not come."""

    def begin(self, count: int) -> list[str]:
        """The last lines; `more` goes on behind them."""
        data, self._file = log_files.open_at_end(self._path, count)
        whole, end, self._rest = data.rpartition(b"\n")
        return log_files.split(whole + end)[-count:] if count > 0 else []

    def more(self) -> list[str]:
        """Lines that were added, a few at a time where there are many; none where there are none yet."""
        if self._file is None and not self._go_to(self._path):
            return []
        data = self._read()
        if not data and (successor := self._successor()) is not None:
            data = self._read()  # written since, and before there was a successor
            if not data:
                last, self._rest = self._rest, b""
                self._go_to(successor)
                return log_files.split(last) + self.more()
        whole, end, self._rest = (self._rest + data).rpartition(b"\n")
        return log_files.split(whole + end)

    def _read(self) -> bytes:
        assert self._file is not None
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            self._file.seek(0)  # it was cut
            self._rest = b""
        return self._file.read(_BLOCK)

    def _successor(self) -> Path | None:
        """The file that came after ours; None while ours is the growing one, or there is no log."""
        assert self._file is not None
        files = [file for file in log_files.generations(self._path) if file.exists()]
        for newer, file in zip([None, *files], files, strict=False):
            if log_files.is_open_as(file, self._file.fileno()):
                return newer
        return self._path if self._path in files else None  # ours was removed

    def _go_to(self, path: Path) -> bool:
        """Read from the beginning of another file; False where it is not there."""
        try:
            file = FileIO(path)
        except FileNotFoundError:
            return False
        self.close()
        self._file = file
        return True

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be read: {reason(error)}; see to its permissions.")
