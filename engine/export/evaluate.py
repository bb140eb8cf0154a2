"""Predictions, as a COCO file of results has them, against a dataset: pycocotools' figures, and each frame's errors."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
from pycocotools.cocoeval import COCOeval

from engine.annotate.plain import PlainInstance
from engine.dataset.read import Dataset
from engine.errors import DatasetError
from engine.export.check_coco import load_quietly
from engine.export.coco import FILE_NAME, CocoExporter
from engine.export.coco_view import CocoAnnotation, CocoCategory, CocoView, class_name, plain_instance, read_json
from engine.export.matches import Match, Matches

type Kind = Literal["bbox", "segm"]

FIGURES = (
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large",
    "AR_1", "AR_10", "AR_100", "AR_small", "AR_medium", "AR_large",
)  # fmt: skip
"""pycocotools' twelve figures, in its order. -1 where the dataset has nothing to measure them by."""

LEAST_SCORE = 0.5
"""Predictions less certain are not counted as a frame's hits and errors; pycocotools' figures take all."""


@dataclass(frozen=True, slots=True)
class FrameErrors:
    """What predictions got right and wrong in one frame, at `matches.MATCH`."""

    hits: int = 0
    wrong: int = 0
    """Predictions for which no instance was found."""
    missed: int = 0
    """Instances that nothing predicted."""

    @property
    def errors(self) -> int:
        """All that is wrong."""
        return self.wrong + self.missed


@dataclass(slots=True)
class Evaluation:
    """The outcome."""

    figures: dict[Kind, dict[str, float]] = field(default_factory=dict)
    """FIGURES by what was compared."""
    classes: dict[str, float] = field(default_factory=dict)
    """AP of each class, of masks where they were predicted, else of boxes."""
    frames: dict[int, FrameErrors] = field(default_factory=dict)
    predictions: dict[int, tuple[PlainInstance, ...]] = field(default_factory=dict)
    """By frame, those from LEAST_SCORE on, with their verdicts, the most certain first."""
    missed: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """By frame, the `instance_id`s of the instances that nothing predicted."""

    def worst_first(self) -> list[int]:
        """The frames by their number of errors, those with fewer hits first among equals."""
        return sorted(self.frames, key=lambda index: (-self.frames[index].errors, self.frames[index].hits, index))


def evaluate(source: Dataset | CocoView, results: Path, least_score: float = LEAST_SCORE) -> Evaluation:
    """Compare the predictions in a file with a dataset; raises DatasetError for a file that does not fit it.

    A dataset's frames are its pictures' ids, and its classes' ids those of its COCO export.
    """
    found = read_json(results, list[CocoAnnotation], "COCO results")
    with _truth(source) as (truth, categories, sizes):
        _check(found, results, sizes, categories)
        entries = [_entry(annotation) for annotation in found]
        kinds: list[Kind] = [kind for kind, key in _KEYS.items() if entries and all(key in entry for entry in entries)]
        outcome = Evaluation()
        numbers = _instance_ids(truth, own=isinstance(source, Dataset))
        if not entries:
            for index in sizes:
                outcome.missed[index] = tuple(numbers[entry] for entry in truth.getAnnIds(imgIds=[index]))
                outcome.frames[index] = FrameErrors(missed=len(outcome.missed[index]))
            return outcome
        if not kinds:
            raise DatasetError(f"{results}: its predictions have neither all a `bbox` nor all a `segmentation`.")
        for kind in kinds:
            evaluation = _evaluated(truth, entries, kind)
            outcome.figures[kind] = dict(zip(FIGURES, map(float, evaluation.stats), strict=True))
        outcome.classes = _class_figures(evaluation, categories)
        matches = Matches(evaluation, numbers, least_score)
        outcome.predictions = _predictions(found, matches.verdicts, categories, sizes, least_score)
        outcome.missed = {index: tuple(sorted(matches.missed.get(index, ()))) for index in sizes}
        for index in sizes:
            verdicts = [item.verdict for item in outcome.predictions.get(index, ())]
            counts = verdicts.count("hit"), verdicts.count("wrong"), len(outcome.missed[index])
            outcome.frames[index] = FrameErrors(*counts)
    return outcome


_KEYS: dict[Kind, str] = {"bbox": "bbox", "segm": "segmentation"}


