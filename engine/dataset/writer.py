"""Opening a dataset's folder for writing: one writer at a time, and never into somebody else's data."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.annotate.passes import Passes
from engine.annotate.record import FrameRecord
from engine.dataset.layout import FRAMES_NAME, LOCK_NAME, MANIFEST_NAME, is_frame_folder
from engine.dataset.manifest import Manifest, Storage, differences, encode_manifest, read_manifest
from engine.dataset.models import MODELS_NAME
from engine.dataset.publish import Steps, no_step, publish_frame
from engine.dataset.stored_passes import KINDS
from engine.errors import DatasetError, FolderUnwritable
from engine.files import is_of_the_disk, is_temporary, make_folder, reason, write_atomically

_SPARE_BYTES = 1 << 20


class DatasetLock:
    """The right to write into a dataset's folder, held until `release` or until the process ends, however it ends.

    An flock on `.lock` in the folder. It also works over NFS version 4, where Linux makes it a lock of the server. A
    child process that inherits `fileno()` keeps the folder locked for as long as it lives.
    """

    def __init__(self, root: Path) -> None:
        """Take the lock of an existing folder; raises DatasetError where another process holds it."""
        self._path = root / LOCK_NAME
        self._descriptor = self._take()
        while not self._is_named():
            # Whoever held it removed the file together with a folder that it had made in vain.
            os.close(self._descriptor)
            self._descriptor = self._take()
        with suppress(OSError):  # a full disk; the name of the holder is for the words of an error alone
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)

    def _take(self) -> int:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another process"
            os.close(descriptor)
            folder = self._path.parent
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise DatasetError(
                    f"{folder} is being written by {holder}; wait for it to end, or choose another output folder."
                ) from error
            if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP):
                raise DatasetError(
                    f"{folder} is on a file system without file locks; choose an output folder on a local disk or "
                    "NFS 4."
                ) from error
            raise
        return descriptor

    def _is_named(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self._path))
        except FileNotFoundError:
            return False

    def remove(self) -> None:
        """Remove the lock's file and give the lock back; for a folder that is to be removed."""
        self._path.unlink(missing_ok=True)
        self.release()

    def fileno(self) -> int:
        """The file descriptor that carries the lock."""
        return self._descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class DatasetWriter:
    """A dataset's folder, open for writing and locked. Use it as a context manager."""

    def __init__(self, root: Path, manifest: Manifest, lock: DatasetLock) -> None:
        self.root = root
        self.manifest = manifest
        """As stored: of a dataset that is continued, with the time when it was begun."""
        self.lock = lock

    def publish(self, passes: Passes, record: FrameRecord, steps: Steps = no_step) -> FrameRecord:
        """Store a frame; see `publish_frame`."""
        return publish_frame(self.root, passes, record, self.manifest.storage, steps)

    def close(self) -> None:
        """Let others write."""
        self.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_for_writing(root: Path, manifest: Manifest) -> DatasetWriter:
    """Open a new dataset, or one that was begun with the same fingerprint, to add frames to it.

    Makes the folder where there is none, removes temporary files that a crash left, and writes the manifest of a new
    dataset. Raises DatasetError, with nothing changed, where the folder cannot be used: it is a file, being written by
    another process, holds something else, or holds frames of another recipe; its FolderUnwritable where the folder is
    not writable or its disk is full or failing.
    """
    root = Path(root)
    made: list[Path] = []
    lock: DatasetLock | None = None
    try:
        check_usable(root, manifest)
        made = _make_folders(root)
        lock = DatasetLock(root)
        stored = check_usable(root, manifest)
        _check_space(root, manifest.storage)
        _remove_temporaries(root)
        make_folder(root / FRAMES_NAME)
        if stored is None:
            write_atomically(root / MANIFEST_NAME, encode_manifest(manifest))
        return DatasetWriter(root, stored or manifest, lock)
    except (OSError, DatasetError) as error:
        _undo(lock, made)
        if isinstance(error, OSError):
            raise (FolderUnwritable if is_of_the_disk(error) else DatasetError)(
                f"{error.filename or root} cannot be written: {reason(error)}; choose another output folder."
            ) from error
        raise


