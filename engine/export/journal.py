"""What an export has written so far, so that it can be continued, replaced, and told from other people's files.

`.studio-export/journal.jsonl` in the export's folder: a line that says what is being exported, then one line for each
group of frames whose files are checked, with their names. It stays when the export is done.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from engine.dataset.read import Dataset
from engine.dataset.writer import DatasetLock
from engine.errors import BadInput
from engine.export.output import Written
from engine.files import make_folder, sync_folder

FOLDER = ".studio-export"
_NAME = "journal.jsonl"
_VERSION = 1


class Header(msgspec.Struct, frozen=True):
    """What is exported; an export is continued where all of it is the same."""

    format: str
    options: dict[str, Any]
    images: str
    dataset: str
    """The fingerprint of the dataset."""
    splits: str
    version: int = _VERSION


class Entry(msgspec.Struct, frozen=True):
    """A group of frames whose files are written and checked."""

    split: str
    number: int
    """Of the group within its split; -1 stands for the files about all frames."""
    frames: int
    digest: str
    """Of the frames' numbers and records; see `digest_of`."""
    instances: int
    bytes: int
    files: list[tuple[str, int]]
    """Path and size; the size is -1 for a linked picture."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept in memory of an entry."""

    entry: Entry
    """Without its files."""
    offset: int
    """Where its line begins."""


def digest_of(dataset: Dataset, indices: Sequence[int]) -> str:
    """Changes where a frame goes, comes, or is rendered again."""
    digest = hashlib.blake2b(digest_size=16)
    for index in indices:
        digest.update(f"{index} {dataset.stamp(index)}\n".encode())
    return digest.hexdigest()


class Journal:
    """The journal of the export in a folder, locked. Use it as a context manager."""

    def __init__(self, root: Path, header: Header, force: bool) -> None:
        """Take over a folder: continue the same export, or replace an earlier one of the same format.

        Raises BadInput, with nothing changed, where the folder holds an export of another format and `force` is not
        given; DatasetError where another process exports to it; OSError.
        """
        self.root = root
        self.stage = root / FOLDER / "stage"
        self._path = root / FOLDER / _NAME
        self._header = header
        before = self.header_in(root)
        if before is not None and before.format != header.format and not force:
            raise BadInput(
                f"{root} holds an export of the format '{before.format}'; choose another folder, or use --force to "
                "replace it."
            )
        make_folder(root / FOLDER)
        self._lock = DatasetLock(root / FOLDER)
        self.known: dict[tuple[str, int], Known] = {}
        shutil.rmtree(self.stage, ignore_errors=True)
        if before == header:
            self._load()
        else:
            self.restart()

    @staticmethod
    def header_in(root: Path) -> Header | None:
        """What a folder holds an export of; None where it holds none."""
        return _read_header(root / FOLDER / _NAME)

    def restart(self) -> None:
        """Remove every file of the earlier export, and begin anew."""
        for entry in self._entries():
            for path, _ in entry.files:
                self.remove(path)
        self.known = {}
        temporary = self._path.with_name(f".tmp-{_NAME}")
        temporary.write_bytes(msgspec.json.encode(self._header) + b"\n")
        os.replace(temporary, self._path)
        sync_folder(self._path.parent)

    def remove(self, path: str) -> None:
        """Remove a file of the export, and the folders that it leaves empty."""
        if ".." in path.split("/") or path.startswith("/"):
            return  # somebody wrote into the journal
        (self.root / path).unlink(missing_ok=True)
        folder = (self.root / path).parent
        while folder != self.root:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _load(self) -> None:
        with self._path.open("rb") as file:
            offset = len(file.readline())
            for line in file:
                entry = _decoded(line)
                if entry is None:  # the last one broke off
                    break
                bare = msgspec.structs.replace(entry, files=[])
                self.known[entry.split, entry.number] = Known(bare, offset)
                offset += len(line)
        with self._path.open("r+b") as file:
            file.truncate(offset)

    def _entries(self) -> Iterator[Entry]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.readline()
            for line in file:
                entry = _decoded(line)
                if entry is not None:
                    yield entry

    def files(self, split: str, number: int) -> list[tuple[str, int]]:
        """The files of a group that is known; none where it is not."""
        known = self.known.get((split, number))
        if known is None:
            return []
        with self._path.open("rb") as file:
            file.seek(known.offset)
            entry = _decoded(file.readline())
        return entry.files if entry else []

    def is_there(self, split: str, number: int) -> bool:
        """Whether all files of a known group are in place, with their sizes."""
        for path, size in self.files(split, number):
            try:
                if size >= 0 and (self.root / path).lstat().st_size != size:
                    return False
                if size < 0:
                    (self.root / path).stat()
            except OSError:
                return False
        return True

    def add(self, entry: Entry) -> None:
        """Note that a group's files are checked; they are about to get their names."""
        with self._path.open("ab") as file:
            offset = file.tell()
            file.write(msgspec.json.encode(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.known[entry.split, entry.number] = Known(msgspec.structs.replace(entry, files=[]), offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.stage, ignore_errors=True)
        self._lock.release()


def listed(files: Sequence[Written]) -> list[tuple[str, int]]:
    """Files as an entry has them."""
    return [(written.path, -1 if written.digest is None else written.size) for written in files]


def _read_header(path: Path) -> Header | None:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline(), type=Header)
    except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
        return None


def _decoded(line: bytes) -> Entry | None:
    try:
        return msgspec.json.decode(line, type=Entry)
    except msgspec.MsgspecError:
        return None
