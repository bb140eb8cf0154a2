"""New frames are noticed by events, and by looking where there are none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.dataset.read import Dataset
from studio import live
from studio.live import FolderWatch, events_are_reliable, file_system_type
from tests.factory import make_dataset

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /mnt/data nfs4 rw 0 0
/dev/sdb1 /mnt/data/local\\040disk xfs rw 0 0
sshfs#host: /mnt/remote fuse.sshfs rw 0 0
broken
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mounts"
    file.write_text(MOUNTS)
    return file


def test_the_file_system_is_that_of_the_longest_mount(mounts: Path) -> None:
    assert file_system_type(Path("/home/me"), mounts) == "ext4"
    assert file_system_type(Path("/mnt/data/set"), mounts) == "nfs4"
    assert file_system_type(Path("/mnt/database"), mounts) == "ext4"
    assert file_system_type(Path("/mnt/data/local disk/set"), mounts) == "xfs"
    assert file_system_type(Path("/anywhere"), mounts.with_name("none")) == ""


def test_network_file_systems_are_not_relied_upon(mounts: Path) -> None:
    assert events_are_reliable(Path("/home/me"), mounts)
    assert events_are_reliable(Path("/mnt/data/local disk"), mounts)
    assert not events_are_reliable(Path("/mnt/data"), mounts)
    assert not events_are_reliable(Path("/mnt/remote/x"), mounts)


def count_until(changes: threading.Semaphore, number: int) -> None:
    for _ in range(number):
        assert changes.acquire(timeout=10), "no change was noticed"


def test_events_tell_of_new_frames(growing: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SAFETY_SECONDS", 1000.0)
    monkeypatch.setattr(live, "events_are_reliable", lambda _path: True)
    changes = threading.Semaphore(0)
    watch = FolderWatch(growing.root, changes.release, poll_seconds=1000.0)
    watch.start()
    try:
        for _ in range(200):
            if not watch.polling:
                break
            threading.Event().wait(0.05)
        assert not watch.polling
        make_dataset(growing.root, 1, start=2)
        count_until(changes, 1)
        make_dataset(growing.root, 1, start=1000)  # in a folder that was not there before
        count_until(changes, 1)
    finally:
        watch.stop()


def test_polling_does_without_events(growing: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "events_are_reliable", lambda _path: False)
    changes = threading.Semaphore(0)
    watch = FolderWatch(growing.root, changes.release, poll_seconds=0.05)
    watch.start()
    try:
        assert watch.polling
        count_until(changes, 3)
    finally:
        watch.stop()


def test_reading_a_frame_is_no_change(growing: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SAFETY_SECONDS", 1000.0)
    monkeypatch.setattr(live, "events_are_reliable", lambda _path: True)
    changes = threading.Semaphore(0)
    watch = FolderWatch(growing.root, changes.release, poll_seconds=1000.0)
    watch.start()
    try:
        threading.Event().wait(1.0)
        growing.image(0)
        growing.refresh()
        assert not changes.acquire(timeout=0.6)
    finally:
        watch.stop()
