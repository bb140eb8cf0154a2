"""The list of recently used datasets, and the folders it lives in."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import paths
from engine.dataset.read import Dataset
from studio.recent import LIMIT, datasets_below, list_path, recent_datasets, remember
from tests.coco_factory import make_coco
from tests.factory import make_dataset


def test_xdg_variables_decide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable, folder in (
        ("XDG_STATE_HOME", paths.state_dir),
        ("XDG_CACHE_HOME", paths.cache_dir),
        ("XDG_CONFIG_HOME", paths.config_dir),
        ("XDG_DATA_HOME", paths.data_dir),
    ):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        assert folder() == tmp_path / variable / "dataset-studio"
        monkeypatch.setenv(variable, "not/absolute")
        assert folder().is_absolute()
        monkeypatch.delenv(variable)
        assert folder().is_absolute()
        assert "dataset-studio" in folder().parts
        assert not (tmp_path / variable).exists()


def test_the_latest_comes_first_and_once(growing: Dataset, tmp_path: Path) -> None:
    other = make_dataset(tmp_path / "other", 0)
    remember(growing.root, "balls")
    remember(other.root, "others")
    remember(growing.root, "balls")
    assert [entry.path for entry in recent_datasets()] == [str(growing.root.resolve()), str(other.root.resolve())]


def test_the_pictures_of_a_coco_file_are_remembered_with_it(growing: Dataset, tmp_path: Path) -> None:
    images, file = make_coco(tmp_path / "coco")
    remember(images, "instances", file)
    remember(growing.root, "balls")
    remember(images, "instances", file)
    assert [(entry.path, entry.coco) for entry in recent_datasets()] == [
        (str(images), str(file)),
        (str(growing.root.resolve()), ""),
    ]
    file.unlink()
    assert [entry.name for entry in recent_datasets()] == ["balls"]


def test_what_is_gone_is_left_out(growing: Dataset) -> None:
    remember(growing.root, "balls")
    (growing.root / "dataset.json").unlink()
    assert recent_datasets() == []


def test_the_list_is_bounded(growing: Dataset, tmp_path: Path) -> None:
    for number in range(LIMIT + 5):
        remember(tmp_path / str(number), "x")
    assert list_path().read_text().count("opened_at") == LIMIT


def test_a_damaged_list_or_a_read_only_folder_harms_nothing(growing: Dataset) -> None:
    list_path().parent.mkdir(parents=True)
    list_path().write_text("{")
    assert recent_datasets() == []
    remember(growing.root, "balls")
    assert len(recent_datasets()) == 1
    list_path().unlink()
    list_path().mkdir()
    remember(growing.root, "balls")
    assert recent_datasets() == []


def test_datasets_are_found_below_a_folder(tmp_path: Path) -> None:
    for name in ("b", "a", "deep/er/c", "deep/er/too/far", ".hidden/d", "a/inside"):
        make_dataset(tmp_path / name, 0)
    found = [str(path.relative_to(tmp_path)) for path in datasets_below(tmp_path)]
    assert found == ["a", "b"]
    assert [path.name for path in datasets_below(tmp_path, depth=3)] == ["a", "b", "c"]
    assert datasets_below(tmp_path / "a") == [tmp_path / "a"]
    assert datasets_below(tmp_path / "nowhere") == []
