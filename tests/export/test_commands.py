"""`studio export` and `studio validate` as a user runs them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli import run
from tests.factory import make_dataset, multiply_dataset


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_dataset(tmp_path / "d", 2)
    return tmp_path / "d"


def test_export_reports_what_it_wrote(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "labels"
    assert run(["export", str(root), "--format", "coco", "--out", str(out), "--masks", "polygon"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{out}: 2 frames, 4 instances, ")
    assert said.err == ""
    assert len(json.loads((out / "instances.json").read_text())["annotations"]) == 4


def test_export_as_json(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "coco.json"
    assert run(["export", str(root), "--out", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {
        "dataset": str(root),
        "exports": [
            {
                "path": str(out), "format": "coco", "frames": 2, "instances": 4, "bytes": out.stat().st_size,
                "continued": 0, "splits": None, "notes": [],
            }
        ],
    }  # fmt: skip


def test_several_formats_at_once_have_a_folder_each(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["export", str(root), "--format", "yolo", "--format", "webdataset", "--out", str(out), "--json"]
    arguments += ["--split", "train=0.5,val=0.5", "--option", "webdataset.shard_frames=1", "--images", "copy"]
    assert run(arguments) == 0
    report = json.loads(capsys.readouterr().out)["exports"]
    assert [(entry["format"], entry["path"]) for entry in report] == [
        ("yolo", f"{out}/yolo"), ("webdataset", f"{out}/webdataset")
    ]  # fmt: skip
    assert all(sum(entry["splits"].values()) == 2 for entry in report)
    assert (out / "yolo/data.yaml").is_file()
    assert run(arguments[:-2]) == 0
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["export", "DIR/nothing", "--out", "x"], "does not exist"),
        (["export", "DIR", "--format", "yolo9", "--out", "x"], "no export format 'yolo9'"),
        (["export", "DIR", "--out", "DIR/dataset.json"], "is not an export of this program"),
        (["export", "DIR"], "--out is missing"),
        (["export", "DIR", "--out", "x", "--masks", "png"], "found 'png'; allowed: rle, polygon"),
        (["export", "DIR", "--out", "x", "--option", "colour=red"], "No format that is exported has the option"),
        (["export", "DIR", "--out", "x", "--option", "voc.colour=red"], "the format 'voc' is not exported"),
        (["export", "DIR", "--out", "x", "--option", "coco.masks=png"], "of the export format 'coco' is wrong"),
        (["export", "DIR", "--out", "x", "--option", "masks"], "[FORMAT.]NAME=VALUE is expected"),
        (["export", "DIR", "--out", "x", "--split", "a=1,b=1"], "the fractions are 2 together"),
        (["export", "DIR", "--out", "x", "--split-by", "far"], "NAME=FILTER is expected"),
        (["export", "DIR", "--out", "x.json", "--split", "a=1"], "names a file, and splits need several"),
        (["export", "DIR", "--format", "bop", "--out", "DIR/bop"], "BOP has models of one size"),
        (["validate", "DIR/frames"], "is no dataset"),
        (["validate"], "is missing"),
    ],
)
def test_wrong_use_exits_with_two_and_a_sentence(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert run([argument.replace("DIR", str(root)) for argument in arguments]) == 2
    said = capsys.readouterr()
    assert complaint in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_validate_says_one_line_for_a_sound_dataset(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(root)]) == 0
    assert capsys.readouterr().out == f"{root}: 2 frames, 4 instances, no problems\n"


def test_validate_lists_problems_and_exits_with_one(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "frames/00000/00000000.png").unlink()
    assert run(["validate", str(root)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["frames/00000/00000000.png: it is missing", f"{root}: 2 frames, 4 instances, 1 problem"]


def test_validate_as_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "frames/00000/00000001.json").unlink()
    (root / "frames/00000/00000000.npz").write_bytes(b"")
    assert run(["validate", str(root), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == 1
    assert report["problems"][0]["file"] == "frames/00000/00000000.npz"
    assert sorted(report["leftovers"]) == ["frames/00000/00000001.npz", "frames/00000/00000001.png"]


def test_progress_is_shown_on_a_terminal_and_wiped(tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", 2)
    multiply_dataset(tmp_path / "d", 400)
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "studio", "validate", str(tmp_path / "d")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    out, _ = process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 0
    assert out.decode().endswith("400 frames, 800 instances, no problems\n")
    assert b"of 400 frames" in shown
    assert shown.endswith(b"\r\x1b[K")
