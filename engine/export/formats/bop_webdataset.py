"""BOP's webdataset layout: tar shards of up to 1000 pictures, with a few files for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from engine.dataset.read import Dataset
from engine.export.base import Exporter, Split
from engine.export.bop_models import check_sizes, folder_of, put_camera, put_models
from engine.export.bop_parts import (
    camera,
    check_frame,
    depth_notes,
    ground_truth,
    ground_truth_info,
    run_lengths,
    stored_depth,
    visible_mask,
    whole_mask,
)
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.pictures import grey16_png
from engine.export.plain import json_bytes
from engine.export.tar import Shard, open_shard


@dataclass(frozen=True)
class BopWebDatasetExporter(Exporter):
    """BOP in shards. A key is `SHARD_FRAME`, six digits each."""

    name: ClassVar[str] = "bop-webdataset"
    summary: ClassVar[str] = "BOP webdataset: the same in tar shards"
    holds: ClassVar[str] = "what `bop` holds, masks as plain run lengths; `key_to_shard.json`"
    leaves_out: ClassVar[str] = "what `bop` leaves out"
    reader: ClassVar[str] = "`bop_toolkit_lib.dataset.bop_webdataset`, `webdataset`"

    depth_scale: Annotated[float, Meta(gt=0)] = 0.1
    """Millimetres in a step of the depth images. They reach 65,535 steps far; what is beyond is 0, not measured."""
    shard_frames: Annotated[int, Meta(ge=1, le=1000)] = 1000
    """Frames in a shard."""

    @property
    def frames_at_once(self) -> int:
        """A shard."""
        return self.shard_frames

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        return [*check_sizes(dataset), *depth_notes(dataset)]

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        with open_shard(out, f"{folder_of(frames.part)}/shard-{frames.number:06d}.tar") as shard:
            for frame in frames:
                check_frame(frame)
                self._add(shard, f"{frames.number:06d}_{frame.record.index:06d}", frame)

    def _add(self, shard: Shard, key: str, frame: Frame) -> None:
        shape = frame.record.height, frame.record.width
        steps = stored_depth(frame, self.depth_scale)
        shard.add(f"{key}.rgb{frame.suffix}", frame.picture_bytes)
        if steps is not None:
            shard.add(f"{key}.depth.png", grey16_png(steps))
        for name, value in (
            ("camera", camera(frame, self.depth_scale)),
            ("gt", ground_truth(frame)),
            ("gt_info", ground_truth_info(frame, steps)),
            ("mask", {n: run_lengths(whole_mask(i, shape)) for n, i in enumerate(frame.record.instances)}),
            ("mask_visib", {n: run_lengths(visible_mask(i, shape)) for n, i in enumerate(frame.record.instances)}),
        ):
            shard.add(f"{key}.{name}.json", json_bytes(value))

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """Which shard a key is in; models and camera."""
        for split in splits:
            with out.open(f"{folder_of(split.part)}/key_to_shard.json") as file:
                for place, index in enumerate(split.indices):
                    number = place // self.shard_frames
                    file.write(f'{"," if place else "{"}\n  "{number:06d}_{index:06d}": {number}'.encode())
                file.write(b"\n}\n" if split.indices else b"{}\n")
        put_models(splits, out)
        put_camera(splits, self.depth_scale, out)
