"""Writing files so that a crash, a full disk or a failing one leaves either the old file or the new one, never half.

A file is written under a temporary name in its own folder, synced, and renamed; then the folder is synced.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
from contextlib import suppress
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

_TEMPORARY = re.compile(r"\.tmp-\d+-.+")

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EIO: "the disk reported an input/output error",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.ESTALE: "the network file system lost the file",
    errno.EFBIG: "the file is too large for this file system",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EEXIST: "a file is in the way",
}

_OF_THE_DISK = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM, errno.ESTALE, errno.ENODEV}
)


def is_of_the_disk(error: OSError) -> bool:
    """Whether an error may go away without another path: the disk is full, read-only, failing, or not permitted."""
    return error.errno in _OF_THE_DISK


def reason(error: OSError) -> str:
    """Why the system refused, in words for the middle of a sentence."""
    if error.errno in _REASONS:
        return _REASONS[error.errno]
    return error.strerror or str(error) or type(error).__name__


def temporary_path(path: Path) -> Path:
    """The name under which this process writes `path` before it is renamed: same folder, hidden, with the pid."""
    return path.with_name(f".tmp-{os.getpid()}-{path.name}")


def is_temporary(name: str) -> bool:
    """Whether a file name is one that `temporary_path` makes, in any process."""
    return _TEMPORARY.fullmatch(name) is not None


def remove_temporaries_of(pid: int, path: Path) -> None:
    """Remove what a process that is dead was writing when it died for a file of this name, of whatever suffix; nothing
    happens where that fails."""
    with suppress(OSError):
        for left in path.parent.glob(f".tmp-{pid}-{path.stem}.*"):
            left.unlink(missing_ok=True)


def write_new(path: Path, data: bytes) -> None:
    """Write all of `data`; raises OSError where the system takes less of it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            written = os.write(descriptor, rest)
            if written == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            rest = rest[written:]
    finally:
        # An error may come as late as this on network file systems.
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Force the file's contents to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Force the folder's entries (new, renamed and removed names) to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """Force all that was written to the file system of a folder to the disk: for many files at once."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def read_back(path: Path) -> bytes:
    """Read a synced file from the disk itself: the system is asked to forget its copy in memory first."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each entry forced to the disk; does nothing where it is there."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by a file holding `data`, or leave it as it was and raise OSError."""
    temporary = temporary_path(path)
    try:
        write_new(temporary, data)
        sync_file(temporary)
        os.replace(temporary, path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
