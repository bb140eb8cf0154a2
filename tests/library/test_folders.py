"""The folders of the library are added, found again, and taken out."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import AssetError
from engine.library.folders import add_folder, folders_file, library_folders, remove_folder


def make(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_folders_stay_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    one, two = make(tmp_path / "b"), make(tmp_path / "a")
    assert library_folders() == []
    assert add_folder(one) == one
    add_folder(f"{two}/../a/")
    assert library_folders() == [one, two]
    assert remove_folder(one) == one
    assert library_folders() == [two]


def test_comments_in_the_settings_stay(tmp_path: Path) -> None:
    folders_file().parent.mkdir(parents=True, exist_ok=True)
    folders_file().write_text("# where things lie\nfolders = []\n")
    add_folder(make(tmp_path / "a"))
    assert folders_file().read_text().startswith("# where things lie\n")


def test_a_folder_is_not_found_twice(tmp_path: Path) -> None:
    inner = make(tmp_path / "all" / "models")
    add_folder(inner)
    with pytest.raises(AssetError, match="already"):
        add_folder(inner)
    add_folder(tmp_path / "all")
    assert library_folders() == [tmp_path / "all"]
    with pytest.raises(AssetError, match="as a part of"):
        add_folder(inner)


def test_what_cannot_be_added_is_named(tmp_path: Path) -> None:
    (tmp_path / "cup.obj").write_text("x")
    with pytest.raises(AssetError, match="no such folder"):
        add_folder(tmp_path / "nothing")
    with pytest.raises(AssetError, match="is a file"):
        add_folder(tmp_path / "cup.obj")
    with pytest.raises(AssetError, match="no folder"):
        remove_folder(tmp_path)


@pytest.mark.parametrize("text", ["folders = 3", "folders = [1]", "["])
def test_wrong_settings_are_named(text: str) -> None:
    folders_file().parent.mkdir(parents=True, exist_ok=True)
    folders_file().write_text(text)
    with pytest.raises(AssetError, match=r"library\.toml"):
        library_folders()
