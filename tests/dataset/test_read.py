from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from engine.dataset.codec import Undecodable, decode_image, decode_passes
from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from engine.dataset.writer import open_for_writing
from engine.errors import DatasetError
from tests.factory import (
    add_frames,
    make_dataset,
    make_old,
    make_passes,
    make_spec,
    make_test_manifest,
    multiply_dataset,
)


def test_a_dataset_tells_what_it_is(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "d", 3, start=5)
    assert dataset.root == tmp_path / "d"
    assert dataset.name == "balls"
    assert dataset.classes == {"cup": 1, "bowl": 2}
    assert dataset.indices() == [5, 6, 7]
    assert len(dataset) == 3
    assert [record.index for record in dataset.iter_records()] == [5, 6, 7]
    assert dataset.image(6).shape == (120, 160, 3)


def test_what_is_no_dataset_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, complaint in {"nothing": "does not exist", "file": "is a file", "": "is no dataset"}.items():
        with pytest.raises(DatasetError, match=complaint):
            Dataset.open(tmp_path / name)


def test_frames_in_several_folders_are_sorted(tmp_path: Path) -> None:
    root = tmp_path / "d"
    indices = [2500, 3, 999, 1000, 1_234_567, 99_999_999, 100_000_000]
    with open_for_writing(root, make_test_manifest(width=32, height=24)) as writer:
        add_frames(writer, indices)
    dataset = Dataset.open(root)
    assert dataset.indices() == sorted(indices) == list(dataset.iter_indices())
    assert dataset.record(100_000_000).index == 100_000_000


def test_refresh_finds_new_frames_whatever_the_clock_says(tmp_path: Path) -> None:
    root = tmp_path / "d"
    dataset = make_dataset(root, 1)
    assert dataset.indices() == [0]
    with open_for_writing(root, make_test_manifest()) as writer:
        for index in range(1, 6):
            add_frames(writer, [index])
            assert dataset.indices() == list(range(index))
            assert dataset.refresh() == list(range(index + 1))
            old = time.time() - 100 + index
            os.utime(root / "frames" / "00000", (old, old))
            assert dataset.refresh() == list(range(index + 1))
        add_frames(writer, [2000])
        assert dataset.refresh()[-1] == 2000


def test_unfinished_frames_are_not_there(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "d", 2)
    (tmp_path / "d" / "frames" / "00000" / "00000001.json").unlink()
    assert dataset.refresh() == [0]
    with pytest.raises(DatasetError, match="has no frame 1"):
        dataset.record(1)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"index": "x"}', b"\xff\xfe\x00"])
def test_damaged_records_are_named(tmp_path: Path, content: bytes) -> None:
    dataset = make_dataset(tmp_path / "d", 1)
    path = tmp_path / "d" / "frames" / "00000" / "00000000.json"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"00000000\.json is damaged"):
        dataset.record(0)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_truncated_files_are_named(tmp_path: Path, share: float) -> None:
    dataset = make_dataset(tmp_path / "d", 1)
    for suffix in ("png", "npz"):
        path = tmp_path / "d" / "frames" / "00000" / f"00000000.{suffix}"
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DatasetError, match=r"00000000\.png is damaged"):
        dataset.image(0)
    with pytest.raises(DatasetError, match=r"00000000\.npz is damaged"):
        dataset.float_pass(0, "depth")


def test_missing_files_and_passes_are_named(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "d", 1)
    with pytest.raises(DatasetError, match=r"has no pass 'normal' \(stored: depth\)"):
        dataset.float_pass(0, "normal")
    (tmp_path / "d" / "frames" / "00000" / "00000000.png").unlink()
    with pytest.raises(DatasetError, match=r"00000000\.png cannot be read"):
        dataset.image(0)


def test_flipping_any_byte_of_a_picture_is_noticed_or_harmless(tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", 1, width=32, height=24)
    expected = make_passes(make_spec(0, width=32, height=24))
    folder = tmp_path / "d" / "frames" / "00000"
    picture, passes = (folder / "00000000.png").read_bytes(), (folder / "00000000.npz").read_bytes()
    for position in range(len(picture)):
        try:
            decoded = decode_image(flipped(picture, position))
        except Undecodable:
            continue
        assert decoded.shape != expected.rgb.shape or decoded.dtype == np.uint8
    for position in range(0, len(passes), 7):
        try:
            decode_passes(flipped(passes, position))
        except Undecodable:
            continue


def flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :]


def test_frames_are_listed_without_a_look_into_any_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_dataset(tmp_path / "d", 2, width=32, height=24)
    multiply_dataset(tmp_path / "d", 1_500)
    fresh = Dataset.open(tmp_path / "d")
    listed: list[str] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (listed.append(str(path)), real(path))[1])
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert len(fresh.indices()) == 1_500
    assert len(listed) == 3, "the folder of frames, and its two"


def test_records_of_version_1_are_read(tmp_path: Path) -> None:
    """They do not know what their instances would show if nothing hid them."""
    make_dataset(tmp_path / "d", 1)
    make_old(tmp_path / "d", 0)
    dataset = Dataset.open(tmp_path / "d")
    for instance in dataset.record(0).instances:
        assert instance.mask is not None
        assert (instance.amodal_mask, instance.amodal_area, instance.visibility, instance.truncation) == (None,) * 4
    assert validate_dataset(dataset).problems == []
