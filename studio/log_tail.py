"""The end of a log file, and the lines that are added to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from engine.errors import StorageError
from engine.files import reason

_BLOCK = 64 * 1024
_LOOK_SECONDS = 0.25


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a text file, read from its end; none where there is no file.

    Raises:
        StorageError: it cannot be read.
    """
    return _split(_tail(path, count)[0])[-count:] if count > 0 else []


def follow_lines(path: Path, count: int) -> Iterator[str | None]:
    """The last `count` lines and then each line that is added; None whenever there was none for a moment.

    The file may appear later, and be cut or replaced. A line without its end is held back until that comes.

    Raises:
        StorageError: it cannot be read.
    """
    data, offset, identity = _tail(path, count)
    whole, _, rest = data.rpartition(b"\n")
    yield from _split(whole)[-count:] if count > 0 else []
    while True:
        data, offset, identity, again = _added(path, offset, identity)
        if again:
            rest = b""
        whole, _, rest = (rest + data).rpartition(b"\n")
        yield from _split(whole)
        if not data:
            yield None
            time.sleep(_LOOK_SECONDS)


def _split(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "replace").split("\n")
    return lines if lines[-1] else lines[:-1]


def _tail(path: Path, count: int) -> tuple[bytes, int, int]:
    """The file's end with at least `count` lines, the size of the file and its inode; empty where there is none."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            begin, blocks, lines = status.st_size, [b""], 0
            while begin > 0 and lines <= count:
                step = min(_BLOCK, begin)
                begin -= step
                file.seek(begin)
                blocks.append(file.read(step))
                lines += blocks[-1].count(b"\n")
            return b"".join(reversed(blocks)), status.st_size, status.st_ino
    except FileNotFoundError:
        return b"", 0, 0
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {reason(error)}; see to its permissions.") from None


def _added(path: Path, offset: int, identity: int) -> tuple[bytes, int, int, bool]:
    """What is behind `offset`, the new offset and inode, and whether the file is another or was cut."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            again = status.st_ino != identity or status.st_size < offset
            file.seek(0 if again else offset)
            data = file.read(_BLOCK)
            return data, file.tell(), status.st_ino, again
    except FileNotFoundError:
        return b"", offset, identity, False
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {reason(error)}; see to its permissions.") from None
