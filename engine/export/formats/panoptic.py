"""COCO panoptic: a PNG whose colours are the segments' ids for each picture, and one JSON file that lists them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from engine.export.base import Exporter, Split
from engine.export.coco import categories, image_entry, info
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.pictures import rgb_png
from engine.export.plain import box_of, json_bytes, seen


@dataclass(frozen=True)
class PanopticExporter(Exporter):
    """COCO panoptic segmentation. Every instance that is seen is a segment; what has no label is void (0)."""

    name: ClassVar[str] = "coco-panoptic"
    summary: ClassVar[str] = "COCO panoptic: PNGs of segment ids and a JSON"
    holds: ClassVar[str] = "visible masks, boxes and areas of all instances, as disjoint segments"
    leaves_out: ClassVar[str] = "surroundings (void), what is hidden, poses, float passes; pictures stay in the dataset"
    reader: ClassVar[str] = "`panopticapi`; a segment's id is R + 256 G + 65536 B"

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        for frame in frames:
            out.put(f"{_folder(frames.split)}/{frame.stem}.png", rgb_png(_colors(frame)))

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """The JSON file of each split."""
        for split in splits:
            with out.open(f"{_folder(split.name)}.json") as file, out.scratch() as annotations:
                file.write(b'{"info":' + json_bytes(info(split.dataset)) + b',\n"images":[')
                for number, record in enumerate(split.records()):
                    comma = b",\n" if number else b"\n"
                    file.write(comma + json_bytes(image_entry(record)))
                    annotations.write(comma + json_bytes(_annotation(Frame(split.dataset, record))))
                file.write(b'\n],\n"annotations":[')
                annotations.seek(0)
                shutil.copyfileobj(annotations, file, 1 << 20)
                listed = [{**entry, "isthing": 1} for entry in categories(split.dataset)]
                file.write(b'\n],\n"categories":' + json_bytes(listed) + b"}\n")


def _folder(split: str) -> str:
    return f"panoptic_{split}" if split else "panoptic"


def _colors(frame: Frame) -> npt.NDArray[np.uint8]:
    ids = frame.instance_ids.astype(np.uint32)
    return np.stack([ids & 255, ids >> 8 & 255, ids >> 16], axis=-1).astype(np.uint8)


def _annotation(frame: Frame) -> dict[str, Any]:
    return {
        "image_id": frame.record.index,
        "file_name": f"{frame.stem}.png",
        "segments_info": [
            {
                "id": instance.instance_id,
                "category_id": frame.class_id(instance.class_name),
                "area": instance.area,
                "bbox": box_of(instance),
                "iscrowd": 0,
            }
            for instance in seen(frame.record)
        ],
    }
