"""Class, scale and tags are kept beside the files, or for the user alone where that cannot be."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.errors import AssetError
from engine.frame.landmarks import Landmarks
from engine.library import notes as notes_module
from engine.library.assets import Asset, Notes
from engine.library.notes import SIDECAR_NAME, landmarks_of, personal_file, read_notes, save_notes
from engine.library.scan import scan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.obj", "b.obj"):
        (tmp_path / name).write_text("x")
    return tmp_path


def asset(folder: Path, name: str) -> Asset:
    return next(found for found in scan([folder]).assets if found.name == name)


def save(item: Asset, **values: object) -> list[Path]:
    return save_notes({item.key: (item, msgspec.structs.replace(item.notes, **values))})


def test_what_is_saved_is_read_again(folder: Path) -> None:
    files = save(asset(folder, "a.obj"), class_name="cup", scale=0.01, tags=("red", "wide"))
    assert files == [folder / SIDECAR_NAME]
    assert asset(folder, "a.obj").notes == Notes("cup", 0.01, ("red", "wide"))
    assert asset(folder, "b.obj").notes == Notes()


def test_comments_and_other_tables_stay(folder: Path) -> None:
    file = folder / SIDECAR_NAME
    file.write_text('# ours\n["b.obj"]  # the second\ntags = ["x"]\n')
    save(asset(folder, "a.obj"), tags=("y",))
    text = file.read_text()
    assert text.startswith('# ours\n["b.obj"]  # the second\ntags = ["x"]\n')
    assert asset(folder, "b.obj").notes.tags == ("x",)
    assert asset(folder, "a.obj").notes.tags == ("y",)


def test_what_is_as_usual_is_not_written(folder: Path) -> None:
    save(asset(folder, "a.obj"), tags=("y",), scale=2.0)
    save(asset(folder, "a.obj"), tags=(), scale=1.0)
    assert not (folder / SIDECAR_NAME).exists()


def test_a_file_with_a_comment_stays_without_notes(folder: Path) -> None:
    file = folder / SIDECAR_NAME
    file.write_text('# ours\n["a.obj"]\ntags = ["x"]\n')
    save(asset(folder, "a.obj"), tags=())
    assert file.read_text().strip() == "# ours"


def test_a_built_in_asset_is_noted_for_the_user(folder: Path) -> None:
    cup = next(found for found in scan([]).assets if found.key == "builtin:cup/bare")
    assert save(cup, tags=("start",)) == [personal_file()]
    again = next(found for found in scan([]).assets if found.key == cup.key)
    assert again.notes == Notes("cup", tags=("start",))


def test_a_folder_that_takes_nothing_is_noted_for_the_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(notes_module.os, "access", lambda path, mode: Path(path) != folder)
        assert save(asset(folder, "a.obj"), tags=("mine",)) == [personal_file()]
    assert asset(folder, "a.obj").notes.tags == ("mine",)
    assert not (folder / SIDECAR_NAME).exists()
    # Once it takes something, the notes go there, and the user's own hide them no longer.
    save(asset(folder, "a.obj"), tags=("ours",))
    assert read_notes(folder / SIDECAR_NAME)["a.obj"].tags == ("ours",)
    assert read_notes(personal_file()) == {}
    assert asset(folder, "a.obj").notes.tags == ("ours",)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[", "no valid TOML"),
        ('"a.obj" = 3', "a table is expected"),
        ('["a.obj"]\nscale = 0', "scale"),
        ('["a.obj"]\nscale = true', "scale"),
        ('["a.obj"]\nscale = inf', "scale"),
        ('["a.obj"]\ntags = "red"', "tags"),
        ('["a.obj"]\nkind = "sound"', "kind"),
        ('["a.obj"]\nsize = 3', "known are class"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(folder: Path, text: str, part: str) -> None:
    file = folder / SIDECAR_NAME
    file.write_text(text)
    with pytest.raises(AssetError, match=part) as caught:
        read_notes(file)
    assert str(file) in str(caught.value)


def test_a_wrong_file_is_not_overwritten(folder: Path) -> None:
    item = asset(folder, "a.obj")
    (folder / SIDECAR_NAME).write_text("[")
    with pytest.raises(AssetError):
        save(item, tags=("y",))
    assert (folder / SIDECAR_NAME).read_text() == "["


KEYPOINTS = '["a.obj"]\nskeleton = [["cap", "base"]]\n\n["a.obj".keypoints]\ncap = [0.0, 0.0, 0.2]\nbase = [0, 1, 0]\n'


def test_keypoints_are_read_and_stay_when_other_notes_change(folder: Path) -> None:
    (folder / SIDECAR_NAME).write_text(KEYPOINTS)
    expected = Landmarks((("cap", (0.0, 0.0, 0.2)), ("base", (0.0, 1.0, 0.0))), (("cap", "base"),))
    assert landmarks_of(str(folder / "a.obj")) == expected
    assert landmarks_of(str(folder / "b.obj")) == Landmarks()
    save(asset(folder, "a.obj"), tags=("y",))
    assert landmarks_of(str(folder / "a.obj")) == expected
    assert asset(folder, "a.obj").notes.tags == ("y",)
    assert "base = [0, 1, 0]" in (folder / SIDECAR_NAME).read_text()


def test_an_object_of_a_blend_file_may_have_keypoints_of_its_own(folder: Path) -> None:
    lines = ['["m.blend".keypoints]', "a = [1, 0, 0]", '["m.blend#Lid".keypoints]', "b = [2, 0, 0]"]
    (folder / SIDECAR_NAME).write_text("\n".join(lines))
    assert landmarks_of(str(folder / "m.blend#Lid")).keypoints == (("b", (2.0, 0.0, 0.0)),)
    assert landmarks_of(str(folder / "m.blend#Body")).keypoints == (("a", (1.0, 0.0, 0.0)),)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('["a.obj".keypoints]\ncap = [0, 0]', "keypoints.cap: found [0, 0]; give its place as [x, y, z]"),
        ('["a.obj".keypoints]\ncap = [0, 0, nan]', "keypoints.cap: found [0, 0, nan]"),
        ('["a.obj"]\nkeypoints = 3', "keypoints: a table is expected"),
        ('["a.obj"]\nskeleton = [["x", "y"]]', "skeleton: found ['x', 'y']; give pairs of two of its keypoints"),
        ('["a.obj"]\nskeleton = "x"', "skeleton: a list of pairs is expected"),
    ],
)
def test_keypoints_that_are_wrong_are_named(folder: Path, lines: str, said: str) -> None:
    (folder / SIDECAR_NAME).write_text(lines)
    with pytest.raises(AssetError) as caught:
        landmarks_of(str(folder / "a.obj"))
    assert f"{folder / SIDECAR_NAME}: a.obj.{said}" in str(caught.value)


def test_parts_are_read_and_stay_when_other_notes_change(folder: Path) -> None:
    file = folder / SIDECAR_NAME
    file.write_text('["a.obj".parts]\nlid = ["Lid", "Knob"]\nbody = "Body"\n')
    assert landmarks_of(str(folder / "a.obj")).parts == (("lid", ("Lid", "Knob")), ("body", ("Body",)))
    save(asset(folder, "a.obj"), class_name="kettle")
    assert asset(folder, "a.obj").notes.landmarks.parts == (("lid", ("Lid", "Knob")), ("body", ("Body",)))
    save(asset(folder, "a.obj"), class_name="")
    assert "Knob" in file.read_text()


@pytest.mark.parametrize(
    ("note", "complaint"),
    [
        ("parts = 3", r"a\.obj\.parts: a table is expected"),
        ("parts = { lid = [] }", r"a\.obj\.parts\.lid: found \[\]; give names of objects or materials"),
        ("parts = { lid = [1] }", r"a\.obj\.parts\.lid: found \[1\]"),
        ('parts = { "my lid" = "Lid" }', "letters, digits"),
    ],
)
def test_parts_that_mean_nothing_are_said(tmp_path: Path, note: str, complaint: str) -> None:
    (tmp_path / SIDECAR_NAME).write_text(f'["a.obj"]\n{note}\n')
    with pytest.raises(AssetError, match=complaint):
        read_notes(tmp_path / SIDECAR_NAME)
