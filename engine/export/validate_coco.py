"""Checking anybody's COCO dataset: its pictures against their sizes, its annotations against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from engine.annotate.masks import decode_mask
from engine.annotate.plain import PlainInstance, PlainRecord
from engine.dataset.check_frame import Problem
from engine.dataset.validate import Validation
from engine.errors import DatasetError
from engine.export.coco_view import CocoView

SLACK = 1.0
"""Pixels by which a box may leave the picture or its mask: others round, and count pixels, in ways of their own."""


def validate_coco(view: CocoView, progress: Callable[[int], None]) -> Validation:
    """Check everything there is; `progress` is called with the number of pictures read so far."""
    found = Validation(frames=len(view.images))
    found.problems += [Problem(view.file.name, what) for what in _numbering(view)]
    for done, index in enumerate(view.images, start=1):
        try:
            record = view.record(index)
            found.instances += len(record.instances)
            what = [*_picture(view, record), *(text for item in record.instances for text in _instance(item, record))]
        except DatasetError as error:
            what = [str(error)]
        found.problems += [Problem(view.images[index].file_name, text) for text in what]
        progress(done)
    return found


def _numbering(view: CocoView) -> Iterator[str]:
    numbers = Counter(annotation.id for annotation in view.iter_annotations())
    for number, times in numbers.items():
        if times > 1:
            yield f"{times} annotations have the id {number}; each must have its own."
    if 0 in numbers:
        yield "an annotation has the id 0, which pycocotools takes for none; count from 1."
    unlisted = {annotation.category_id for annotation in view.iter_annotations()} - view.categories.keys()
    for number in sorted(unlisted):
        yield f"its annotations are of category {number}, which its `categories` do not list."


def _picture(view: CocoView, record: PlainRecord) -> Iterator[str]:
    """What is wrong with the file; raises DatasetError where it cannot be read."""
    height, width, _ = view.image(record.index).shape
    if (width, height) != (record.width, record.height):
        yield f"it has {width} x {height} pixels; {view.file.name} says {record.width} x {record.height}."


def _instance(item: PlainInstance, record: PlainRecord) -> Iterator[str]:
    name = f"annotation {item.annotation_id} ({item.class_name})"
    if item.bbox is None:
        yield f"{name} has no box."
        return
    x, y, w, h = item.bbox
    if w <= 0 or h <= 0:
        yield f"{name} has a box of {w:g} x {h:g} pixels."
    elif min(x, y) < -SLACK or x + w > record.width + SLACK or y + h > record.height + SLACK:
        yield f"{name} has a box that leaves the picture: {x:g}, {y:g}, {w:g} x {h:g}."
    if item.mask is not None:
        rows, columns = np.nonzero(decode_mask(item.mask))
        if not rows.size:
            yield f"{name} has a mask of no pixels."
        elif (
            max(
                abs(columns.min() - x), abs(rows.min() - y), abs(columns.max() + 1 - x - w), abs(rows.max() + 1 - y - h)
            )
            > 2 * SLACK
            and not item.crowd
        ):
            yield f"{name} has a box that is not that of its mask."
