"""Storing frames: what a crash, a failing disk and a full one leave behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.annotate.passes import Passes
from engine.annotate.record import FrameRecord
from engine.dataset import publish
from engine.dataset.layout import array_hash
from engine.dataset.manifest import Manifest
from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from engine.dataset.writer import open_for_writing
from engine.errors import DatasetError, StorageError
from engine.files import is_temporary
from tests.factory import add_frames, make_dataset, make_passes, make_record, make_spec, make_test_manifest

STEPS = [
    *(f"{file}:{step}" for file in ("image", "passes") for step in ("write", "sync", "verify", "rename")),
    "files:sync-folder",
    *(f"record:{step}" for step in ("write", "sync", "verify", "rename")),
    "record:sync-folder",
]
WIDTH, HEIGHT = 64, 48


@pytest.fixture
def manifest() -> Manifest:
    return make_test_manifest(width=WIDTH, height=HEIGHT, passes=("depth", "normal"))


def frame(index: int) -> tuple[Passes, FrameRecord]:
    spec = make_spec(index, width=WIDTH, height=HEIGHT)
    passes = make_passes(spec)
    return passes, make_record(spec, passes)


def files_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def at_step(name: str, action: Callable[[], None]) -> publish.Steps:
    def step(reached: str) -> None:
        if reached == name:
            action()

    return step


def test_a_frame_reads_back_as_it_was(tmp_path: Path, manifest: Manifest) -> None:
    passes, record = frame(1234)
    reached: list[str] = []
    with open_for_writing(tmp_path / "d", manifest) as writer:
        stored = writer.publish(passes, record, reached.append)
    assert reached == STEPS
    dataset = Dataset.open(tmp_path / "d")
    assert dataset.indices() == [1234]
    assert dataset.record(1234) == stored
    assert stored.image.path == "frames/00001/00001234.png"
    assert stored.image.bytes == (tmp_path / "d" / stored.image.path).stat().st_size
    assert stored.image.pixel_hash == array_hash(passes.rgb)
    assert passes.normal is not None
    assert np.array_equal(dataset.image(1234), passes.rgb)
    assert np.array_equal(dataset.float_pass(1234, "depth"), passes.depth)
    assert np.array_equal(dataset.float_pass(1234, "normal"), passes.normal)
    assert np.array_equal(dataset.instance_map(1234), passes.instance_id)


def test_jpeg_hashes_are_those_of_what_a_reader_gets(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "d", 1, image="jpeg", passes=())
    record = dataset.record(0)
    assert record.image.path.endswith(".jpg")
    assert record.passes == {}
    assert record.image.pixel_hash == array_hash(dataset.image(0))
    original = make_passes(make_spec(0)).rgb
    assert np.abs(dataset.image(0).astype(int) - original).mean() < 3


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_dataset(tmp_path / name, 2, passes=("depth",))
    for path in files_below(tmp_path / "a") - {".lock", "dataset.json"}:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()


def test_a_stored_frame_is_not_replaced(tmp_path: Path, manifest: Manifest) -> None:
    with open_for_writing(tmp_path / "d", manifest) as writer:
        writer.publish(*frame(0))
        before = {path: (tmp_path / "d" / path).read_bytes() for path in files_below(tmp_path / "d")}
        with pytest.raises(DatasetError, match=r"00000000\.json is there already"):
            writer.publish(*frame(0))
    assert {path: (tmp_path / "d" / path).read_bytes() for path in files_below(tmp_path / "d")} == before


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_a_failing_disk_leaves_nothing_of_the_frame(tmp_path: Path, manifest: Manifest, step: str, number: int) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    with open_for_writing(tmp_path / "d", manifest) as writer:
        writer.publish(*frame(0))
        before = files_below(tmp_path / "d")
        with pytest.raises(StorageError) as caught:
            writer.publish(*frame(1), at_step(step, fail))
        assert files_below(tmp_path / "d") == before
        assert "frame 1 is not stored" in str(caught.value)
        assert str(tmp_path / "d" / "frames") in str(caught.value)
        writer.publish(*frame(1))
    assert validate_dataset(Dataset.open(tmp_path / "d")).problems == []


def test_a_short_write_is_finished_or_an_error(tmp_path: Path, manifest: Manifest, monkeypatch: Any) -> None:
    written = os.write
    monkeypatch.setattr("os.write", lambda descriptor, data: written(descriptor, data[:100]))
    with open_for_writing(tmp_path / "d", manifest) as writer:
        writer.publish(*frame(0))
        monkeypatch.setattr(
            "os.write", lambda descriptor, data: written(descriptor, data[:100]) if len(data) > 200 else 0
        )
        with pytest.raises(StorageError, match="the disk is full"):
            writer.publish(*frame(1))
    assert validate_dataset(Dataset.open(tmp_path / "d")).problems == []


@pytest.mark.parametrize("file", ["image", "passes", "record"])
@pytest.mark.parametrize("damage", ["flipped", "truncated", "emptied", "gone"])
def test_a_file_that_reads_back_otherwise_is_not_stored(
    tmp_path: Path, manifest: Manifest, file: str, damage: str
) -> None:
    suffix = {"image": ".png", "passes": ".npz", "record": ".json"}[file]

    def spoil() -> None:
        (path,) = (path for path in (tmp_path / "d").rglob(f".tmp-*{suffix}"))
        data = bytearray(path.read_bytes())
        if damage == "gone":
            path.unlink()
            return
        data[len(data) // 2] ^= 0x01
        path.write_bytes({"flipped": data, "truncated": data[: len(data) // 2], "emptied": b""}[damage])

    with open_for_writing(tmp_path / "d", manifest) as writer:
        with pytest.raises(StorageError):
            writer.publish(*frame(0), at_step(f"{file}:verify", spoil))
        assert files_below(tmp_path / "d") == {".lock", "dataset.json"}


def test_interrupting_leaves_nothing_of_the_frame(tmp_path: Path, manifest: Manifest) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with open_for_writing(tmp_path / "d", manifest) as writer:
        with pytest.raises(KeyboardInterrupt):
            writer.publish(*frame(0), at_step("record:rename", interrupt))
        assert files_below(tmp_path / "d") == {".lock", "dataset.json"}


KILLED = """
import os, signal, sys
from pathlib import Path
from typing import Any
from tests.dataset.test_publish import frame, at_step
from tests.factory import make_test_manifest
from engine.dataset.writer import open_for_writing
manifest = make_test_manifest(width=64, height=48, passes=("depth", "normal"))
with open_for_writing(Path(sys.argv[1]), manifest) as writer:
    writer.publish(*frame(0))
    writer.publish(*frame(1), at_step(sys.argv[2], lambda: os.kill(os.getpid(), signal.SIGKILL)))
