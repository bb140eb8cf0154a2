"""Small file systems that tests can fill up, and take away the right to write on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEGABYTE = 1024**2


class Disk:
    """A mounted file system of limited size."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def ballast(self) -> Path:
        """The file that fills it up."""
        return self.root / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        with self.ballast.open("ab", buffering=0) as file:
            for size in (MEGABYTE, 4096, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def give_back(self, room: int) -> None:
        """Make room for so many bytes."""
        os.truncate(self.ballast, self.ballast.stat().st_size - room)

    def empty(self) -> None:
        """Take the ballast away."""
        self.ballast.unlink()

    def make_read_only(self) -> None:
        """Refuse all writing. Only while no file is open for writing."""
        mount("-o", "remount,ro", str(self.root))

    def make_writable(self) -> None:
        """Allow it again."""
        mount("-o", "remount,rw", str(self.root))


def mount(*arguments: str) -> None:
    """Run mount; skips the test where it is missing or not permitted."""
    try:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode != 0:
        pytest.skip(f"file systems cannot be mounted here: {done.stderr.strip()}")


@contextmanager
def small_disk(root: Path, megabytes: int = 40) -> Iterator[Disk]:
    """A file system of its own at `root`, which is made."""
    root.mkdir()
    mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(root))
    try:
        yield Disk(root)
    finally:
        subprocess.run(["umount", "--lazy", str(root)], timeout=30, check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Refuse all writing in an existing folder, whoever tries and whatever is open elsewhere."""
    mount("--bind", str(folder), str(folder))
    try:
        mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], timeout=30, check=True)
