"""Pascal VOC: an XML file for each picture, indexed PNGs of instances and classes, and lists of the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from xml.etree import ElementTree

import numpy as np

from engine.annotate.record import InstanceRecord
from engine.dataset.read import Dataset
from engine.export.base import Exporter, Split
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.pictures import indexed_png
from engine.export.plain import box_of, seen

_SEEN_WELL = 0.95
"""Visibility below which VOC's `occluded` is set: its guidelines speak of more than 5 %."""


@dataclass(frozen=True)
class VocExporter(Exporter):
    """Pascal VOC detection and segmentation."""

    name: ClassVar[str] = "voc"
    summary: ClassVar[str] = "Pascal VOC: XML boxes, indexed PNG masks"
    holds: ClassVar[str] = (
        "class, visible box, `truncated` and `occluded` of each instance; masks of instances and classes as indexed "
        "PNG (16-bit grey above 255); the pictures"
    )
    leaves_out: ClassVar[str] = "instances that are not seen, amodal masks, poses, float passes"
    reader: ClassVar[str] = "`torchvision.datasets.VOCDetection`, `supervision.DetectionDataset.from_pascal_voc`"

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        if len(dataset.classes) > 255:
            return [f"There are {len(dataset.classes)} classes: class masks are 16-bit PNGs, not indexed ones."]
        return []

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        for frame in frames:
            out.put_picture(f"JPEGImages/{frame.stem}{frame.suffix}", frame)
            out.put(f"Annotations/{frame.stem}.xml", _xml(frame))
            places = np.zeros(65_536, np.uint16)
            for place, instance in enumerate(seen(frame.record), start=1):
                places[instance.instance_id] = place
            out.put(f"SegmentationObject/{frame.stem}.png", indexed_png(places[frame.instance_ids]))
            out.put(f"SegmentationClass/{frame.stem}.png", indexed_png(frame.class_ids))

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """Lists of the pictures, and of the classes."""
        for split in splits:
            for kind in ("Main", "Segmentation"):
                with out.open(f"ImageSets/{kind}/{split.part}.txt") as file:
                    for index in split.indices:
                        file.write(f"{index:08d}\n".encode())
        out.put("labels.txt", "".join(f"{name}\n" for name in splits[0].dataset.classes).encode())


def _xml(frame: Frame) -> bytes:
    record = frame.record
    root = ElementTree.Element("annotation")
    _add(root, "folder", "JPEGImages")
    _add(root, "filename", f"{frame.stem}{frame.suffix}")
    size = ElementTree.SubElement(root, "size")
    for name, number in (("width", record.width), ("height", record.height), ("depth", 3)):
        _add(size, name, number)
    _add(root, "segmented", 1)
    for instance in seen(record):
        root.append(_object(instance, frame))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, "utf-8")
    return text + b"\n"


def _object(instance: InstanceRecord, frame: Frame) -> ElementTree.Element:
    frame.class_id(instance.class_name)
    found = ElementTree.Element("object")
    _add(found, "name", instance.class_name)
    _add(found, "pose", "Unspecified")
    _add(found, "truncated", int(bool(instance.truncation)))
    _add(found, "occluded", int(instance.visibility is not None and instance.visibility < _SEEN_WELL))
    _add(found, "difficult", 0)
    x, y, w, h = box_of(instance)
    box = ElementTree.SubElement(found, "bndbox")
    # Pixels count from 1, and the last one belongs to the box.
    for name, number in (("xmin", x + 1), ("ymin", y + 1), ("xmax", x + w), ("ymax", y + h)):
        _add(box, name, number)
    return found


def _add(parent: ElementTree.Element, name: str, value: object) -> None:
    ElementTree.SubElement(parent, name).text = str(value)
