"""WebDataset: tar files of a number of frames each, which are read from front to back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from engine.export.base import Exporter, Split
from engine.export.frame import Frames
from engine.export.output import Output
from engine.export.plain import json_bytes, plain_frame
from engine.export.tar import open_shard


@dataclass(frozen=True)
class WebDatasetExporter(Exporter):
    """Shards with picture, annotations and float passes of each frame. The same frames are the same bytes."""

    name: ClassVar[str] = "webdataset"
    summary: ClassVar[str] = "WebDataset: tar shards"
    holds: ClassVar[str] = "everything but times and devices: picture, annotations as JSON, float passes as .npz"
    leaves_out: ClassVar[str] = "how and when a frame was rendered"
    reader: ClassVar[str] = '`webdataset.WebDataset("OUT/train-{000000..000009}.tar")`; any tar reader'

    shard_frames: Annotated[int, Meta(ge=1)] = 1000
    """Frames in a shard."""

    @property
    def frames_at_once(self) -> int:
        """A shard."""
        return self.shard_frames

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        with open_shard(out, f"{frames.part}-{frames.number:06d}.tar") as shard:
            for frame in frames:
                shard.add(f"{frame.stem}{frame.suffix}", frame.picture_bytes)
                shard.add(f"{frame.stem}.json", json_bytes(plain_frame(frame)))
                # All float passes of a frame are in one file.
                for stored in list(frame.record.passes.values())[:1]:
                    shard.add(f"{frame.stem}.npz", frame.dataset.read_file(stored))

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """The classes, and how many frames each split has."""
        dataset = splits[0].dataset
        counts = {split.part: len(split.indices) for split in splits}
        described = {"name": dataset.name, "classes": dataset.classes, "frames": counts, "per_shard": self.shard_frames}
        out.put("dataset.json", json_bytes(described) + b"\n")
