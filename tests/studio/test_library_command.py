"""`studio library` adds, lists, looks at and takes out folders."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from engine.library.assets import Notes
from engine.library.folders import library_folders
from engine.library.notes import SIDECAR_NAME, read_notes
from studio.cli import run
from tests.library.samples import obj_text
from tests.studio.library_rig import make_assets, paint, place


def output(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().out


def test_folders_are_added_listed_and_taken_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    place(tmp_path / "lib" / "jug.obj", obj_text())
    place(tmp_path / "lib" / "studio-assets.toml", '["jug.obj"]\nclass = "jug"\nscale = 0.5\ntags = ["blue"]\n')
    assert run(["library", "add", str(tmp_path / "lib")]) == 0
    assert f"{tmp_path / 'lib'} is in the library: 1 model." in output(capfd)
    assert run(["library", "ls"]) == 0
    listed = output(capfd)
    assert "model     jug.obj   class jug × 0.5 #blue" in listed
    assert "hdri      forest" in listed
    assert run(["library", "ls", "--tag", "BLUE", "--json"]) == 0
    (asset,) = json.loads(output(capfd))["assets"]
    assert asset["key"] == str(tmp_path / "lib" / "jug.obj")
    assert (asset["class"], asset["scale"], asset["tags"]) == ("jug", 0.5, ["blue"])
    assert run(["library", "ls", "--kind", "hdri", "--json"]) == 0
    assert len(json.loads(output(capfd))["assets"]) == 8
    assert run(["library", "rm", str(tmp_path / "lib"), "--json"]) == 0
    assert json.loads(output(capfd)) == {"folder": str(tmp_path / "lib")}
    assert library_folders() == []


def test_adding_what_is_none_is_bad_use(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["library", "add", str(tmp_path / "nothing")]) == 2
    captured = capfd.readouterr()
    assert "there is no such folder" in captured.err
    assert captured.out == ""
    assert run(["library", "rm", str(tmp_path)]) == 2


def test_scanning_tells_what_is_broken(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(monkeypatch)
    folder = make_assets(tmp_path / "lib")
    place(folder / "models" / "empty.glb", b"")
    assert run(["library", "scan"]) == 1
    told = output(capfd)
    assert f"✗ {folder / 'models' / 'empty.glb'}: the model file is empty" in told
    assert f"✗ {folder / 'models' / 'bad.obj'}: Blender cannot read" in told
    assert f"! {folder / 'models' / 'large.obj'}: it is 90 m long" in told
    assert told.endswith("8 models, 9 HDRIs, 1 texture, 1 backdrop; 2 broken.\n")
    (folder / "models" / "empty.glb").unlink()
    (folder / "models" / "bad.obj").unlink()
    assert run(["library", "scan", "--json"]) == 0
    document = json.loads(output(capfd))
    assert document["broken"] == 0
    facts = {asset["name"]: asset["facts"] for asset in document["assets"]}
    assert facts["bottle.obj"]["type"] == "model"
    assert facts["street.hdr"]["range_ev"] > 0


def test_some_assets_are_looked_at(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(monkeypatch)
    folder = make_assets(tmp_path / "lib")
    large = folder / "models" / "large.obj"
    assert run(["library", "scan", str(folder / "textures"), str(large), "builtin:forest", "--json"]) == 0
    assets = json.loads(output(capfd))["assets"]
    assert [asset["name"] for asset in assets] == ["wood.png", "large.obj", "forest"]
    assert "90 m long" in assets[1]["warnings"][0]
    assert run(["library", "set", str(large), "--scale", "0.01", "--json"]) == 0
    assert json.loads(output(capfd))["changed"] == [str(large)]
    assert run(["library", "scan", str(large), "--json"]) == 0
    (asset,) = json.loads(output(capfd))["assets"]
    assert asset["warnings"] == [], "the scale was the remedy"
    assert run(["library", "scan", str(tmp_path / "none.obj")]) == 2
    assert "has no such asset" in capfd.readouterr().err


def test_what_the_screen_sets_can_be_set(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = make_assets(tmp_path / "lib")
    bottle, wood = str(folder / "models" / "bottle.obj"), str(folder / "textures" / "wood.png")
    noted = ["--class", "flask", "--scale", "0.5", "--tag", "Glass", "--tag", "x"]
    assert run(["library", "set", bottle, wood, *noted]) == 0
    assert "Changed for 2 of 2 assets in" in output(capfd)
    assert read_notes(folder / "models" / SIDECAR_NAME)["bottle.obj"] == Notes("flask", 0.5, ("glass", "x"))
    assert read_notes(folder / "textures" / SIDECAR_NAME)["wood.png"] == Notes(tags=("glass", "x"))
    assert run(["library", "set", str(folder), "--untag", "x", "--kind", "backdrop"]) == 0
    assert "Changed for 2 of 6 assets" in output(capfd)
    assert read_notes(folder / "textures" / SIDECAR_NAME)["wood.png"] == Notes(tags=("glass",), kind="backdrop")
    assert run(["library", "ls", "glass", "flask", "--sort", "name", "--json"]) == 0
    assert [asset["name"] for asset in json.loads(output(capfd))["assets"]] == ["bottle.obj"]
    assert run(["library", "lines", bottle, "builtin:forest"]) == 0
    assert tomllib.loads(output(capfd)) == {
        "objects": [{"model": bottle, "class": "flask", "scale": 0.5}],
        "surroundings": {"hdris": ["builtin:forest"]},
    }
    assert run(["library", "set", bottle, "--scale", "-1"]) == 2
    assert "above 0" in capfd.readouterr().err


@pytest.mark.slow
def test_scanning_with_blender(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The real process, on a model, an HDRI and the built-in assets."""
    make_assets(tmp_path / "lib")
    assert run(["library", "scan", "--json"]) == 0
    facts = {asset["name"]: asset["facts"] for asset in json.loads(output(capfd))["assets"]}
    assert facts["bottle.obj"]["type"] == "model"
    assert facts["cup, imperfect"]["size"][2] == pytest.approx(0.092)
    assert facts["sunrise"]["sun_elevation"] == pytest.approx(8, abs=2)
    assert facts["wall.png"]["mode"]
