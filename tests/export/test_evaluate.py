"""Evaluation of predictions, against pycocotools used directly and against cases counted by hand."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from pycocotools.cocoeval import COCOeval

from engine.dataset.read import Dataset
from engine.errors import DatasetError
from engine.export.check_coco import load_quietly
from engine.export.coco import CocoExporter
from engine.export.coco_view import CocoView
from engine.export.evaluate import FIGURES, FrameErrors, evaluate
from engine.export.run import export
from tests.coco_factory import make_coco
from tests.factory import make_dataset

type Results = list[dict[str, Any]]


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("data") / "balls", 6, instances=3)


def perfect(dataset: Dataset) -> Results:
    return [
        {
            "image_id": record.index,
            "category_id": dataset.classes[item.class_name],
            "bbox": list(item.bbox),
            "segmentation": {"size": list(item.mask.size), "counts": item.mask.counts},
            "score": 0.9,
        }
        for record in dataset.iter_records()
        for item in record.instances
        if item.bbox is not None and item.mask is not None
    ]


def imperfect(dataset: Dataset) -> Results:
    """Shifted boxes, other scores, some left out, some of another class."""
    results = perfect(dataset)
    for number, entry in enumerate(results):
        entry["bbox"][0] += number % 4 * 4
        entry["score"] = 0.3 + (number * 7 % 10) * 0.07
        if number % 5 == 0:
            entry["category_id"] = 3 - entry["category_id"]
    return [entry for number, entry in enumerate(results) if number % 6 != 1]


def written(folder: Path, results: Results) -> Path:
    file = folder / "results.json"
    file.write_text(json.dumps(results))
    return file


def test_what_is_perfect_has_an_ap_of_one(balls: Dataset, tmp_path: Path) -> None:
    found = evaluate(balls, written(tmp_path, perfect(balls)))
    assert found.figures["bbox"]["AP"] == found.figures["segm"]["AP"] == 1.0
    assert set(found.classes.values()) == {1.0}
    assert all(errors.errors == 0 for errors in found.frames.values())
    assert sum(errors.hits for errors in found.frames.values()) == len(perfect(balls))
    assert all(item.verdict == "hit" for items in found.predictions.values() for item in items)


def test_figures_are_those_of_pycocotools(balls: Dataset, tmp_path: Path) -> None:
    results = imperfect(balls)
    export(CocoExporter(), balls, tmp_path / "truth.json")
    found = evaluate(balls, written(tmp_path, results))
    for kind, other in (("bbox", "segmentation"), ("segm", "bbox")):
        truth = load_quietly(tmp_path / "truth.json")
        chosen = [{key: value for key, value in entry.items() if key != other} for entry in results]
        with contextlib.redirect_stdout(io.StringIO()):
            reference = COCOeval(truth, truth.loadRes(chosen), kind)
            reference.evaluate()
            reference.accumulate()
            reference.summarize()
        assert list(found.figures[kind]) == list(FIGURES)  # type: ignore[index]
        assert list(found.figures[kind].values()) == pytest.approx(reference.stats.tolist())  # type: ignore[index]
        assert 0 < found.figures[kind]["AP"] < 1  # type: ignore[index]


def test_errors_of_frames_are_counted_as_by_hand(balls: Dataset, tmp_path: Path) -> None:
    results = [entry for entry in perfect(balls) if entry["image_id"] < 4]
    for entry in results:
        entry.pop("segmentation")
    first = [entry for entry in results if entry["image_id"] == 0]
    second = [entry for entry in results if entry["image_id"] == 1]
    first[0]["category_id"] = 3 - first[0]["category_id"]
    second[0]["score"] = 0.2
    results.append({**second[1], "bbox": [0, 0, 5, 5]})
    found = evaluate(balls, written(tmp_path, results))
    count = len(balls.record(0).instances)
    assert "segm" not in found.figures
    assert found.frames[0] == FrameErrors(hits=count - 1, wrong=1, missed=1)
    assert found.frames[1] == FrameErrors(hits=count - 1, wrong=1, missed=1)
    assert found.frames[2] == FrameErrors(hits=count)
    assert found.frames[5] == FrameErrors(missed=count)
    assert found.worst_first()[:2] == [4, 5]
    assert [item.verdict for item in found.predictions[0]].count("wrong") == 1
    assert len(found.predictions[1]) == count
    records = {index: balls.record(index) for index in (0, 1, 5)}
    lost = next(item for item in records[0].instances if item.area)
    assert found.missed == {0: (lost.instance_id,), 1: found.missed[1], 2: (), 3: (), 4: found.missed[4], 5: (1, 2, 3)}
    for index, items in ((0, found.predictions[0]), (1, found.predictions[1])):
        boxes = {item.instance_id: item.bbox for item in records[index].instances}
        for item in items:
            assert (item.match is not None) == (item.verdict == "hit")
            if item.match is not None:
                assert item.bbox == pytest.approx(boxes[item.match])
                assert item.iou == pytest.approx(1.0)
    assert all(item.iou is not None and item.iou < 0.5 for item in found.predictions[1] if item.verdict == "wrong")


def test_the_overlap_is_that_of_the_boxes(balls: Dataset, tmp_path: Path) -> None:
    results = [entry for entry in perfect(balls) if entry["image_id"] == 0][:1]
    results[0].pop("segmentation")
    x, y, w, h = results[0]["bbox"]
    results[0]["bbox"] = [x + 0.25 * w, y, w, h]
    found = evaluate(balls, written(tmp_path, results))
    assert found.predictions[0][0].iou == pytest.approx(0.75 / 1.25)
    assert found.predictions[0][0].match == balls.record(0).instances[0].instance_id


def test_foreign_datasets_can_be_evaluated(tmp_path: Path) -> None:
    view = CocoView.open(*make_coco(tmp_path))
    results = [
        {"image_id": 3, "category_id": 1, "bbox": list(view.record(3).instances[0].bbox or ()), "score": 0.9},
        {"image_id": 9, "category_id": 7, "bbox": [5.5, 6.5, 20.0, 10.0], "score": 0.8},
    ]
    found = evaluate(view, written(tmp_path, results))
    assert found.frames[9] == FrameErrors(hits=1, missed=1)
    assert found.classes["fork"] == pytest.approx(0.5, abs=0.01)
    assert found.missed == {3: (2,), 5: (1,), 9: (2,), 12: ()}
    assert [item.match for item in found.predictions[9]] == [1]


def test_our_own_export_is_evaluated_as_anybodys(balls: Dataset, tmp_path: Path) -> None:
    """Its instances are numbered by their places, as `CocoView` numbers them, whatever the file says besides."""
    export(CocoExporter(), balls, tmp_path / "truth.json")
    view = CocoView.open(balls.root, tmp_path / "truth.json")
    found = evaluate(view, written(tmp_path, perfect(balls)))
    for index, items in found.predictions.items():
        boxes = {item.instance_id: item.bbox for item in view.record(index).instances}
        assert all(item.match is not None and item.bbox == boxes[item.match] for item in items)


def test_boxes_are_compared_where_the_truth_has_no_masks(tmp_path: Path) -> None:
    folder, file = make_coco(tmp_path)
    truth = json.loads(file.read_text())
    for entry in truth["annotations"]:
        entry.pop("segmentation", None)
    file.write_text(json.dumps(truth))
    record = CocoView.open(folder, file).record(3)
    mask = {"size": [record.height, record.width], "counts": [record.height * record.width]}
    result = {**truth["annotations"][0], "segmentation": mask, "score": 0.9}
    found = evaluate(CocoView.open(folder, file), written(tmp_path, [result]))
    assert list(found.figures) == ["bbox"]
    assert sum(frame.hits for frame in found.frames.values()) == 1


def test_nothing_predicted_is_everything_missed(balls: Dataset, tmp_path: Path) -> None:
    found = evaluate(balls, written(tmp_path, []))
    assert found.figures == {}
    assert found.frames[0].missed == len(balls.record(0).instances)
    assert found.missed[0] == tuple(item.instance_id for item in balls.record(0).instances)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image_id": 77}, "about picture 77"),
        ({"category_id": 9}, "of category 9"),
        ({"score": None}, "no score"),
    ],
)
def test_files_that_do_not_fit_are_refused(balls: Dataset, tmp_path: Path, change: dict[str, Any], words: str) -> None:
    file = written(tmp_path, [{**perfect(balls)[0], **change}])
    with pytest.raises(DatasetError, match=words):
        evaluate(balls, file)


def test_a_file_of_annotations_is_no_file_of_results(balls: Dataset, tmp_path: Path) -> None:
    export(CocoExporter(), balls, tmp_path / "truth.json")
    with pytest.raises(DatasetError, match="no file of COCO results"):
        evaluate(balls, tmp_path / "truth.json")
