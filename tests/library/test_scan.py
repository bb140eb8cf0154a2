"""What the library finds: kinds, notes, built-in assets; and what it leaves out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.library import scan as scan_module
from engine.library.assets import Asset, kind_of
from engine.library.scan import scan

CUPS = 4
HDRIS = 8


def touch(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def own(folder: Path) -> list[Asset]:
    return [asset for asset in scan([folder]).assets if not asset.is_builtin]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a/cup.OBJ", "model"),
        ("a/cup.usdz", "model"),
        ("a/sky.exr", "hdri"),
        ("a/sky.HDR", "hdri"),
        ("wood/oak.png", "texture"),
        ("Backdrops/street.jpg", "backdrop"),
        ("photos/2024/street.jpeg", "backdrop"),
        ("a/readme.txt", None),
        ("a/cup.mtl", None),
    ],
)
def test_a_file_is_what_its_name_says(name: str, kind: str | None) -> None:
    assert kind_of(Path("/photos/lib", name), Path("/photos/lib")) == kind


def test_the_built_in_assets_are_there_without_any_folder() -> None:
    found = scan([])
    assert [asset.kind for asset in found.assets] == ["model"] * CUPS + ["hdri"] * HDRIS
    assert {asset.key for asset in found.assets} >= {"builtin:cup/bare", "builtin:forest"}
    assert found.problems == ()


def test_files_are_found_at_any_depth_by_name(tmp_path: Path) -> None:
    for name in ("b.glb", "a.obj", "deep/er/sky.exr", ".hidden/x.obj", "notes.txt", "deep/.tmp-12-x.obj"):
        touch(tmp_path / name)
    assert [Path(asset.key).relative_to(tmp_path).as_posix() for asset in own(tmp_path)] == [
        "a.obj",
        "b.glb",
        "deep/er/sky.exr",
    ]
    first = own(tmp_path)[0]
    assert (first.size, first.root, first.class_name) == (1, str(tmp_path), "a")
    assert first.modified == pytest.approx((tmp_path / "a.obj").stat().st_mtime)


def test_rendered_datasets_are_no_assets(tmp_path: Path) -> None:
    touch(tmp_path / "out" / "dataset.json")
    touch(tmp_path / "out" / "frames" / "00000" / "00000000.png")
    touch(tmp_path / "cup.obj")
    assert [asset.name for asset in own(tmp_path)] == ["cup.obj"]


def test_links_in_a_circle_and_dangling_ones_do_no_harm(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "cup.obj")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "gone.obj").symlink_to(tmp_path / "nowhere.obj")
    (tmp_path / "linked.obj").symlink_to(tmp_path / "a" / "cup.obj")
    assert sorted(asset.name for asset in own(tmp_path)) == ["cup.obj", "linked.obj"]


def test_a_folder_that_is_gone_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    touch(tmp_path / "here" / "cup.obj")
    found = scan([tmp_path / "gone", tmp_path / "here"])
    assert "cup.obj" in [asset.name for asset in found.assets]
    assert len(found.problems) == 1
    assert str(tmp_path / "gone") in found.problems[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    touch(tmp_path / "shut" / "cup.obj")
    (tmp_path / "shut").chmod(0)
    try:
        assert "shut" in scan([tmp_path]).problems[0]
    finally:
        (tmp_path / "shut").chmod(0o700)


def test_a_folder_beyond_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "LIMIT", CUPS + HDRIS + 2)
    for number in range(5):
        touch(tmp_path / f"{number}.obj")
    found = scan([tmp_path])
    assert len(found.assets) == CUPS + HDRIS + 2
    assert "only the first" in found.problems[0]


def test_notes_beside_the_files_are_read(tmp_path: Path) -> None:
    touch(tmp_path / "fuze.obj")
    touch(tmp_path / "street.png")
    (tmp_path / "studio-assets.toml").write_text(
        '["fuze.obj"]\nclass = "bottle"\nscale = 0.1\ntags = ["Drink ", "glass", "drink"]\n'
        '["street.png"]\nkind = "backdrop"\n'
    )
    fuze, street = own(tmp_path)
    assert (fuze.class_name, fuze.notes.scale, fuze.notes.tags) == ("bottle", 0.1, ("drink", "glass"))
    assert street.kind == "backdrop"


def test_notes_that_are_wrong_are_told_and_harm_nothing(tmp_path: Path) -> None:
    touch(tmp_path / "fuze.obj")
    (tmp_path / "studio-assets.toml").write_text('["fuze.obj"]\nscale = -1\n')
    found = scan([tmp_path])
    assert "fuze.obj.scale: found -1" in found.problems[0]
    assert own(tmp_path)[0].notes.scale == 1.0


def test_what_was_found_so_far_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "FIRST_PAUSE_SECONDS", 0.0)
    for number in range(5):
        touch(tmp_path / f"{number}.obj")
    reports: list[int] = []
    found = scan([tmp_path], lambda some: reports.append(len(some.assets)))
    assert reports == [CUPS + HDRIS + number for number in range(6)]
    monkeypatch.setattr(scan_module, "FIRST_PAUSE_SECONDS", 60.0)
    reports.clear()
    assert scan([tmp_path], lambda some: reports.append(len(some.assets))) == found
    assert reports == [CUPS + HDRIS], "the first at once, and then more and more seldom"
