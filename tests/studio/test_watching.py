"""Changes in folders are noticed by events, and by looking where there are none."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from engine.dataset.read import Dataset
from studio import watching
from studio.file_systems import events_are_reliable, file_system_type
from studio.watching import Pace, Watch, watch_assets, watch_dataset, watch_file
from tests.factory import make_dataset

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /mnt/data nfs4 rw 0 0
/dev/sdb1 /mnt/data/local\\040disk xfs rw 0 0
sshfs#host: /mnt/remote fuse.sshfs rw 0 0
broken
"""

EVENTS_ONLY = Pace(settle=0.05, poll=1000.0, safety=1000.0)
POLLS = Pace(settle=0.0, poll=0.05, safety=1000.0)


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mounts"
    file.write_text(MOUNTS)
    return file


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events come, whatever the tests' folder lies on."""
    monkeypatch.setattr(watching, "events_are_reliable", lambda _path: True)


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events do not count."""
    monkeypatch.setattr(watching, "events_are_reliable", lambda _path: False)


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


def begun(watch: Watch) -> Watch:
    """The watch, once it watches."""
    watch.start()
    for _ in range(400):
        if watch.polled is not None:
            return watch
        time.sleep(0.05)
    raise AssertionError("it does not begin")


def count_until(changes: threading.Semaphore, number: int) -> None:
    for _ in range(number):
        assert changes.acquire(timeout=10), "no change was noticed"


@pytest.mark.usefixtures("local")
def test_events_tell_of_new_frames_and_not_of_reading(growing: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = threading.Semaphore(0)
    heard: list[str] = []
    dispatch = Watch.dispatch
    monkeypatch.setattr(Watch, "dispatch", lambda self, event: (heard.append(event.event_type), dispatch(self, event)))
    watch = begun(watch_dataset(growing.root, changes.release, EVENTS_ONLY))
    try:
        assert watch.polled == ()
        growing.image(0)
        growing.refresh()
        assert not changes.acquire(timeout=0.3)
        assert heard == [], "reading is not even told of"
        (growing.root / "notes.txt").write_text("no frame")
        assert not changes.acquire(timeout=0.6)
        make_dataset(growing.root, 1, start=2)
        count_until(changes, 1)
        make_dataset(growing.root, 1, start=1000)  # in a folder that was not there before
        count_until(changes, 1)
    finally:
        watch.stop()


@pytest.mark.usefixtures("remote")
def test_polling_does_without_events(growing: Dataset) -> None:
    changes = threading.Semaphore(0)
    watch = begun(watch_dataset(growing.root, changes.release, POLLS))
    try:
        assert watch.polled == (growing.root,)
        count_until(changes, 3)
    finally:
        watch.stop()


@pytest.mark.usefixtures("local")
def test_a_folder_that_is_missing_is_looked_for_and_takes_no_other_with_it(tmp_path: Path) -> None:
    changes = threading.Semaphore(0)
    there, missing = tmp_path / "there", tmp_path / "missing"
    there.mkdir()
    watch = begun(watch_assets([missing, there], changes.release, EVENTS_ONLY))
    try:
        assert watch.polled == (missing,)
        (there / ".cup.obj.tmp").write_text("half")
        (there / "cup.obj").write_text("whole")
        count_until(changes, 1)
    finally:
        watch.stop()


@pytest.mark.usefixtures("remote")
def test_a_file_that_is_looked_at_tells_of_changes_only(tmp_path: Path) -> None:
    file, changes = tmp_path / "a.toml", threading.Semaphore(0)
    file.write_text("x = 1")
    watch = begun(watch_file(file, changes.release, POLLS))
    try:
        assert not changes.acquire(timeout=0.4)
        file.write_text("x = 10")
        count_until(changes, 1)
        file.unlink()
        count_until(changes, 1)
        assert not changes.acquire(timeout=0.4)
    finally:
        watch.stop()


@pytest.mark.usefixtures("local")
def test_nothing_is_told_after_the_end(tmp_path: Path) -> None:
    changes = threading.Semaphore(0)
    watch = begun(watch_assets([tmp_path], changes.release, EVENTS_ONLY))
    watch.stop()
    (tmp_path / "cup.obj").write_text("late")
    assert not changes.acquire(timeout=0.4)