@contextlib.contextmanager
def _truth(source: Dataset | CocoView) -> Iterator[tuple[Any, dict[int, CocoCategory], dict[int, tuple[int, int]]]]:
    """pycocotools' view of a dataset, its categories, and the (height, width) of each picture."""
    with tempfile.TemporaryDirectory(prefix="studio-truth-") as folder:
        file = source.file if isinstance(source, CocoView) else Path(folder) / FILE_NAME
        if not isinstance(source, CocoView):
            CocoExporter().export(source, Path(folder))
        truth = load_quietly(file)
    truth.dataset.setdefault("info", {})
    for annotation in truth.dataset.get("annotations", []):
        annotation.setdefault("iscrowd", 0)
        if "area" not in annotation and "bbox" in annotation:
            annotation["area"] = annotation["bbox"][2] * annotation["bbox"][3]
    categories = {
        entry["id"]: CocoCategory(entry["id"], entry["name"]) for entry in truth.dataset.get("categories", [])
    }
    sizes = {entry["id"]: (entry.get("height", 0), entry.get("width", 0)) for entry in truth.dataset["images"]}
    yield truth, categories, dict(sorted(sizes.items()))


def _check(
    found: Sequence[CocoAnnotation],
    results: Path,
    sizes: Mapping[int, object],
    categories: Mapping[int, CocoCategory],
) -> None:
    for number, annotation in enumerate(found):
        if annotation.image_id not in sizes:
            raise DatasetError(
                f"{results}: entry {number} is about picture {annotation.image_id}, which the dataset does not have; "
                "predictions must name frames by their number."
            )
        if annotation.category_id not in categories:
            known = ", ".join(f"{entry.id} {entry.name}" for entry in categories.values())
            raise DatasetError(
                f"{results}: entry {number} is of category {annotation.category_id}, which the dataset does not have "
                f"(it has {known})."
            )
        if annotation.score is None:
            raise DatasetError(f"{results}: entry {number} has no score; is it a file of annotations, not of results?")


def _entry(annotation: CocoAnnotation) -> dict[str, Any]:
    """A prediction as pycocotools takes it."""
    entry: dict[str, Any] = {
        "image_id": annotation.image_id,
        "category_id": annotation.category_id,
        "score": annotation.score,
    }
    if len(annotation.bbox) == 4:
        entry["bbox"] = list(annotation.bbox)
    if bytes(annotation.segmentation):
        entry["segmentation"] = msgspec.json.decode(annotation.segmentation)
    return entry


def _evaluated(truth: Any, entries: Sequence[Mapping[str, Any]], kind: Kind) -> Any:
    """pycocotools' evaluation, run; its predictions have the ids 1, 2, 3, ... in the order of the entries."""
    # Given a box, pycocotools would take the prediction for one without a mask.
    other = "bbox" if kind == "segm" else "segmentation"
    chosen = [{key: value for key, value in entry.items() if key != other} for entry in entries]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(chosen), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def _class_figures(evaluation: Any, categories: dict[int, CocoCategory]) -> dict[str, float]:
    """AP of each class that the dataset has, from the precisions (IoU, recall, class, area, most predictions)."""
    figures = {}
    for place, number in enumerate(evaluation.params.catIds):
        precision = evaluation.eval["precision"][:, :, place, 0, -1]
        known = precision[precision > -1]
        if known.size:
            figures[class_name(categories, number)] = float(known.mean())
    return figures


def _instance_ids(truth: Any, *, own: bool) -> dict[int, int]:
    """By annotation, the `instance_id` that its instance has in the frame's record.

    The export of a dataset of our `own` says it; otherwise it is the place among the picture's annotations.
    """
    return {
        entry["id"]: entry["instance_id"] if own else place
        for entries in truth.imgToAnns.values()
        for place, entry in enumerate(entries, start=1)
    }


def _predictions(
    found: Sequence[CocoAnnotation],
    verdicts: Mapping[int, Match],
    categories: dict[int, CocoCategory],
    sizes: Mapping[int, tuple[int, int]],
    least_score: float,
) -> dict[int, tuple[PlainInstance, ...]]:
    by_frame: dict[int, list[PlainInstance]] = {}
    for number, annotation in enumerate(found, start=1):
        if (annotation.score or 0.0) < least_score:
            continue
        instance = plain_instance(annotation, number, categories, sizes[annotation.image_id])
        if (found_out := verdicts.get(number)) is not None:
            verdict: Literal["hit", "wrong"] = "wrong" if found_out.match is None else "hit"
            instance = replace(instance, verdict=verdict, match=found_out.match, iou=found_out.iou)
        by_frame.setdefault(annotation.image_id, []).append(instance)
    return {
        index: tuple(sorted(items, key=lambda item: item.score or 0.0, reverse=True))
        for index, items in by_frame.items()
    }
