"""YOLO as Ultralytics lays it out: `images/SPLIT`, `labels/SPLIT` with a text file for each picture, and `data.yaml`.

Coordinates are fractions of the picture's size in COCO's convention: pixel (u, v) covers [u, u + 1) x [v, v + 1).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.annotate.masks import decode_mask
from engine.annotate.oriented import box_points
from engine.annotate.polygons import mask_polygons
from engine.annotate.record import InstanceRecord
from engine.dataset.read import Dataset
from engine.errors import BadInput
from engine.export.base import Exporter, Split
from engine.export.coco import keypoints
from engine.export.frame import Frame, Frames, too_old
from engine.export.output import Output
from engine.export.plain import box_of, seen


@dataclass(frozen=True)
class YoloExporter(Exporter):
    """Boxes for detection."""

    name: ClassVar[str] = "yolo"
    summary: ClassVar[str] = "YOLO detection (Ultralytics): boxes"
    holds: ClassVar[str] = "class and visible box of each instance, and the pictures"
    leaves_out: ClassVar[str] = "masks, instances that are not seen, all else"
    reader: ClassVar[str] = "`yolo detect train data=OUT/data.yaml`; `supervision.DetectionDataset.from_yolo`"

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        for frame in frames:
            out.put_picture(f"images/{frames.part}/{frame.stem}{frame.suffix}", frame)
            lines = [self._line(instance, frame) for instance in seen(frame.record)]
            out.put(f"labels/{frames.part}/{frame.stem}.txt", "".join(f"{line}\n" for line in lines if line).encode())

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """The file that names classes and folders."""
        dataset = splits[0].dataset
        names = [split.part for split in splits if split.indices] or [split.part for split in splits]
        # Ultralytics wants both: without a split of that name, the first stands for it.
        folders = {name: f"images/{name}" for name in names}
        for wanted in ("train", "val"):
            folders.setdefault(wanted, f"images/{names[0]}")
        lines = ["path: .", *(f"{name}: {folder}" for name, folder in folders.items()), *self._more(dataset), "names:"]
        # A JSON text is a YAML text.
        lines += [f"  {number - 1}: {json.dumps(name, ensure_ascii=False)}" for name, number in dataset.classes.items()]
        out.put("data.yaml", "".join(f"{line}\n" for line in lines).encode())

    def _more(self, dataset: Dataset) -> list[str]:
        """Further lines of data.yaml."""
        return []

    def _line(self, instance: InstanceRecord, frame: Frame) -> str:
        return _numbers(instance, frame, _relative_box(instance, frame))


@dataclass(frozen=True)
class YoloSegmentExporter(YoloExporter):
    """Outlines for segmentation: one polygon for each instance."""

    name: ClassVar[str] = "yolo-segment"
    summary: ClassVar[str] = "YOLO segmentation (Ultralytics): outlines"
    holds: ClassVar[str] = (
        "class and outline of each instance along the pixels' edges, and the pictures. An outline is one polygon: "
        "pieces are joined by lines there and back, holes are cut"
    )
    leaves_out: ClassVar[str] = "instances that are not seen, all else"
    reader: ClassVar[str] = "`yolo segment train data=OUT/data.yaml`; `supervision.DetectionDataset.from_yolo`"

    def _line(self, instance: InstanceRecord, frame: Frame) -> str:
        assert instance.mask is not None
        x, y, w, h = box_of(instance)
        polygons = mask_polygons(decode_mask(instance.mask)[y : y + h, x : x + w], (x, y))
        size = frame.record.width, frame.record.height
        flat = [value / size[place] for point in joined(polygons) for place, value in enumerate(point)]
        return _numbers(instance, frame, flat)


def _relative_box(instance: InstanceRecord, frame: Frame) -> list[float]:
    """Centre and size as fractions of the picture's."""
    x, y, w, h = box_of(instance)
    width, height = frame.record.width, frame.record.height
    return [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]


def _numbers(instance: InstanceRecord, frame: Frame, values: Iterable[float]) -> str:
    return " ".join([str(frame.class_id(instance.class_name) - 1), *(f"{value:.7g}" for value in values)])


def joined(polygons: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Polygons [x0, y0, x1, y1, ...] as one, (x, y) each: from the first there are lines to the others and back."""
    rings = [list(zip(flat[0::2], flat[1::2], strict=True)) for flat in polygons]
    path = list(rings[0])
    for ring in rings[1:]:
        path += [rings[0][0], *ring, ring[0]]
    return path


@dataclass(frozen=True)
class YoloObbExporter(YoloExporter):
    """Oriented boxes: four corners each."""

    name: ClassVar[str] = "yolo-obb"
    summary: ClassVar[str] = "YOLO oriented boxes (Ultralytics)"
    holds: ClassVar[str] = "class and oriented box of the visible pixels of each instance, and the pictures"
    leaves_out: ClassVar[str] = "instances that are not seen, all else"
    reader: ClassVar[str] = "`yolo obb train data=OUT/data.yaml`; `supervision.DetectionDataset.from_yolo(is_obb=True)`"

    def _line(self, instance: InstanceRecord, frame: Frame) -> str:
        if instance.obb is None:
            raise too_old(frame, "oriented boxes")
        size = frame.record.width, frame.record.height
        corners = box_points(instance.obb).tolist()
        return _numbers(
            instance, frame, [value / size[place] for corner in corners for place, value in enumerate(corner)]
        )


@dataclass(frozen=True)
class YoloPoseExporter(YoloExporter):
    """Boxes with keypoints. Classes with fewer keypoints than others have points that are not labelled at the end."""

    name: ClassVar[str] = "yolo-pose"
    summary: ClassVar[str] = "YOLO pose (Ultralytics): boxes and keypoints"
    holds: ClassVar[str] = (
        "class, visible box and keypoints (0 not labelled, 1 hidden, 2 seen) of each instance; the pictures"
    )
    leaves_out: ClassVar[str] = (
        "keypoints beyond the picture, instances that are not seen, which points mirror each other"
    )
    reader: ClassVar[str] = "`yolo pose train data=OUT/data.yaml`; `supervision`"

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        if not any(entry.keypoints for entry in dataset.class_entries):
            raise BadInput(
                f"No class of {dataset.root} has keypoints; note some for a model in studio-assets.toml, then render."
            )
        return []

    def _more(self, dataset: Dataset) -> list[str]:
        # What mirrors what is not known: points stay where they are, so training must not flip (fliplr=0).
        count = _keypoints(dataset)
        return [f"kpt_shape: [{count}, 3]", f"flip_idx: {list(range(count))}"]

    def _line(self, instance: InstanceRecord, frame: Frame) -> str:
        if instance.keypoints is None:
            raise too_old(frame, "keypoints")
        points = keypoints(instance, frame).get("keypoints", [])
        size = frame.record.width, frame.record.height, 1
        flat = [value / size[place % 3] for place, value in enumerate(points)]
        flat += [0.0] * (3 * _keypoints(frame.dataset) - len(flat))
        return _numbers(instance, frame, [*_relative_box(instance, frame), *flat])


def _keypoints(dataset: Dataset) -> int:
    """How many keypoints a label has: those of the class that has most."""
    return max(len(entry.keypoints) for entry in dataset.class_entries)
