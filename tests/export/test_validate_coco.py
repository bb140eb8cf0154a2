"""Checking anybody's COCO dataset: one that is sound has nothing wrong, and each defect is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine.export.coco import CocoExporter
from engine.export.coco_view import CocoView
from engine.export.run import export
from engine.export.validate_coco import validate_coco
from studio.cli import run
from tests.coco_factory import make_coco
from tests.factory import make_dataset

type Change = Callable[[dict[str, Any], Path], None]


def told(folder: Path, change: Change) -> list[str]:
    images, file = make_coco(folder)
    content = json.loads(file.read_text())
    change(content, images)
    file.write_text(json.dumps(content))
    found = validate_coco(CocoView.open(images, file), lambda done: None)
    assert found.frames == 4
    return [f"{problem.file}: {problem.what}" for problem in found.problems]


def test_what_is_sound_has_no_problems(tmp_path: Path) -> None:
    assert told(tmp_path, lambda content, images: None) == []


def test_our_own_exports_are_sound(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "balls", 3, instances=4)
    export(CocoExporter(masks="polygon"), dataset, tmp_path / "all.json")
    found = validate_coco(CocoView.open(dataset.root, tmp_path / "all.json"), lambda done: None)
    assert found.problems == []
    assert found.instances > 3


def no_picture(_content: dict[str, Any], images: Path) -> None:
    (images / "three.png").unlink()


def other_size(_content: dict[str, Any], images: Path) -> None:
    Image.new("RGB", (10, 12)).save(images / "nine.png")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_picture, "three.png cannot be read"),
        (other_size, "it has 10 x 12 pixels"),
        (lambda content, _: content["annotations"][0].update(id=12), "2 annotations have the id 12"),
        (lambda content, _: content["annotations"][0].update(id=0), "the id 0"),
        (lambda content, _: content["annotations"][0].update(category_id=99), "of category 99"),
        (lambda content, _: content["annotations"][3].update(bbox=[70, 5, 20, 5]), "leaves the picture"),
        (lambda content, _: content["annotations"][3].update(bbox=[7, 5, 0, 5]), "a box of 0 x 5"),
        (lambda content, _: content["annotations"][2].update(bbox=[10, 10, 40, 30]), "not that of its mask"),
        (lambda content, _: content["annotations"][3].update(bbox=[]), "has no box"),
    ],
)
def test_each_defect_is_told(tmp_path: Path, change: Change, words: str) -> None:
    found = told(tmp_path, change)
    assert any(words in text for text in found), found


def test_the_command_lists_them_and_exits_1(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    images, file = make_coco(tmp_path)
    assert run(["validate", str(images), "--coco", str(file)]) == 0
    assert "4 frames, 5 instances, no problems" in capfd.readouterr().out
    (images / "three.png").unlink()
    assert run(["validate", str(images), "--coco", str(file)]) == 1
    assert "three.png" in capfd.readouterr().out
