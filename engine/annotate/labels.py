"""Texts of a picture: names at boxes and on parts, letters at axes. Placed here, drawn by whoever shows them.

Pictures to be saved get them as plates in the pixels; a terminal writes them as real characters over the picture.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.annotate.geometry import Point, axes, drawing_depth
from engine.annotate.palette import AXIS_COLORS, Color, instance_color, prediction_color
from engine.annotate.part_marks import middle_of, part_color, parts_shown
from engine.annotate.plain import AnyInstance, AnyRecord, PlainInstance
from engine.annotate.record import FrameRecord, InstanceRecord

AXIS_LETTERS = "XYZ"


@dataclass(frozen=True, slots=True)
class Label:
    """A text and the point it belongs to, in image coordinates (u, v) of the picture at its full size."""

    text: str
    u: float
    v: float
    color: Color
    instance_id: int
    """0 for a prediction."""
    name: bool
    """Whether it is the name of a box, whose lower left corner is at the point; another text has its middle there."""
    prediction: int = 0
    """Its number; 0 for an instance."""


def labels_of(record: AnyRecord, overlays: Collection[str], highlight: int | None = None) -> list[Label]:
    """The texts of the overlays `names`, also for `parts`, and `pose`, those of near instances first.

    With `highlight`, letters and names of parts are given for that instance alone.
    """
    found: list[Label] = []
    for instance in sorted(record.instances, key=drawing_depth):
        if "names" in overlays and instance.bbox is not None:
            found.append(_name(instance))
        if not instance.area or highlight not in (None, instance.instance_id):
            continue
        if "names" in overlays:
            found += _part_names(instance, overlays)
        if "pose" in overlays and isinstance(record, FrameRecord) and isinstance(instance, InstanceRecord):
            found += _letters(record, instance)
    return found


def faded(label: Label, highlight: int | None, predicted: int | None) -> bool:
    """Whether something is selected, an instance or a prediction by its number, and a label belongs to neither."""
    selected = highlight is not None or predicted is not None
    own = label.prediction == predicted if label.prediction else label.instance_id == highlight
    return selected and not own


def prediction_labels(predictions: Sequence[PlainInstance], predicted: int | None = None) -> list[Label]:
    """Class, score and verdict (`✓` found in the truth, `✗` not) of predictions, at the lower ends of their boxes.

    That of the prediction that is selected, given by its number, comes first; then the most certain.
    """
    marks = {"": "", "hit": " ✓", "wrong": " ✗"}
    labels = []
    for item in sorted(predictions, key=lambda item: (item.instance_id != predicted, -(item.score or 0.0))):
        if item.bbox is not None:
            left, top, _, height = item.bbox
            text = f"{item.class_name} {item.score or 0:.2f}{marks[item.verdict]}"
            color = prediction_color(item.verdict)
            labels.append(Label(text, left - 0.5, top + height + 0.5, color, 0, name=True, prediction=item.instance_id))
    return labels


def _name(instance: AnyInstance) -> Label:
    assert instance.bbox is not None
    left, top, _, _ = instance.bbox
    color = instance_color(instance.instance_id)
    text = f"{instance.class_name} {instance.instance_id}"
    return Label(text, left - 0.5, top - 0.5, color, instance.instance_id, name=True)


def _part_names(instance: AnyInstance, overlays: Collection[str]) -> list[Label]:
    return [
        Label(part.name, *middle_of(part.mask), part_color(number), instance.instance_id, name=False)
        for number, part in enumerate(parts_shown(instance, overlays), start=1)
        if part.mask is not None
    ]


def _letters(record: FrameRecord, instance: InstanceRecord) -> list[Label]:
    letters = []
    for letter, color, segment in zip(AXIS_LETTERS, AXIS_COLORS, axes(record, instance), strict=True):
        if segment is not None and _in_picture(record, segment.end):
            letters.append(Label(letter, *segment.end, color, instance.instance_id, name=False))
    return letters


def _in_picture(record: FrameRecord, point: Point) -> bool:
    return -0.5 <= point[0] < record.width - 0.5 and -0.5 <= point[1] < record.height - 0.5


def place(
    wanted: list[tuple[float, float, float, float]], width: float, height: float
) -> list[tuple[float, float] | None]:
    """Top left corners for rectangles (x, y, width, height), moved so that they stay inside and do not overlap.

    Works in any unit (pixels, cells). The first have the best places; one without room gets None.
    """
    taken: list[tuple[float, float, float, float]] = []
    corners: list[tuple[float, float] | None] = []
    for x, y, w, h in wanted:
        corner = None
        for step in (0, 1, -1, 2, -2, 3, 4):
            left = min(max(x, 0), max(width - w, 0))
            top = min(max(y, 0), max(height - h, 0)) + step * h
            free = all(left >= a + c or left + w <= a or top >= b + d or top + h <= b for a, b, c, d in taken)
            if free and 0 <= top <= height - h:
                corner = (left, top)
                taken.append((left, top, w, h))
                break
        corners.append(corner)
    return corners
