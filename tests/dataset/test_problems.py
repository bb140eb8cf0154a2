"""Findings on frames: kept, and renewed where files change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.dataset import layout, problems
from engine.dataset.problems import FrameProblems
from engine.dataset.read import Dataset
from tests.factory import make_dataset


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    made = make_dataset(tmp_path / "d", 4, width=64, height=48)
    picture = made.root / layout.image_path(1, "png")
    data = bytearray(picture.read_bytes())
    data[-30] ^= 1
    picture.write_bytes(data)
    (made.root / layout.passes_path(2)).unlink()
    return made


def checked(dataset: Dataset, cache: Path) -> tuple[FrameProblems, list[int]]:
    """The findings on all frames, and those that had to be looked at."""
    found = FrameProblems.of(dataset, cache)
    stale = found.forget_changed(dataset.indices())
    counts: list[int] = []
    found.check(stale, counts.append)
    assert counts == list(range(1, len(stale) + 1))
    return found, stale


def test_each_frame_has_its_problems_by_kind(dataset: Dataset, tmp_path: Path) -> None:
    found, stale = checked(dataset, tmp_path / "cache")
    assert stale == [0, 1, 2, 3]
    texts = found.texts()
    assert texts[0] == texts[3] == ""
    assert texts[1].startswith("picture: ")
    assert texts[2] == "passes: it is missing"


def test_what_was_checked_is_not_checked_again_unless_it_changes(dataset: Dataset, tmp_path: Path) -> None:
    before, _ = checked(dataset, tmp_path / "cache")
    again, stale = checked(dataset, tmp_path / "cache")
    assert stale == []
    assert again.texts() == before.texts()
    os.utime(dataset.root / layout.image_path(3, "png"), ns=(1, 1))
    (dataset.root / layout.record_path(0)).unlink()
    changed, stale = checked(Dataset.open(dataset.root), tmp_path / "cache")
    assert stale == [3]
    assert sorted(changed.texts()) == [1, 2, 3]


def test_what_was_found_until_it_was_stopped_is_kept(dataset: Dataset, tmp_path: Path) -> None:
    found = FrameProblems.of(dataset, tmp_path / "cache")
    counts: list[int] = []
    found.check([0, 1, 2, 3], counts.append, lambda: len(counts) == 2)
    assert sorted(FrameProblems.of(dataset, tmp_path / "cache").texts()) == [0, 1]


def test_findings_of_another_version_are_dropped(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(dataset, tmp_path / "cache")
    monkeypatch.setattr(problems, "VERSION", 99)
    assert FrameProblems.of(dataset, tmp_path / "cache").texts() == {}