"""


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_process_leaves_whole_frames_only(tmp_path: Path, manifest: Manifest, step: str) -> None:
    root = tmp_path / "d"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(root), step], timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL

    after_rename = step == "record:sync-folder"
    dataset = Dataset.open(root)
    assert dataset.indices() == ([0, 1] if after_rename else [0])
    found = validate_dataset(dataset)
    assert found.problems == []
    assert (found.leftovers == []) == (step in ("image:write", "record:sync-folder"))

    with open_for_writing(root, manifest) as writer:
        assert not any(is_temporary(Path(name).name) for name in files_below(root))
        add_frames(writer, range(2 if after_rename else 1, 3))
    found = validate_dataset(Dataset.open(root))
    assert (found.frames, found.problems, found.leftovers) == (3, [], [])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    root = tmp_path / "disk"
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(root)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield root
    subprocess.run(["umount", str(root)], timeout=30, check=True)


def test_a_full_disk_leaves_whole_frames_only(small_disk: Path, manifest: Manifest) -> None:
    root = small_disk / "d"
    stored = 0
    with open_for_writing(root, manifest) as writer:
        for stored in range(1000):
            try:
                writer.publish(*frame(stored))
            except StorageError as error:
                complaint = str(error)
                break
    assert complaint.endswith(f"could not be written: the disk is full; frame {stored} is not stored.")
    assert stored > 3
    found = validate_dataset(Dataset.open(root))
    assert (found.frames, found.problems, found.leftovers) == (stored, [], [])

    with pytest.raises(DatasetError, match="is on a full disk"):
        open_for_writing(root, manifest)
    with pytest.raises(DatasetError, match="is on a full disk"):
        open_for_writing(small_disk / "other", manifest)
    assert not (small_disk / "other").exists()


def test_a_read_only_disk_is_said_before_anything_is_written(small_disk: Path, manifest: Manifest) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], timeout=30, check=True)
    with pytest.raises(DatasetError, match="cannot be written: the file system is read-only"):
        open_for_writing(small_disk / "d", manifest)


def test_records_name_their_files(tmp_path: Path, manifest: Manifest) -> None:
    passes, record = frame(5)
    with open_for_writing(tmp_path / "d", manifest) as writer:
        stored = writer.publish(passes, record)
    assert msgspec.structs.replace(stored, image=record.image, passes={}) == record
    assert {entry.path for entry in stored.passes.values()} == {"frames/00000/00000005.npz"}
    assert set(stored.passes) == {"depth", "normal"}
