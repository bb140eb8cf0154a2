"""Unix sockets by file name, in folders whose path is longer than the 107 bytes that a socket address holds.

A long path is reached through `/proc/self/fd/N/NAME`, where N is an open descriptor of the folder: the address stays
short however deep the folder lies, and neither the working directory nor the umask of the process is touched.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import StorageError

MAX_ADDRESS_BYTES = 107
"""Of `sun_path`'s 108, one ends the name."""


def bind_socket(path: Path) -> socket.socket:
    """A new stream socket bound to a file of mode 0600 in a folder of mode 0700, which is made if missing.

    A socket that a dead process left under this name is replaced. The caller must hold the lock that says that no
    living process listens there.

    Args:
        path: the absolute path of the socket's file.

    Returns:
        The bound socket; it does not listen yet.

    Raises:
        StorageError: the folder cannot be made, is another user's, or something else has the name.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageError(
            f"{path.parent}: the engine's folder cannot be used ({error.strerror}); make it a folder of yours, or name "
            "another with XDG_STATE_HOME."
        ) from None
    try:
        _make_private(path.parent, folder)
        _remove_stale(path, folder)
        return _bind(path, folder)
    except OSError as error:
        raise StorageError(
            f"{path}: the engine's socket cannot be made here ({error.strerror or error}); name a folder on a local "
            "disk with XDG_STATE_HOME."
        ) from None
    finally:
        os.close(folder)


def connect_socket(path: Path, timeout: float | None) -> socket.socket:
    """A stream socket connected to the file, with this timeout in seconds set.

    Raises:
        OSError: as `socket.connect` does: FileNotFoundError and ConnectionRefusedError where nobody listens,
            BlockingIOError where more clients wait to be let in than the system queues (try again).
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        with _address(path) as address:
            connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def peer_of(connection: socket.socket) -> tuple[int, int]:
    """Process id and user id of the other side, as the kernel noted them when it connected or began to listen."""
    size = 3 * 4
    credentials = memoryview(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)).cast("i")
    return credentials[0], credentials[1] & 0xFFFFFFFF


def remove_socket(path: Path, identity: tuple[int, int]) -> None:
    """Remove the socket's file if it still is the one with this device and inode number."""
    try:
        found = os.lstat(path)
        if (found.st_dev, found.st_ino) == identity:
            path.unlink()
    except OSError:
        pass  # it is gone, or its folder is


def identity_of(path: Path) -> tuple[int, int]:
    """Device and inode number of a file, not following links. Raises OSError."""
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def _make_private(path: Path, folder: int) -> None:
    found = os.fstat(folder)
    if found.st_uid != os.geteuid():
        raise StorageError(
            f"{path}: the engine's folder belongs to another user (uid {found.st_uid}); name a folder of your own with "
            "XDG_STATE_HOME."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        os.fchmod(folder, 0o700)


def _remove_stale(path: Path, folder: int) -> None:
    try:
        found = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise StorageError(f"{path}: the engine's socket belongs here, but this is no socket; move it away.")
    os.unlink(path.name, dir_fd=folder)


def _bind(path: Path, folder: int) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Linux gives the file the mode of the unbound socket, so that it is never open to others, not for a moment.
        os.fchmod(bound.fileno(), 0o600)
        bound.bind(_short(path, folder))
        os.chmod(path.name, 0o600, dir_fd=folder)
    except BaseException:
        bound.close()
        raise
    return bound


@contextmanager
def _address(path: Path) -> Iterator[str]:
    if len(os.fsencode(path)) <= MAX_ADDRESS_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield _short(path, folder)
    finally:
        os.close(folder)


def _short(path: Path, folder: int) -> str:
    """The path itself where it fits, otherwise through the folder's descriptor."""
    return str(path) if len(os.fsencode(path)) <= MAX_ADDRESS_BYTES else f"/proc/self/fd/{folder}/{path.name}"
