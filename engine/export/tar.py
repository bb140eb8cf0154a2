"""Tar files that are the same bytes whoever writes them, whenever and wherever: no times, no owners."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from engine.export.output import Output


class Shard:
    """A tar file that is being written."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def add(self, name: str, data: bytes) -> None:
        """Append a file."""
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        entry.mode = 0o644
        self._archive.addfile(entry, io.BytesIO(data))


@contextmanager
def open_shard(out: Output, path: str) -> Iterator[Shard]:
    """Write a tar file into an export, file by file."""
    file: IO[bytes]
    with out.open(path) as file, tarfile.open(fileobj=file, mode="w|", format=tarfile.USTAR_FORMAT) as archive:
        yield Shard(archive)
