"""Predictions, as a COCO file of results has them, against a dataset: pycocotools' figures, and each frame's errors."""

from __future__ import annotations

import contextlib
import copy
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
from engine.export.keypoint_eval import KeypointEval, Sigmas, sigmas_of
from engine.export.matches import Match, Matches
from engine.export.run import export

type Kind = Literal["bbox", "segm", "keypoints"]

FIGURES = (
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large",
    "AR_1", "AR_10", "AR_100", "AR_small", "AR_medium", "AR_large",
)  # fmt: skip
"""pycocotools' twelve figures, in its order. -1 where the dataset has nothing to measure them by."""

KEYPOINT_FIGURES = ("AP", "AP50", "AP75", "AP_medium", "AP_large", "AR", "AR50", "AR75", "AR_medium", "AR_large")
"""The ten of keypoints, whose overlaps are object keypoint similarities."""

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
    """FIGURES, or KEYPOINT_FIGURES, by what was compared."""
    tables: dict[Kind, dict[str, dict[str, float]]] = field(default_factory=dict)
    """The same of each class that the dataset has."""
    classes: dict[str, float] = field(default_factory=dict)
    """AP of each class, of masks where they were predicted, else of boxes, else of keypoints."""
    frames: dict[int, FrameErrors] = field(default_factory=dict)
    predictions: dict[int, tuple[PlainInstance, ...]] = field(default_factory=dict)
    """By frame, those from LEAST_SCORE on, with their verdicts, the most certain first."""
    missed: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """By frame, the `instance_id`s of the instances that nothing predicted."""

    def worst_first(self) -> list[int]:
        """The frames by their number of errors, those with fewer hits first among equals."""
        return sorted(self.frames, key=lambda index: (-self.frames[index].errors, self.frames[index].hits, index))


def evaluate(
    source: Dataset | CocoView,
    results: Path,
    least_score: float = LEAST_SCORE,
    sigmas: Mapping[str, float] | None = None,
) -> Evaluation:
    """Compare the predictions in a file with a dataset; raises DatasetError for a file that does not fit it.

    A dataset's frames are its pictures' ids, and its classes' ids those of its COCO export. `sigmas` are those of
    keypoints, by class or by `class.point`; see `engine.export.keypoint_eval`.
    """
    found = read_json(results, list[CocoAnnotation], "COCO results")
    with _truth(source) as (truth, categories, sizes):
        _check(found, results, sizes, categories)
        entries = [_entry(annotation) for annotation in found]
        points = sigmas_of(
            {number: (one.name, tuple(one.keypoints)) for number, one in categories.items()}, sigmas or {}
        )
        _check_keypoints(found, results, points)
        kinds: list[Kind] = [kind for kind in _KEYS if entries and _can_compare(truth, entries, kind, points)]
        outcome = Evaluation()
        numbers = _instance_ids(truth, own=isinstance(source, Dataset))
        if not entries:
            for index in sizes:
                outcome.missed[index] = tuple(numbers[entry] for entry in truth.getAnnIds(imgIds=[index]))
                outcome.frames[index] = FrameErrors(missed=len(outcome.missed[index]))
            return outcome
        if not kinds:
            raise DatasetError(
                f"{results}: its predictions have neither all a `bbox` nor all a `segmentation`, nor `keypoints`, that "
                "the dataset has too."
            )
        for kind in kinds:
            # The last one decides which prediction hit what: masks, where there are any.
            places = [place for place, entry in enumerate(entries, start=1) if _KEYS[kind] in entry]
            evaluation = _evaluated(truth, [entries[place - 1] for place in places], kind, points)
            outcome.figures[kind] = _figures(evaluation, kind)
            outcome.tables[kind] = _class_tables(evaluation, kind, categories)
        outcome.classes = {name: figures["AP"] for name, figures in outcome.tables[kind].items()}
        matches = Matches(evaluation, numbers, least_score)
        matched = {places[number - 1]: match for number, match in matches.verdicts.items()}
        outcome.predictions = _predictions(found, matched, categories, sizes, least_score)
        outcome.missed = {index: tuple(sorted(matches.missed.get(index, ()))) for index in sizes}
        for index in sizes:
            verdicts = [item.verdict for item in outcome.predictions.get(index, ())]
            counts = verdicts.count("hit"), verdicts.count("wrong"), len(outcome.missed[index])
            outcome.frames[index] = FrameErrors(*counts)
    return outcome


