"""Checking what a record says of its instances beyond what is seen: amodal masks and boxes, visibility, truncation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from engine.annotate.masks import decode_mask, mask_box
from engine.annotate.record import FrameRecord, InstanceRecord

_ROUNDING = 1e-9

type Booleans = npt.NDArray[np.bool_]


def amodal_problems(record: FrameRecord, instance: InstanceRecord, owners: npt.NDArray[np.uint16]) -> Iterator[str]:
    """What is wrong with one instance's amodal annotations; `owners` (H, W) has the id seen at each pixel.

    Records of version 1 have none, and nothing wrong with them.
    """
    if instance.amodal_area is None or instance.visibility is None or instance.occluders is None:
        if record.version > 1:
            yield "it has no amodal area, visibility or occluders"
        return
    try:
        amodal = _mask_of(instance, record)
    except ValueError as error:
        yield str(error)
        return
    visible = owners == instance.instance_id
    if (visible & ~amodal).any():
        yield "some of its visible pixels are not in its amodal mask"
    expected = instance.area / instance.amodal_area if instance.amodal_area else 0.0
    if abs(instance.visibility - expected) > _ROUNDING:
        yield f"its visibility is {instance.visibility:g}, its areas make {expected:g}"
    others = tuple(int(number) for number in np.unique(owners[amodal & ~visible]) if number)
    if instance.occluders != others:
        yield f"its occluders are {_listed(instance.occluders)}, its masks say {_listed(others)}"
    yield from _extent_problems(record, instance)


def _mask_of(instance: InstanceRecord, record: FrameRecord) -> Booleans:
    """The amodal mask (H, W), checked against its area; raises ValueError with what is wrong."""
    shape = (record.height, record.width)
    if instance.amodal_mask is None:
        if instance.amodal_area:
            raise ValueError("it has an amodal area, but no amodal mask")
        return np.zeros(shape, np.bool_)
    if instance.amodal_mask.size != shape:
        raise ValueError("its amodal mask has another size than the picture")
    mask = decode_mask(instance.amodal_mask)
    if int(mask.sum()) != instance.amodal_area or not instance.amodal_area:
        raise ValueError(f"its amodal area is {instance.amodal_area}, its amodal mask has {int(mask.sum())} pixels")
    return mask


def _extent_problems(record: FrameRecord, instance: InstanceRecord) -> Iterator[str]:
    """Amodal box and truncation against the amodal mask and each other."""
    truncation, box = instance.truncation, instance.amodal_bbox
    if truncation is not None and not 0 <= truncation <= 1:
        yield f"its truncation is {truncation:g}, which is no share"
    if box is None or truncation is None:
        return
    x, y, w, h = box
    inside = x >= 0 and y >= 0 and x + w <= record.width and y + h <= record.height
    if inside != (truncation == 0):
        where = "lies in" if inside else "reaches beyond"
        yield f"its truncation is {truncation:g}, but its amodal box {where} the picture"
    if instance.amodal_mask is None:
        return
    tight = mask_box(instance.amodal_mask)
    holds = x <= tight[0] and y <= tight[1] and x + w >= tight[0] + tight[2] and y + h >= tight[1] + tight[3]
    if not holds or (inside and box != tight):
        yield f"its amodal box is {box}, its amodal mask's {tight}"


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers)) or "none"
