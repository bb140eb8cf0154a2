"""An image folder as Hugging Face `datasets` loads it: `SPLIT/` with pictures and `metadata.jsonl`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.export.base import Exporter, Split
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.plain import box_of, json_bytes, seen


@dataclass(frozen=True)
class ImageFolderExporter(Exporter):
    """Pictures with a line of JSON each."""

    name: ClassVar[str] = "imagefolder"
    summary: ClassVar[str] = "image folder with metadata.jsonl for Hugging Face `datasets`"
    holds: ClassVar[str] = "id, class, visible box and area of each instance that is seen; the pictures"
    leaves_out: ClassVar[str] = "masks, poses, float passes"
    reader: ClassVar[str] = '`datasets.load_dataset("imagefolder", data_dir="OUT")`'

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        for frame in frames:
            out.put_picture(f"{frames.part}/{frame.stem}{frame.suffix}", frame)

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """A line for each picture."""
        for split in splits:
            if not split.indices:
                continue
            with out.open(f"{split.part}/metadata.jsonl") as file:
                for record in split.records():
                    file.write(_line(Frame(split.dataset, record)))


def _line(frame: Frame) -> bytes:
    instances = seen(frame.record)
    described = {
        "file_name": f"{frame.stem}{frame.suffix}",
        "image_id": frame.record.index,
        "width": frame.record.width,
        "height": frame.record.height,
        "objects": {
            "id": [instance.instance_id for instance in instances],
            "category": [instance.class_name for instance in instances],
            "category_id": [frame.class_id(instance.class_name) for instance in instances],
            "bbox": [box_of(instance) for instance in instances],
            "area": [instance.area for instance in instances],
        },
    }
    return json_bytes(described) + b"\n"