_KEYS: dict[Kind, str] = {"keypoints": "keypoints", "bbox": "bbox", "segm": "segmentation"}


def _can_compare(truth: Any, entries: Sequence[Mapping[str, Any]], kind: Kind, points: Mapping[int, Sigmas]) -> bool:
    """Whether all predictions have what is compared, and the truth has too; keypoints, where classes have any."""
    if kind == "keypoints":
        have = ["keypoints" in entry for entry in entries if entry["category_id"] in points]
        return any(have)
    key = _KEYS[kind]
    return all(key in entry for entry in entries) and all(key in annotation for annotation in truth.anns.values())


@contextlib.contextmanager
def _truth(source: Dataset | CocoView) -> Iterator[tuple[Any, dict[int, CocoCategory], dict[int, tuple[int, int]]]]:
    """pycocotools' view of a dataset, its categories, and the (height, width) of each picture."""
    with tempfile.TemporaryDirectory(prefix="studio-truth-") as folder:
        file = source.file if isinstance(source, CocoView) else Path(folder) / FILE_NAME
        if not isinstance(source, CocoView):
            export(CocoExporter(), source, file)
        truth = load_quietly(file)
    truth.dataset.setdefault("info", {})
    for annotation in truth.dataset.get("annotations", []):
        annotation.setdefault("iscrowd", 0)
        annotation.setdefault("num_keypoints", sum(value > 0 for value in annotation.get("keypoints", [])[2::3]))
        if "area" not in annotation and "bbox" in annotation:
            annotation["area"] = annotation["bbox"][2] * annotation["bbox"][3]
    categories = {
        entry["id"]: CocoCategory(entry["id"], entry["name"], list(entry.get("keypoints", [])))
        for entry in truth.dataset.get("categories", [])
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


def _check_keypoints(found: Sequence[CocoAnnotation], results: Path, points: Mapping[int, Sigmas]) -> None:
    for number, annotation in enumerate(found):
        wanted = 3 * len(points.get(annotation.category_id, ()))
        if wanted and annotation.keypoints and len(annotation.keypoints) != wanted:
            raise DatasetError(
                f"{results}: entry {number} has {len(annotation.keypoints)} numbers as `keypoints`, but its class has "
                f"{wanted // 3} points; it must have x, y and a third number for each, {wanted} in all."
            )


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
    if annotation.keypoints:
        entry["keypoints"] = list(annotation.keypoints)
    return entry


def _evaluated(truth: Any, entries: Sequence[Mapping[str, Any]], kind: Kind, sigmas: Mapping[int, Sigmas]) -> Any:
    """pycocotools' evaluation, run; its predictions have the ids 1, 2, 3, ... in the order of the entries."""
    # Given a box, pycocotools would take the prediction for one without a mask or keypoints.
    others = set(_KEYS.values()) - {_KEYS[kind]}
    chosen = [{key: value for key, value in entry.items() if key not in others} for entry in entries]
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = truth.loadRes(chosen)
        evaluation = KeypointEval(truth, loaded, sigmas) if kind == "keypoints" else COCOeval(truth, loaded, kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def _figures(evaluation: Any, kind: Kind) -> dict[str, float]:
    names = KEYPOINT_FIGURES if kind == "keypoints" else FIGURES
    return dict(zip(names, map(float, evaluation.stats), strict=True))


def _class_tables(evaluation: Any, kind: Kind, categories: Mapping[int, CocoCategory]) -> dict[str, dict[str, float]]:
    """pycocotools' figures of each class that the dataset has: its summary of that class alone.

    Precisions are by (IoU, recall, class, area, most predictions), recalls by (IoU, class, area, most predictions).
    """
    tables = {}
    for place, number in enumerate(evaluation.params.catIds):
        of_class = copy.copy(evaluation)
        of_class.eval = {
            "precision": evaluation.eval["precision"][:, :, place : place + 1],
            "recall": evaluation.eval["recall"][:, place : place + 1],
        }
        with contextlib.redirect_stdout(io.StringIO()):
            of_class.summarize()
        figures = _figures(of_class, kind)
        if figures["AP"] >= 0:
            tables[class_name(dict(categories), number)] = figures
    return tables


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
