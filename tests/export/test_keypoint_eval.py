"""Evaluation of keypoints: of a person's, against pycocotools used directly; of others, against the formula."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from pycocotools.cocoeval import COCOeval

from engine.errors import BadInput, DatasetError
from engine.export.check_coco import load_quietly
from engine.export.coco_view import CocoView
from engine.export.evaluate import KEYPOINT_FIGURES, FrameErrors, evaluate
from engine.export.keypoint_eval import COCO_PERSON, DEFAULT_SIGMA
from studio.cli import run

AREA = 1600.0


def person(number: int, image: int, left: float) -> dict[str, Any]:
    points = [value for place in range(17) for value in (left + 2 * place, 20 + place * place % 23, 1 + place % 2)]
    return {"id": number, "image_id": image, "category_id": 1, "bbox": [left, 20, 40, 40], "area": AREA, "iscrowd": 0,
            "keypoints": points, "num_keypoints": 17}  # fmt: skip


def cup(number: int, image: int) -> dict[str, Any]:
    """Of its three points, the last is not in the picture."""
    return {"id": number, "image_id": image, "category_id": 4, "bbox": [30, 30, 40, 40], "area": AREA, "iscrowd": 0,
            "keypoints": [40, 50, 2, 60, 50, 1, 0, 0, 0], "num_keypoints": 2}  # fmt: skip


@pytest.fixture
def view(tmp_path: Path) -> CocoView:
    """Three pictures of persons, two of a cup, and of a plate without keypoints."""
    plate = {"id": 9, "image_id": 3, "category_id": 7, "bbox": [1, 1, 20, 20], "area": 400, "iscrowd": 0}
    content = {
        "images": [{"id": image, "file_name": f"{image}.png", "width": 160, "height": 120} for image in (1, 2, 3)],
        "annotations": [person(1, 1, 10), person(2, 1, 90), person(3, 2, 30), cup(4, 2), cup(5, 3), plate],
        "categories": [
            {"id": 1, "name": "person", "keypoints": COCO_PERSON},
            {"id": 4, "name": "cup", "keypoints": ["rim", "handle", "foot"]},
            {"id": 7, "name": "plate"},
        ],
    }
    (tmp_path / "truth.json").write_text(json.dumps(content))
    return CocoView.open(tmp_path, tmp_path / "truth.json")


def predicted(entry: dict[str, Any], score: float, by: float = 0.0) -> dict[str, Any]:
    """The same points, to the right by some pixels."""
    points = copy.copy(entry["keypoints"])
    points[0::3] = [x + by for x in points[0::3]]
    return {"image_id": entry["image_id"], "category_id": entry["category_id"], "score": score, "keypoints": points}


def written(view: CocoView, results: list[dict[str, Any]]) -> Path:
    file = view.root / "results.json"
    file.write_text(json.dumps(results))
    return file


def test_persons_are_measured_as_pycocotools_does(view: CocoView) -> None:
    results = [
        predicted(person(1, 1, 10), 0.9, 2),
        predicted(person(2, 1, 90), 0.8, 5),
        predicted(person(3, 2, 30), 0.7, 9),
    ]
    found = evaluate(view, written(view, results))
    truth = load_quietly(view.file)
    for annotation in truth.dataset["annotations"]:
        annotation.setdefault("num_keypoints", 0)
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCOeval(truth, truth.loadRes(copy.deepcopy(results)), "keypoints")
        reference.params.catIds = [1]
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    table = found.tables["keypoints"]
    assert list(table["person"]) == list(KEYPOINT_FIGURES)
    assert list(table["person"].values()) == pytest.approx(reference.stats.tolist())
    assert 0.2 < table["person"]["AP"] < 1
    assert table["cup"]["AP"] == 0
    assert found.figures["keypoints"]["AP"] == pytest.approx(table["person"]["AP"] / 2), "the mean of both classes"
    assert set(found.classes) == {"person", "cup"}


@pytest.mark.parametrize(
    ("sigmas", "sigma"),
    [({}, DEFAULT_SIGMA), ({"cup": 0.1}, 0.1), ({"cup": 0.5, "cup.rim": 0.02, "cup.handle": 0.02}, 0.02)],
)
def test_each_class_has_its_own_sigmas(view: CocoView, sigmas: dict[str, float], sigma: float) -> None:
    by = 2.5
    results = [predicted(cup(4, 2), 0.9, by), predicted(cup(5, 3), 0.9, by)]
    found = evaluate(view, written(view, results), sigmas=sigmas)
    similarity = math.exp(-(by**2) / (2 * AREA * (2 * sigma) ** 2))
    reached = sum(similarity >= 0.5 + 0.05 * step for step in range(10)) / 10
    assert found.tables["keypoints"]["cup"]["AP"] == pytest.approx(reached)
    assert 0 <= reached <= 1
    hits = int(similarity >= 0.5)
    assert found.frames[3] == FrameErrors(hits=hits, wrong=1 - hits, missed=1 - hits)
    if hits:
        assert found.predictions[3][0].iou == pytest.approx(similarity)


def test_boxes_decide_where_there_are_any(view: CocoView) -> None:
    results = [
        predicted(cup(4, 2), 0.9) | {"bbox": [30, 30, 40, 40]},
        predicted(person(3, 2, 30), 0.9, 60) | {"bbox": [30, 20, 40, 40]},
    ]
    found = evaluate(view, written(view, results))
    assert list(found.figures) == ["keypoints", "bbox"]
    assert found.tables["bbox"]["person"]["AP50"] > 0
    assert found.tables["keypoints"]["person"]["AP50"] == 0
    assert found.frames[2] == FrameErrors(hits=2)


def test_what_does_not_fit_is_refused(view: CocoView, capsys: pytest.CaptureFixture[str]) -> None:
    short = predicted(cup(4, 2), 0.9)
    short["keypoints"] = short["keypoints"][:6]
    with pytest.raises(DatasetError, match="its class has 3 points"):
        evaluate(view, written(view, [short]))
    plate = {"image_id": 3, "category_id": 7, "score": 0.9, "keypoints": [1, 2, 2]}
    with pytest.raises(DatasetError, match="`keypoints`, that the dataset has too"):
        evaluate(view, written(view, [plate]))
    file = written(view, [predicted(cup(4, 2), 0.9)])
    with pytest.raises(BadInput, match=r"'cup\.lid'"):
        evaluate(view, file, sigmas={"cup.lid": 0.1})
    command = ["evaluate", str(view.root), "--coco", str(view.file), "--predictions", str(file)]
    assert run([*command, "--sigma", "cup=wide"]) == 2
    assert "--sigma cup=wide" in capsys.readouterr().err
    assert run([*command, "--sigma", "cup.rim=0.07", "--worst", "1"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].split() == ["AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl"]
    assert text.splitlines()[1].startswith("keypoints ")