def check_usable(root: Path, manifest: Manifest) -> Manifest | None:
    """The manifest of a dataset that frames of `manifest` can be added to; None where the folder is new or empty.

    Changes nothing. Raises DatasetError where the folder holds something else, OSError where it cannot be read.
    """
    stored = stored_manifest(root)
    refuse_unlike(root, differences(stored, manifest) if stored is not None else [])
    return stored


def refuse_unlike(root: Path, unlike: list[str]) -> None:
    """Raise DatasetError for a dataset that frames cannot be added to, where there are such differences."""
    if unlike:
        raise DatasetError(
            f"{root} holds frames of another recipe or seed, to which these cannot be added: it differs in "
            f"{_listed(unlike)}. Choose another output folder."
        )


def stored_manifest(root: Path) -> Manifest | None:
    """The manifest in a folder that is a dataset; None where the folder is new or empty.

    Changes nothing. Raises DatasetError where the folder holds something else, OSError where it cannot be read.
    """
    if not root.exists() and not root.is_symlink():
        return None
    if not root.is_dir():
        raise DatasetError(f"{root} is not a folder; choose another output folder.")
    names = set(os.listdir(root))
    if MANIFEST_NAME in names:
        return read_manifest(root)
    foreign = sorted(name for name in names - {LOCK_NAME, FRAMES_NAME} if not is_temporary(name))
    if not foreign and FRAMES_NAME in names and any((root / FRAMES_NAME).iterdir()):
        foreign = [FRAMES_NAME]
    if foreign:
        raise DatasetError(
            f"{root} is not empty and is no dataset (it holds '{foreign[0]}' but no {MANIFEST_NAME}); "
            "choose another output folder."
        )
    return None


def _listed(unlike: list[str]) -> str:
    shown = unlike[:4]
    rest = [f"{len(unlike) - 4} more"] if len(unlike) > 4 else []
    return ", ".join([*shown, *rest])


def _make_folders(root: Path) -> list[Path]:
    """Make the folder and those above it; returns those that were made, the outermost first."""
    missing = []
    folder = root
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    made: list[Path] = []
    try:
        for folder in reversed(missing):
            make_folder(folder)
            made.append(folder)
    except OSError:
        _undo(None, made)
        raise
    return made


def _check_space(root: Path, storage: Storage) -> None:
    """Refuse a disk that has no room for two frames, however they compress."""
    width, height = storage.resolution
    frame = width * height * (3 + sum(KINDS[name].bytes_per_pixel for name in storage.passes))
    free = shutil.disk_usage(root).free
    if free < 2 * frame + _SPARE_BYTES:
        raise FolderUnwritable(
            f"{root} is on a full disk ({free / 1e6:.1f} MB free); free some space or choose another output folder."
        )


def _remove_temporaries(root: Path) -> None:
    """Remove what a crash left. Nobody else writes: the lock is held."""
    for folder in _written_folders(root):
        with os.scandir(folder) as entries:
            stale = [entry.path for entry in entries if is_temporary(entry.name)]
        for path in stale:
            os.unlink(path)


def _written_folders(root: Path) -> Iterator[Path]:
    yield root
    if (root / MODELS_NAME).is_dir():
        yield root / MODELS_NAME
    frames = root / FRAMES_NAME
    if frames.is_dir():
        yield from (entry for entry in frames.iterdir() if is_frame_folder(entry.name) and entry.is_dir())


def _undo(lock: DatasetLock | None, made: list[Path]) -> None:
    """Leave the disk as it was found: remove the folders that were made, unless somebody put something into them."""
    try:
        if made and lock is not None:
            shutil.rmtree(made[-1] / FRAMES_NAME, ignore_errors=True)
            lock.remove()
        for folder in reversed(made):
            folder.rmdir()
    except OSError:
        return
    finally:
        if lock is not None:
            lock.release()
