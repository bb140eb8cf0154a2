"""A path is completed as far as there is no choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from widgets.path_completion import complete_folder, complete_path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("models/cups", "models/cups-large", "hdris", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "hdris.txt").write_text("x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "text", "candidates"),
    [
        ("mo", "models/", ("models/",)),
        ("models/", "models/cups", ("cups-large/", "cups/")),
        ("models/cups-", "models/cups-large/", ("cups-large/",)),
        ("hd", "hdris/", ("hdris/",)),
        ("", "", ("hdris/", "models/")),
        (".h", ".hidden/", (".hidden/",)),
        ("nothing", "nothing", ()),
        ("none/such", "none/such", ()),
    ],
)
def test_folders(folder: Path, typed: str, text: str, candidates: tuple[str, ...]) -> None:
    assert complete_folder(typed) == (text, candidates)
    absolute = complete_folder(f"{folder}/{typed}")
    assert absolute == (f"{folder}/{text}", candidates)


def test_files(folder: Path) -> None:
    assert complete_path("hd") == ("hdris", ("hdris.txt", "hdris/"))
    assert complete_path("hdris.") == ("hdris.txt", ("hdris.txt",))


def test_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert complete_folder("~").text == "~/"
    assert complete_folder("~/mo").text == "~/models/"
