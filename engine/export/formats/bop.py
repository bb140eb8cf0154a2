"""BOP's scenewise layout, for 6D pose: scenes of up to 1000 pictures with poses, depth and masks, and the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

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
    stored_depth,
    visible_mask,
    whole_mask,
)
from engine.export.frame import Frames
from engine.export.output import Output
from engine.export.pictures import grey16_png, mask_png
from engine.export.plain import json_bytes


@dataclass(frozen=True)
class BopExporter(Exporter):
    """BOP, a folder for each scene. Image ids are frame numbers; scenes count from 0 in each split."""

    name: ClassVar[str] = "bop"
    summary: ClassVar[str] = "BOP scenewise: 6D poses, depth, masks, models"
    holds: ClassVar[str] = (
        "poses of all instances, cam_K and extrinsics in millimetres; depth as 16-bit PNG; whole and visible masks; "
        "`scene_gt_info`; models as PLY with diameter and the symmetries that were noted; the pictures"
    )
    leaves_out: ClassVar[str] = "class names (an obj_id is the place of an object in the recipe); lenses are refused"
    reader: ClassVar[str] = "`bop_toolkit_lib`, and all that trains on BOP"

    depth_scale: Annotated[float, Meta(gt=0)] = 0.1
    """Millimetres in a step of the depth images. They reach 65,535 steps far; what is beyond is 0, not measured."""

    @property
    def frames_at_once(self) -> int:
        """A scene."""
        return 1000

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        return [*check_sizes(dataset), *depth_notes(dataset)]

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        scene = f"{folder_of(frames.part)}/{frames.number:06d}"
        cameras: dict[str, Any] = {}
        poses: dict[str, Any] = {}
        infos: dict[str, Any] = {}
        for frame in frames:
            check_frame(frame)
            image, name = str(frame.record.index), f"{frame.record.index:06d}"
            shape = frame.record.height, frame.record.width
            steps = stored_depth(frame, self.depth_scale)
            cameras[image] = camera(frame, self.depth_scale)
            poses[image] = ground_truth(frame)
            infos[image] = ground_truth_info(frame, steps)
            out.put_picture(f"{scene}/rgb/{name}{frame.suffix}", frame)
            if steps is not None:
                out.put(f"{scene}/depth/{name}.png", grey16_png(steps))
            for number, instance in enumerate(frame.record.instances):
                out.put(f"{scene}/mask/{name}_{number:06d}.png", mask_png(whole_mask(instance, shape)))
                out.put(f"{scene}/mask_visib/{name}_{number:06d}.png", mask_png(visible_mask(instance, shape)))
        for file, values in (("scene_camera", cameras), ("scene_gt", poses), ("scene_gt_info", infos)):
            out.put(f"{scene}/{file}.json", _lines(values))

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """Models and camera."""
        put_models(splits, out)
        put_camera(splits, self.depth_scale, out)


def _lines(values: dict[str, Any]) -> bytes:
    """JSON with a line for each picture, as bop_toolkit writes it."""
    lines = [b"  " + json_bytes(name) + b": " + json_bytes(value) for name, value in values.items()]
    return b"{\n" + b",\n".join(lines) + b"\n}\n"
