"""Text logs that cannot fill a disk: when one is full it is set aside under a number, and the oldest goes.

`engine.log` is the one that grows; `engine.log.1` came before it, `engine.log.2` before that, and no more are kept.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a log is kept."""

    file_bytes: int = 10_000_000
    """A file that would grow beyond this is set aside first."""
    files: int = 3
    """The growing one and those before it."""


BOUNDS = Bounds()


def generations(path: Path, bounds: Bounds = BOUNDS) -> list[Path]:
    """The growing file of a log first, then where those set aside lie, the latest first; any may be missing."""
    return [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, bounds.files))]


def append(path: Path, line: str, bounds: Bounds = BOUNDS) -> None:
    """Add a line to a log, whose folder is made if it is missing. One process writes a log at a time.

    Raises:
        OSError: it cannot be written.
    """
    data = line.encode("utf-8", "backslashreplace") + b"\n"
    file = _open(path)
    try:
        size = os.fstat(file).st_size
        if size and size + len(data) > bounds.file_bytes:
            _set_aside(path, bounds)
            before, file = file, _open(path)
            _move_output(before, file)
            os.close(before)
        os.write(file, data)
    finally:
        os.close(file)


def remove(path: Path, bounds: Bounds = BOUNDS) -> None:
    """Remove a log, those set aside too. Raises OSError."""
    for file in generations(path, bounds):
        file.unlink(missing_ok=True)


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a log, read from its end, from files set aside too; none where there is no log.

    Raises:
        OSError: it cannot be read.
    """
    data, file = open_at_end(path, count)
    if file is not None:
        file.close()
    return split(data)[-count:] if count > 0 else []


def open_at_end(path: Path, count: int) -> tuple[bytes, FileIO | None]:
    """The end of a log with at least `count` lines, where it has them, and its growing file, to be read on from there.

    Raises:
        OSError: it cannot be read.
    """
    try:
        growing = FileIO(path)
    except FileNotFoundError:
        growing = None
    try:
        data = b"" if growing is None else _end(growing, count)
        for older in generations(path)[1:]:
            if data.count(b"\n") >= count:
                break
            # While this reads, what was the growing file may itself be set aside.
            if growing is None or not is_open_as(older, growing.fileno()):
                with suppress(FileNotFoundError), FileIO(older) as file:
                    data = _end(file, count - data.count(b"\n")) + data
    except BaseException:
        if growing is not None:
            growing.close()
        raise
    return data, growing


def split(data: bytes) -> list[str]:
    """Lines without their ends; at the end of a line and nowhere else a new one begins."""
    lines = data.decode("utf-8", "replace").split("\n")
    return lines if lines[-1] else lines[:-1]


class LogFile(logging.Handler):
    """Writes what is logged into a bounded file."""

    def __init__(self, path: Path, bounds: Bounds = BOUNDS) -> None:
        super().__init__()
        self._path = path
        self._bounds = bounds

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; one that cannot be written is dropped, since the engine must go on when its disk is full."""
        with suppress(OSError):
            append(self._path, self.format(record), self._bounds)


def is_open_as(path: Path, descriptor: int) -> bool:
    """Whether a descriptor of this process is of the file that has this path now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _open(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, 0o600)


def _set_aside(path: Path, bounds: Bounds) -> None:
    files = generations(path, bounds)
    if len(files) == 1:
        path.unlink()
    for older, newer in zip(reversed(files[1:]), reversed(files[:-1]), strict=True):
        with suppress(FileNotFoundError):
            newer.replace(older)


def _move_output(before: int, after: int) -> None:
    """Let stdout and stderr, where they write into the file set aside, write into its successor."""
    for descriptor in (1, 2):
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), os.fstat(before)):
                os.dup2(after, descriptor)


def _end(file: FileIO, count: int) -> bytes:
    """The end of a file, with at least `count` whole lines where it has them; the file is left at the end of that."""
    size = position = file.seek(0, os.SEEK_END)
    blocks: list[bytes] = []
    lines = 0
    while position > 0 and lines <= count:
        step = min(_BLOCK, position)
        position -= step
        file.seek(position)
        blocks.append(file.read(step))
        lines += blocks[-1].count(b"\n")
    file.seek(size)
    return b"".join(reversed(blocks))
