"""Annotated pictures of which only the picture is known: other people's datasets, and predictions. No camera, no poses.

Coordinates as in COCO: the pixel (u, v) covers [u, u + 1) x [v, v + 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.annotate.masks import decode_mask
from engine.annotate.record import FrameRecord, InstanceRecord, Rle


@dataclass(frozen=True, slots=True)
class Keypoint:
    """One named point of an instance."""

    u: float
    v: float
    seen: bool
    """False where it was marked although it is hidden."""


@dataclass(frozen=True, slots=True)
class PlainInstance:
    """One labelled, or predicted, instance."""

    instance_id: int
    """Its place among those of the picture, from 1."""
    class_name: str
    area: int
    """Pixels, as the file says, or of its mask or box."""
    bbox: tuple[float, float, float, float] | None
    """x, y, width, height."""
    mask: Rle | None = None
    keypoints: tuple[Keypoint | None, ...] = ()
    """None for those that are not marked."""
    skeleton: tuple[tuple[int, int], ...] = ()
    """Pairs of places in `keypoints` that are joined by a line."""
    crowd: bool = False
    """Whether it stands for a group."""
    annotation_id: int = 0
    """The number under which its file has it."""
    score: float | None = None
    """0 to 1, of a prediction."""
    verdict: Literal["", "hit", "wrong"] = ""
    """Of a prediction: whether an instance of the truth was found for it."""
    match: int | None = None
    """Of a hit: the `instance_id` of the truth's instance."""
    iou: float | None = None
    """Of a prediction: its overlap with that; of a wrong one, the largest with any instance of its class; 0 to 1."""
    amodal_mask: Rle | None = None
    """As in `InstanceRecord`, as the following are; None where the file does not know them."""
    amodal_bbox: tuple[float, float, float, float] | None = None
    visibility: float | None = None
    truncation: float | None = None


@dataclass(frozen=True, slots=True)
class PlainImage:
    """The picture's file."""

    path: str
    """Relative to the folder of pictures."""


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """One picture with its instances."""

    index: int
    """The id of the picture."""
    width: int
    height: int
    image: PlainImage
    instances: tuple[PlainInstance, ...]
    values: tuple[tuple[str, str], ...] = ()
    """What else its file says about the picture."""

    @property
    def passes(self) -> dict[str, object]:
        """None are stored."""
        return {}


type AnyInstance = InstanceRecord | PlainInstance
type AnyRecord = FrameRecord | PlainRecord


def id_map(record: PlainRecord) -> npt.NDArray[np.uint16]:
    """The instance id seen at each pixel, (H, W), 0 for none. Where masks overlap, the smaller instance is on top."""
    ids = np.zeros((record.height, record.width), np.uint16)
    for instance in sorted(record.instances, key=lambda item: item.area, reverse=True):
        if instance.mask is not None and instance.mask.size == ids.shape:
            ids[decode_mask(instance.mask)] = instance.instance_id
    return ids
