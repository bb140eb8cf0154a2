"""Recipes edited setting by setting: comments stay, and what is written is what is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import presets
from engine.errors import RecipeError
from engine.recipe.document import RecipeDocument, steps_of, toml_item
from engine.recipe.reader import FieldError
from engine.recipe.schema import settings

BASIC = presets.find("basic").read_text()


def document(text: str = BASIC) -> RecipeDocument:
    return RecipeDocument(text, "basic.toml", Path())


def test_nothing_changes_by_itself() -> None:
    assert document().text == BASIC


def test_a_change_touches_its_line_alone_and_keeps_the_comment() -> None:
    edited = document()
    edited.set("camera.focal_length", {"uniform": [35.0, 50.5]})
    before, after = BASIC.splitlines(), edited.text.splitlines()
    changed = [line for line, old in zip(after, before, strict=True) if line != old]
    assert changed == ["focal_length = { uniform = [35, 50.5] }    # mm, on a sensor 36 mm wide"]


def test_every_setting_can_be_written_and_read_back_and_taken_out() -> None:
    for setting in settings():
        path = setting.path.replace("[i]", "[0]")
        value: Any = 3 if setting.default is None else setting.default
        edited = document()
        edited.set(path, value)
        assert edited.get(path) == value, path
        edited.recipe()
        assert document(edited.text).plain() == edited.plain()
        edited.remove(path)
        assert edited.get(path) is None
        document(edited.text).recipe()


def test_new_settings_come_before_the_blank_line_and_new_sections_behind_one() -> None:
    edited = document()
    edited.set("camera.f_stop", 2.8)
    assert "exposure = { uniform = [-0.4, 0.5] }     # EV\nf_stop = 2.8\n\n[surroundings]" in edited.text
    fresh = document("[camera]\nfill = 1\n")
    fresh.set("render.samples", 4)
    fresh.set("render.denoise", False)
    assert fresh.text == "[camera]\nfill = 1\n\n[render]\nsamples = 4\ndenoise = false\n"


def test_an_empty_file_becomes_a_recipe() -> None:
    edited = document("")
    edited.set("objects[0].paint.hue", {"uniform": [0, 30]})
    edited.set("objects[0].count", 2)
    edited.set("description", "cups")
    recipe = document(edited.text).recipe()
    assert recipe.description == "cups"
    assert recipe.objects[0].count.quantile(0.5) == 2


def test_objects_come_and_go() -> None:
    edited = document()
    assert edited.add_item("objects", {"model": "cup", "class": "bowl"}, 1) == 1
    edited.set("objects[1].up", "z")
    assert [item.class_name for item in edited.recipe().objects] == ["", "bowl"]
    edited.remove("objects[1]")
    assert edited.plain() == document().plain()
    empty = document("")
    assert empty.add_item("objects", {"model": "cup"}, 1) == 1
    assert len(empty.recipe().objects) == 2
    inline = document('objects = [{ model = "cup", class = "mug" }]\n')
    inline.add_item("objects", {"model": "cup"}, 1)
    assert [item.class_name for item in inline.recipe().objects] == ["mug", ""]
    assert empty.add_item("lights", {"kind": "sun"}) == 0
    empty.remove("lights[0]")
    assert not empty.recipe().lights


def test_what_is_wrong_stays_and_is_named() -> None:
    edited = document()
    edited.set("camera.fill", {"uniform": [3, 90]})
    with pytest.raises(FieldError) as error:
        edited.recipe()
    assert error.value.path.startswith("camera.fill")
    assert "uniform = [3, 90]" in edited.text


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"basic\.toml: this is not valid TOML"):
        document("a = [")
    with pytest.raises(RecipeError, match="no table"):
        document("camera = 3\n").set("camera.fill.x", 1)


def test_paths_are_relative_to_the_folder(tmp_path: Path) -> None:
    (tmp_path / "mug.obj").touch()
    edited = RecipeDocument('[[objects]]\nmodel = "mug.obj"\n', "r.toml", tmp_path)
    assert edited.recipe().objects[0].model == str((tmp_path / "mug.obj").resolve())
    assert edited.recipe().name == "r"


values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["uniform", "min", "x"]), inner),
    max_leaves=6,
)


@given(values)
def test_any_plain_value_survives(value: Any) -> None:
    edited = document("")
    edited.set("description", value)
    assert document(edited.text).get("description") == value
    assert toml_item(value).as_string().count("\n") == 0 or isinstance(value, str)


def test_paths_are_taken_apart() -> None:
    assert steps_of("objects[0].paint.hue") == ("objects", 0, "paint", "hue")
    assert steps_of("camera.fill") == ("camera", "fill")
