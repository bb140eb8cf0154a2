"""Checking that a dataset's COCO export is what pycocotools, the reference, reads back as the dataset."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools.coco import COCO

from engine.annotate.masks import decode_mask
from engine.annotate.record import FrameRecord, InstanceRecord
from engine.dataset.read import Dataset
from engine.export.base import Split
from engine.export.coco import CocoExporter
from engine.export.run import export

_FRAMES_AT_ONCE = 2000
"""pycocotools holds a whole file in memory: larger datasets are checked in parts."""


def check_coco_export(dataset: Dataset, indices: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Export the frames `indices`, load that with pycocotools and compare; yields (frame, what is wrong)."""
    with tempfile.TemporaryDirectory(prefix="studio-coco-") as folder:
        for start in range(0, len(indices), _FRAMES_AT_ONCE):
            part = Split("", indices[start : start + _FRAMES_AT_ONCE], dataset)
            written = export(CocoExporter(), dataset, Path(folder) / "part.json", splits=[part])
            yield from _compare(load_quietly(written.path), part)


def load_quietly(path: Path) -> Any:
    """pycocotools' COCO of a file, without what it prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def _compare(coco: Any, part: Split) -> Iterator[tuple[int, str]]:
    names = {entry["id"]: entry["name"] for entry in coco.loadCats(coco.getCatIds())}
    extra = set(coco.getImgIds()) - set(part.indices)
    for index in sorted(extra):
        yield index, "the COCO export has this frame, the dataset has not"
    for record in part.records():
        yield from ((record.index, f"in the COCO export, {what}") for what in _compare_frame(coco, record, names))


def _compare_frame(coco: Any, record: FrameRecord, names: Mapping[int, str]) -> Iterator[str]:
    if record.index not in coco.imgs:
        yield "the frame is missing"
        return
    image = coco.imgs[record.index]
    if (image["file_name"], image["width"], image["height"]) != (record.image.path, record.width, record.height):
        yield "the picture's file name or size is another"
    annotations = {entry["instance_id"]: entry for entry in coco.loadAnns(coco.getAnnIds(imgIds=[record.index]))}
    seen = {instance.instance_id: instance for instance in record.instances if instance.mask is not None}
    if set(annotations) != set(seen):
        yield f"the frame has {len(annotations)} instances, not {len(seen)}"
        return
    for number, instance in seen.items():
        annotation = annotations[number]
        assert instance.mask is not None
        same = (
            annotation["iscrowd"] == 0
            and annotation["area"] == instance.area
            and annotation["bbox"] == list(instance.bbox or ())
            and names[annotation["category_id"]] == instance.class_name
            and np.array_equal(coco.annToMask(annotation), decode_mask(instance.mask))
        )
        if not same:
            yield f"instance {number} has another class, box, area or mask"
        if not _same_amodal(coco, annotation, instance):
            yield f"instance {number} has another amodal mask or box, visibility or truncation"


def _same_amodal(coco: Any, annotation: dict[str, Any], instance: InstanceRecord) -> bool:
    if instance.amodal_mask is None:
        return "amodal_segmentation" not in annotation
    found = coco.annToMask({**annotation, "segmentation": annotation["amodal_segmentation"]})
    return (
        annotation["amodal_bbox"] == (list(instance.amodal_bbox) if instance.amodal_bbox else None)
        and (annotation["visibility"], annotation["truncation"]) == (instance.visibility, instance.truncation)
        and np.array_equal(found, decode_mask(instance.amodal_mask))
    )
