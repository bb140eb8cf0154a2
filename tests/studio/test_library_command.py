"""`studio library` adds, lists, looks at and takes out folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.library.folders import library_folders
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
