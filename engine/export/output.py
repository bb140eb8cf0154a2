"""Where an exporter puts files: staged, read back from the disk and compared, and only then moved to their names."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Literal, cast

from engine.errors import BadInput, StorageError
from engine.export.frame import Frame, damaged
from engine.files import make_folder, sync_file_system, write_new

type ImageMode = Literal["link", "symlink", "copy"]
"""How pictures get into an export: as hard links (as copies where the file system has none), as symbolic links, or as
copies."""

_AT_ONCE = 8
"""Files that are synced and read back at a time: disks are faster with some in flight."""


@dataclass(frozen=True, slots=True)
class Written:
    """One staged file."""

    path: str
    """Relative to the export's folder, with forward slashes."""
    size: int
    digest: bytes | None
    """Of what was written; None for a link to a picture."""


class Output:
    """The files of one group of frames. Exporters put them here; `publish` checks and moves them."""

    def __init__(self, root: Path, stage: Path, *, images: ImageMode, own: frozenset[str], force: bool) -> None:
        self.root = root
        self.files: list[Written] = []
        self._stage = stage
        self._images = images
        self._own = own
        """Paths that an earlier run wrote: they may be replaced."""
        self._force = force
        self._paths: set[str] = set()
        self._folders: set[Path] = set()

    def put(self, path: str, data: bytes) -> None:
        """Write a whole file."""
        write_new(self._staged(path), data)
        self.files.append(Written(path, len(data), _digest(data)))

    @contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """Write a file bit by bit, from its beginning to its end."""
        with self._staged(path).open("wb") as file:
            hashed = _Hashed(file)
            yield cast(IO[bytes], hashed)
        self.files.append(Written(path, hashed.size, hashed.digest.digest()))

    def put_picture(self, path: str, frame: Frame) -> None:
        """Put a frame's picture into the export, as a link or a copy as the user wishes."""
        staged = self._staged(path)
        if self._images == "symlink":
            final = Path(os.path.abspath(self.root / path)).resolve()
            staged.symlink_to(os.path.relpath(frame.picture.resolve(), final.parent))
            self.files.append(Written(path, 0, None))
            return
        if self._images == "link":
            try:
                os.link(frame.picture.resolve(), staged)
            except FileNotFoundError:
                raise damaged(frame) from None
            except OSError:  # another file system, or one without links
                pass
            else:
                if staged.stat().st_size != frame.record.image.bytes:
                    raise damaged(frame)
                self.files.append(Written(path, 0, None))
                return
        write_new(staged, frame.picture_bytes)
        self.files.append(Written(path, len(frame.picture_bytes), _digest(frame.picture_bytes)))

    @contextmanager
    def scratch(self) -> Iterator[IO[bytes]]:
        """A file of no name for the time between; nothing of it stays."""
        make_folder(self._stage)
        with tempfile.TemporaryFile(dir=self._stage) as file:
            yield file

    def _staged(self, path: str) -> Path:
        """Where a file is staged; raises BadInput where something else has its name already."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or path in self._paths:
            raise ValueError(f"an exporter may not write '{path}', or not twice")
        self._paths.add(path)
        final = self.root / path
        if os.path.lexists(final):
            if final.is_dir() and not final.is_symlink():
                raise BadInput(f"{final} is a folder, where a file of the export belongs; choose another place.")
            if path not in self._own and not self._force:
                raise BadInput(
                    f"{final} exists and is not an export of this program; choose another name, or use --force."
                )
        staged = self._stage / path
        if staged.parent not in self._folders:
            staged.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(staged.parent)
        return staged

    def check(self) -> None:
        """Force all files to the disk, read them back and compare; raises StorageError."""
        if not self.files:
            return
        sync_file_system(self._stage)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(self._check, self.files):
                pass

    def _check(self, written: Written) -> None:
        if written.digest is None:
            return
        staged = self._stage / written.path
        if digest_on_disk(staged) != written.digest:
            raise StorageError(
                f"{self.root / written.path} did not read back from the disk as it was written; check the disk, then "
                "run the same command again."
            )

    def publish(self) -> None:
        """Move the checked files to their names.

        A power cut may undo that; then they are missing, and are written again.
        """
        folders = set()
        for written in self.files:
            final = self.root / written.path
            if final.parent not in folders:
                final.parent.mkdir(parents=True, exist_ok=True)
                folders.add(final.parent)
            os.replace(self._stage / written.path, final)
        shutil.rmtree(self._stage, ignore_errors=True)


class _Hashed(io.RawIOBase):
    """A file that is only appended to, and the hash of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.blake2b(digest_size=16)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        count = self._file.write(data)
        self.digest.update(data)
        self.size += count
        return count

    def tell(self) -> int:
        return self.size


def digest_on_disk(path: Path) -> bytes:
    """The hash of a file as the disk has it: the system is asked to forget its copy in memory first."""
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
