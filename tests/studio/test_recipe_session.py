"""The recipe being edited: history, files, drafts, the settings by subject, and what the queue is told."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import presets
from engine.errors import RecipeError
from engine.recipe.distributions import Constant
from engine.recipe.schema import settings
from studio.recipe_memory import DRAFTS, Memory
from studio.recipe_parameters import SUBJECTS, parameters, subjects
from studio.recipe_session import Draft, RecipeSession
from studio.watching import watch_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cups.toml"
    path.write_text(presets.find("basic").read_text())
    return path


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_changes_are_undone_and_done_again(file: Path) -> None:
    clock = Clock()
    session = RecipeSession(file, clock=clock)
    original = session.text
    for value in (1, 2, 3):
        session.change("camera.fill", value)
    clock.now = 10
    session.change("camera.fill", 4)
    session.change("camera.roll", 0)
    assert session.is_modified
    assert session.is_changed("camera.fill")
    assert not session.is_changed("camera.elevation")
    found = []
    while session.undo():
        found.append((session.document.get("camera.fill"), session.document.get("camera.roll") == 0))
    assert found == [(4, False), (3, False), ({"uniform": [0.3, 0.85]}, False)]
    assert session.text == original
    while session.redo():
        pass
    assert (session.document.get("camera.fill"), session.document.get("camera.roll")) == (4, 0)


def test_what_changes_nothing_is_no_step(file: Path) -> None:
    session = RecipeSession(file)
    session.change("render.samples", 32)
    assert not session.undo()


def test_a_new_change_ends_what_could_be_done_again(file: Path) -> None:
    session = RecipeSession(file)
    session.change("camera.fill", 1)
    session.undo()
    session.change("camera.roll", 1)
    assert not session.redo()


def test_saving_writes_the_text_and_reverting_can_be_undone(file: Path) -> None:
    session = RecipeSession(file)
    session.change("camera.fill", 0.5)
    assert session.draft == Draft(session.base, session.text)
    session.save()
    assert file.read_text() == session.text
    assert not session.is_modified
    assert session.draft is None
    session.change("camera.fill", 0.7)
    session.revert()
    assert session.document.get("camera.fill") == 0.5
    session.undo()
    assert session.document.get("camera.fill") == 0.7


def test_presets_are_known_and_saved_elsewhere(tmp_path: Path) -> None:
    session = RecipeSession(presets.find("basic"))
    assert session.is_preset
    session.change("camera.fill", 0.5)
    session.save_as(tmp_path / "mine.toml")
    assert not session.is_preset
    assert session.name == "mine"
    assert RecipeSession(tmp_path / "mine.toml").document.get("camera.fill") == 0.5
    with pytest.raises(RecipeError, match="already"):
        session.save_as(tmp_path / "mine.toml")
    with pytest.raises(RecipeError, match=r"\.toml"):
        session.save_as(tmp_path / "mine")


def test_saved_in_another_folder_a_recipe_has_the_same_models(tmp_path: Path) -> None:
    (tmp_path / "mug.obj").touch()
    file = tmp_path / "r.toml"
    file.write_text('[[objects]]\nmodel = "mug.obj"  # ours\n')
    (tmp_path / "sub").mkdir()
    session = RecipeSession(file)
    session.save_as(tmp_path / "sub" / "s.toml")
    assert session.recipe().objects[0].model == str((tmp_path / "mug.obj").resolve())
    assert "# ours" in session.text


def test_a_file_that_cannot_be_written_loses_nothing(file: Path) -> None:
    session = RecipeSession(file)
    session.change("camera.fill", 0.5)
    session.file = file.parent / "no" / "such" / "folder.toml"
    with pytest.raises(RecipeError, match="cannot be written"):
        session.save()
    assert session.is_modified


def test_drafts_come_back(file: Path) -> None:
    session = RecipeSession(file)
    session.change("camera.fill", 0.5)
    again = RecipeSession(file, session.draft)
    assert again.document.get("camera.fill") == 0.5
    assert again.is_modified
    assert again.file_state() == "same"
    file.unlink()
    assert RecipeSession(file, session.draft).file_state() == "gone"


def test_what_others_write_is_noticed_and_can_be_taken_or_left(file: Path) -> None:
    session = RecipeSession(file)
    session.change("camera.fill", 0.5)
    file.write_text(file.read_text().replace("samples = 32", "samples = 8"))
    assert session.file_state() == "changed"
    session.keep_mine()
    assert session.document.get("camera.fill") == 0.5
    assert session.file_state() == "same"
    assert session.is_changed("render.samples")
    session.take_file()
    assert session.document.get("render.samples") == 8
    assert not session.is_modified
    session.undo()
    assert session.document.get("camera.fill") == 0.5


def test_a_broken_file_of_others_is_not_taken(file: Path) -> None:
    session = RecipeSession(file)
    session.change("camera.fill", 0.5)
    file.write_text("camera = [")
    with pytest.raises(RecipeError, match="TOML"):
        session.take_file()
    assert session.document.get("camera.fill") == 0.5


def test_the_diff_is_unified(file: Path) -> None:
    session = RecipeSession(file)
    session.change("camera.fill", 0.5)
    lines = session.diff()
    assert any(line.startswith("-fill = { uniform") for line in lines)
    assert any(line.startswith("+fill = 0.5") for line in lines)


def test_assets_take_the_place_of_objects(file: Path) -> None:
    session = RecipeSession(file)
    session.use([{"model": "cup", "class": "a"}, {"model": "cup", "class": "b", "scale": 2.0}], {})
    assert [item.class_name for item in session.recipe().objects] == ["a", "b"]
    session.use([{"model": "cup", "class": "c"}], {"backdrop.kind": "photo"})
    assert session.recipe().backdrop.kind == Constant("photo")
    session.undo()
    assert len(session.recipe().objects) == 2
    session.use([{"model": "cup", "class": "c"}], {})
    assert [item.class_name for item in session.recipe().objects] == ["c"]
    assert "or the path of a .obj" in session.text


def test_every_setting_of_the_schema_is_shown_once() -> None:
    paths = [parameter.path for parameter in parameters(2, lights=2, plugins=2)]
    assert len(paths) == len(set(paths))
    expected = {path for setting in settings() for path in {setting.path.replace("[i]", f"[{i}]") for i in (0, 1)}}
    assert set(paths) == expected
    assert {parameter.subject for parameter in parameters(1)} == set(subjects())
    assert set(SUBJECTS) <= set(subjects())


def test_memory_survives_and_forgets_the_oldest_drafts(tmp_path: Path) -> None:
    memory = Memory()
    for number in range(DRAFTS + 3):
        memory.note_draft(tmp_path / f"{number}.toml", "a", "b")
    memory.note_draft(tmp_path / "5.toml", "a", "a")
    memory.note_file(tmp_path / "1.toml")
    again = Memory.of(memory.plain())
    assert again == memory
    assert len(again.drafts) == DRAFTS - 1
    assert Memory.of({"seed": "many"}) == Memory()


def test_a_change_of_the_file_is_heard(file: Path) -> None:
    heard = threading.Event()
    watch = watch_file(file, heard.set)
    watch.start()
    try:
        (file.parent / "other.toml").write_text("")
        other = file.with_suffix(".new")
        other.write_text("x = 1")
        assert not heard.wait(0.3)
        other.replace(file)
        assert heard.wait(5)
    finally:
        watch.stop()
