"""Parquet files that Hugging Face `datasets` loads: pictures as bytes; boxes, masks and classes as lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from engine.dataset.read import Dataset
from engine.export.base import Exporter, needs
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.plain import box_of, json_bytes, plain_frame, seen

_ROWS = 50
"""Rows in a group: they are in memory together."""


@dataclass(frozen=True)
class ParquetExporter(Exporter):
    """Parquet shards. The same frames are the same bytes, by one version of pyarrow."""

    name: ClassVar[str] = "parquet"
    summary: ClassVar[str] = "Parquet shards for Hugging Face `datasets`"
    holds: ClassVar[str] = (
        "picture; id, class, visible box, area, mask (run lengths), visibility and truncation of each instance that is "
        "seen; all other annotations as JSON"
    )
    leaves_out: ClassVar[str] = "float passes; how and when a frame was rendered"
    reader: ClassVar[str] = '`datasets.load_dataset("OUT")`, `pyarrow.parquet`, pandas'

    shard_frames: Annotated[int, Meta(ge=1)] = 1000
    """Frames in a file."""

    @property
    def frames_at_once(self) -> int:
        """A file."""
        return self.shard_frames

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        needs("pyarrow", "parquet", self.name)
        return []

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        arrow, parquet = needs("pyarrow", "parquet", self.name), needs("pyarrow.parquet", "parquet", self.name)
        schema = _schema(arrow, frames.dataset)
        with (
            out.open(f"data/{frames.part}-{frames.number:05d}.parquet") as file,
            parquet.ParquetWriter(file, schema, compression="none") as writer,
        ):
            rows: list[dict[str, Any]] = []
            for frame in frames:
                rows.append(_row(frame))
                if len(rows) == _ROWS:
                    writer.write_table(arrow.Table.from_pylist(rows, schema))
                    rows = []
            writer.write_table(arrow.Table.from_pylist(rows, schema))


def _schema(arrow: Any, dataset: Dataset) -> Any:
    """Arrow's types, and beside them the same as the features of Hugging Face."""
    names = list(dataset.classes)
    instance: dict[str, tuple[str | list[str], Any]] = {
        "id": ("int32", arrow.int32()),
        "category": (names, arrow.int64()),
        "area": ("int64", arrow.int64()),
        "mask": ("string", arrow.string()),
        "visibility": ("float64", arrow.float64()),
        "truncation": ("float64", arrow.float64()),
    }
    described = {name: _value(kind) for name, (kind, _) in instance.items()}
    features = {
        "image": {"_type": "Image"},
        "image_id": _value("int64"),
        "width": _value("int32"),
        "height": _value("int32"),
        "objects": [{**described, "bbox": [_value("int32")]}],
        "annotations": _value("string"),
    }
    fields = [(name, kind) for name, (_, kind) in instance.items()]
    types = [
        ("image", arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])),
        ("image_id", arrow.int64()),
        ("width", arrow.int32()),
        ("height", arrow.int32()),
        ("objects", arrow.list_(arrow.struct([*fields, ("bbox", arrow.list_(arrow.int32()))]))),
        ("annotations", arrow.string()),
    ]
    return arrow.schema(types, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _value(kind: str | list[str]) -> dict[str, Any]:
    """A feature: a number or text, or one of a list of classes."""
    return {"dtype": kind, "_type": "Value"} if isinstance(kind, str) else {"names": kind, "_type": "ClassLabel"}


def _row(frame: Frame) -> dict[str, Any]:
    record = frame.record
    return {
        "image": {"bytes": frame.picture_bytes, "path": f"{frame.stem}{frame.suffix}"},
        "image_id": record.index,
        "width": record.width,
        "height": record.height,
        "objects": [
            {
                "id": instance.instance_id,
                "category": frame.class_id(instance.class_name) - 1,
                "area": instance.area,
                "mask": instance.mask.counts if instance.mask else "",
                "visibility": instance.visibility,
                "truncation": instance.truncation,
                "bbox": list(box_of(instance)),
            }
            for instance in seen(record)
        ],
        "annotations": json_bytes(plain_frame(frame)).decode(),
    }
