"""Pictures alone: depth as 16-bit PNG and as EXR, other float passes as EXR, masks as indexed PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from engine.dataset.codec import encode_png
from engine.dataset.read import Dataset
from engine.export.base import Exporter, Split
from engine.export.frame import Frames
from engine.export.output import Output
from engine.export.pictures import depth_steps, exr, grey16_png, indexed_png
from engine.export.plain import json_bytes

_CHANNELS = {1: "Y", 2: "RG", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class MapsExporter(Exporter):
    """Folders of maps: `images`, `depth`, `depth_exr`, `normal_exr`, `instances`, `classes`."""

    name: ClassVar[str] = "maps"
    summary: ClassVar[str] = "depth as 16-bit PNG and EXR, masks as indexed PNG"
    holds: ClassVar[str] = (
        "pictures; depth in steps of `depth_scale` millimetres (0: nothing, or too far) and as float; other float "
        "passes; right pictures of stereo pairs as PNG; instance ids and class ids of all pixels (16-bit grey where "
        "ids are above 255)"
    )
    leaves_out: ClassVar[str] = "what is hidden, poses, boxes"
    reader: ClassVar[str] = "any reader of pictures: `cv2.imread(file, cv2.IMREAD_UNCHANGED)`"

    depth: Literal["both", "png", "exr"] = "both"
    depth_scale: Annotated[float, Meta(gt=0)] = 0.1
    """Millimetres in a step of the 16-bit PNG: it reaches 65,535 steps far."""

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        if "depth" not in dataset.manifest.storage.passes:
            return [f"{dataset.root} stores no depth; set passes of [render] in the recipe to have it."]
        return []

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        place = f"{frames.split}/" if frames.split else ""
        for frame in frames:
            out.put_picture(f"{place}images/{frame.stem}{frame.suffix}", frame)
            for name, values in frame.passes.items():
                if values.dtype == np.uint8:
                    out.put(f"{place}{name}/{frame.stem}.png", encode_png(values.astype(np.uint8)))
                    continue
                if name == "depth" and self.depth != "exr":
                    out.put(f"{place}depth/{frame.stem}.png", grey16_png(depth_steps(values, self.depth_scale)))
                if name != "depth" or self.depth != "png":
                    out.put(f"{place}{name}_exr/{frame.stem}.exr", exr(_channels(values)))
            out.put(f"{place}instances/{frame.stem}.png", indexed_png(frame.instance_ids))
            out.put(f"{place}classes/{frame.stem}.png", indexed_png(frame.class_ids))

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """What the numbers mean."""
        described = {"classes": splits[0].dataset.classes, "depth_scale_mm": self.depth_scale}
        out.put("maps.json", json_bytes(described) + b"\n")


def _channels(values: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
    if values.ndim == 4:  # coverage: id and share of one rank after the other
        stacked = np.moveaxis(values.reshape(-1, *values.shape[2:]), 0, -1)
    else:
        stacked = values if values.ndim == 3 else values[..., None]
    names = _CHANNELS.get(stacked.shape[2]) or [f"C{number}" for number in range(stacked.shape[2])]
    return {name: stacked[..., place].astype(np.float32) for place, name in enumerate(names)}
