"""`studio show` of other people's datasets, of frames that a filter chooses, and of predictions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from engine.dataset.read import Dataset
from studio.cli import run
from studio.commands.show import command
from tests.coco_factory import make_coco
from tests.studio.test_inspect_foreign import results_of


def show(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_coco_dataset_is_shown(tmp_path: Path) -> None:
    images, file = make_coco(tmp_path)
    printed = show(images, "--coco", file, "--width", "60", "--ascii", "--index", "3").output
    assert "plate 1" in printed
    assert "fork 2" in printed
    sheet = show(images, "--coco", file, "--width", "120").output
    assert all(f"#{index}" in sheet for index in (3, 5, 9, 12))
    table = show(images, "--coco", file).output
    assert "plate, fork, person" in table
    assert "plate" in show(images, "--coco", file, "--index", "3").output
    found = json.loads(show(images, "--coco", file, "--json").output)
    assert (found["indices"], found["coco"]) == ([3, 5, 9, 12], str(file))
    record = json.loads(show(images, "--coco", file, "--index", "3", "--json").output)["record"]
    assert [item["class_name"] for item in record["instances"]] == ["plate", "fork"]


def test_a_filter_chooses_frames(balls: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    chosen = json.loads(show(balls.root, "--filter", "index<3", "--json").output)
    assert chosen["indices"] == [0, 1, 2]
    assert "3 frames of 25" in show(balls.root, "--filter", "index<3", "--width", "100").output
    images, file = make_coco(tmp_path)
    assert json.loads(show(images, "--coco", file, "--filter", "fork", "--json").output)["indices"] == [3, 9]
    assert run(["show", str(balls.root), "--filter", "index<3", "--index", "7"]) == 2
    assert "does not match the filter" in capfd.readouterr().err
    assert run(["show", str(balls.root), "--filter", "nonsense>3"]) == 2
    assert "nonsense" in capfd.readouterr().err


def test_predictions_are_drawn_beside_the_truth_and_the_worst_frames_come_first(
    balls: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results_of(balls)))
    found = json.loads(show(balls.root, "--predictions", file, "--json").output)
    assert found["indices"][:2] == [6, 8]
    sheet = show(balls.root, "--predictions", file, "--width", "100", "--count", "2").output
    assert "the worst first" in sheet
    assert sheet.index("#6") < sheet.index("#8")
    assert "✗" in show(balls.root, "--predictions", file, "--index", "8", "--width", "100").output
    record = json.loads(show(balls.root, "--predictions", file, "--index", "8", "--json").output)
    assert "wrong" in [item["verdict"] for item in record["predictions"]]
    pictures = []
    for overlays in ("none", "predictions"):
        png = tmp_path / f"{overlays}.png"
        show(balls.root, "--predictions", file, "--index", "8", "--overlay", overlays, "--png", png)
        pictures.append(np.asarray(Image.open(png)))
    assert (pictures[0] != pictures[1]).any()
    assert run(["show", str(balls.root), "--predictions", str(tmp_path / "no.json")]) == 2
    assert "no.json is no file" in capfd.readouterr().err
