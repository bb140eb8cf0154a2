"""KITTI object: `SPLIT/image_2`, `SPLIT/label_2` and `SPLIT/calib`, a file each for every picture.

KITTI turns 3D boxes about the camera's y axis alone, for cameras that look along the ground. Where an object does not
stand so before the camera, its 3D fields have the values that KITTI uses for "not known".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.annotate.record import InstanceRecord
from engine.dataset.read import Dataset
from engine.errors import BadInput
from engine.export.base import Exporter
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.plain import box_of, seen

_UPRIGHT = math.cos(math.radians(1.0))
"""An object stands upright where its z axis is within 1 degree of the camera's -y axis."""

_NOT_KNOWN = "-10 {box} -1 -1 -1 -1000 -1000 -1000 -10"


@dataclass(frozen=True)
class KittiExporter(Exporter):
    """KITTI object detection."""

    name: ClassVar[str] = "kitti"
    summary: ClassVar[str] = "KITTI object: 2D boxes, upright 3D boxes, calibration"
    holds: ClassVar[str] = (
        "class, truncation, occlusion (0 to 2) and visible box; 3D boxes of objects that stand upright before the "
        "camera (within 1°), in metres; cam_K as P2; the pictures"
    )
    leaves_out: ClassVar[str] = "all other 3D boxes (not known), instances that are not seen, masks; lenses are refused"
    reader: ClassVar[str] = "`torchvision.datasets.Kitti` and the KITTI development kit"

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        names = [_word(name) for name in dataset.classes]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadInput(
                f"KITTI's class names have no blanks, and without them two classes of {dataset.root} are '{twice}'; "
                "rename one in the recipe."
            )
        changed = [name for name in dataset.classes if _word(name) != name]
        return [f"KITTI's class names have no blanks: '{name}' is written '{_word(name)}'." for name in changed]

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        for frame in frames:
            if frame.record.cam_lens is not None:
                raise BadInput(f"KITTI knows no distorted lenses, and frame {frame.record.index} was seen through one.")
            out.put_picture(f"{frames.part}/image_2/{frame.stem}{frame.suffix}", frame)
            lines = [_line(instance, frame) for instance in seen(frame.record)]
            out.put(f"{frames.part}/label_2/{frame.stem}.txt", "".join(f"{line}\n" for line in lines).encode())
            out.put(f"{frames.part}/calib/{frame.stem}.txt", _calibration(frame))


def _word(name: str) -> str:
    return "_".join(name.split())


def _line(instance: InstanceRecord, frame: Frame) -> str:
    frame.class_id(instance.class_name)
    x, y, w, h = box_of(instance)
    box = f"{x:.2f} {y:.2f} {x + w:.2f} {y + h:.2f}"
    truncated = -1.0 if instance.truncation is None else instance.truncation
    return f"{_word(instance.class_name)} {truncated:.4f} {_occluded(instance)} {_three_d(instance, box)}"


def _occluded(instance: InstanceRecord) -> int:
    """0 all seen, 1 partly hidden, 2 mostly hidden, 3 not known."""
    if instance.visibility is None:
        return 3
    return 0 if instance.visibility >= 0.95 else 1 if instance.visibility >= 0.5 else 2


def _three_d(instance: InstanceRecord, box: str) -> str:
    """alpha, the 2D box, height, width, length, the bottom's centre, and the turn about the camera's y axis."""
    R = np.array(instance.cam_R_m2c).reshape(3, 3)  # noqa: N806 - a rotation
    low, high = np.array(instance.bounds_min), np.array(instance.bounds_max)
    if -R[1, 2] < _UPRIGHT:
        return _NOT_KNOWN.format(box=box)
    length, width, height = high - low
    middle = (low + high) / 2
    place = R @ np.array([middle[0], middle[1], low[2]]) + np.array(instance.cam_t_m2c)
    turn = math.atan2(-R[2, 0], R[0, 0])
    alpha = _wrapped(turn - math.atan2(place[0], place[2]))
    numbers = [height, width, length, *place, turn]
    return f"{alpha:.4f} {box} " + " ".join(f"{number:.4f}" for number in numbers)


def _wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def _calibration(frame: Frame) -> bytes:
    K = np.array(frame.record.cam_K).reshape(3, 3)  # noqa: N806
    projection = " ".join(f"{value:.12e}" for value in np.hstack([K, np.zeros((3, 1))]).ravel())
    one = " ".join(f"{value:.12e}" for value in np.eye(3).ravel())
    rigid = " ".join(f"{value:.12e}" for value in np.eye(3, 4).ravel())
    lines = [*(f"P{number}: {projection}" for number in range(4)), f"R0_rect: {one}"]
    lines += [f"Tr_velo_to_cam: {rigid}", f"Tr_imu_to_velo: {rigid}"]
    return "".join(f"{line}\n" for line in lines).encode()
