"""Open Images: CSV files of boxes and masks for each split, a table of the classes, and a PNG for each mask."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.annotate.masks import decode_mask
from engine.annotate.record import InstanceRecord
from engine.export.base import Exporter, Split
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.pictures import mask_png
from engine.export.plain import box_of, seen

_BOXES = (
    "ImageID", "Source", "LabelName", "Confidence", "XMin", "XMax", "YMin", "YMax", "IsOccluded", "IsTruncated",
    "IsGroupOf", "IsDepiction", "IsInside",
)  # fmt: skip
_MASKS = (
    "MaskPath", "ImageID", "LabelName", "BoxID", "BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax", "PredictedIoU", "Clicks",
)  # fmt: skip


@dataclass(frozen=True)
class OpenImagesExporter(Exporter):
    """Open Images V7's tables."""

    name: ClassVar[str] = "openimages"
    summary: ClassVar[str] = "Open Images: CSV of boxes and masks"
    holds: ClassVar[str] = (
        "class, visible box (as fractions), `IsOccluded`, `IsTruncated` and mask of each instance; the pictures"
    )
    leaves_out: ClassVar[str] = "instances that are not seen, amodal masks, poses, float passes"
    reader: ClassVar[str] = "any CSV reader, `fiftyone`; classes are `/m/c1`, `/m/c2`, ... in `class-descriptions.csv`"

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        for frame in frames:
            out.put_picture(f"{frames.part}/data/{frame.stem}{frame.suffix}", frame)
            for instance in seen(frame.record):
                assert instance.mask is not None
                out.put(f"{frames.part}/masks/{_mask_name(instance, frame)}", mask_png(decode_mask(instance.mask)))

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """The tables."""
        for split in splits:
            with (
                out.open(f"{split.part}-annotations-bbox.csv") as boxes,
                out.open(f"{split.part}-annotations-object-segmentation.csv") as masks,
            ):
                boxes.write(_row(_BOXES))
                masks.write(_row(_MASKS))
                for record in split.records():
                    frame = Frame(split.dataset, record)
                    for instance in seen(record):
                        label, box = _label(instance, frame), _fractions(instance, frame)
                        hidden = instance.visibility is not None and instance.visibility < 1
                        flags = [int(hidden), int(bool(instance.truncation)), 0, 0, 0]
                        boxes.write(_row([frame.stem, "xclick", label, 1, *box, *flags]))
                        name = _mask_name(instance, frame)
                        masks.write(_row([name, frame.stem, label, f"{instance.instance_id}", *box, 1, ""]))
        classes = splits[0].dataset.classes
        rows = b"".join(_row([f"/m/c{number}", name]) for name, number in classes.items())
        out.put("class-descriptions.csv", _row(["LabelName", "DisplayName"]) + rows)


def _mask_name(instance: InstanceRecord, frame: Frame) -> str:
    return f"{frame.stem}_c{frame.class_id(instance.class_name)}_{instance.instance_id}.png"


def _label(instance: InstanceRecord, frame: Frame) -> str:
    return f"/m/c{frame.class_id(instance.class_name)}"


def _fractions(instance: InstanceRecord, frame: Frame) -> list[str]:
    """XMin, XMax, YMin, YMax, as fractions of the picture's size."""
    x, y, w, h = box_of(instance)
    width, height = frame.record.width, frame.record.height
    return [f"{value:.9g}" for value in (x / width, (x + w) / width, y / height, (y + h) / height)]


def _row(values: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode()
