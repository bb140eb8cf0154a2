"""Deleting frames deletes those frames alone."""

from __future__ import annotations

from pathlib import Path

from engine.dataset.delete import delete_frames
from engine.dataset.models import publish_models
from engine.dataset.read import Dataset
from tests.factory import ball_bodies, make_dataset


def test_only_the_frames_asked_for_go(tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", frames=5)
    assert delete_frames(tmp_path / "d", 1, 3) == 2
    assert Dataset.open(tmp_path / "d").indices() == [0, 3, 4]
    assert not list((tmp_path / "d").rglob("00000001*"))


def test_with_the_last_frame_the_dataset_goes_but_nothing_of_others(tmp_path: Path) -> None:
    root = tmp_path / "d"
    make_dataset(root, frames=2)
    publish_models(root, ball_bodies())
    (root / "coco.json").write_text("{}")
    assert delete_frames(root, 0, 10) == 2
    assert [path.name for path in root.rglob("*")] == ["coco.json"]
    make_dataset(tmp_path / "e", frames=1)
    delete_frames(tmp_path / "e", 0, 1)
    assert not (tmp_path / "e").exists()
