"""Checking an instance's named parts against its mask and each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from engine.annotate.masks import decode_mask, mask_box
from engine.annotate.record import FrameRecord, InstanceRecord


def part_problems(record: FrameRecord, instance: InstanceRecord, mask: npt.NDArray[np.bool_] | None) -> Iterator[str]:
    """What is wrong with the parts of one instance, whose decoded mask is (H, W), or None where nothing is seen.

    Records before version 5 have none, and nothing wrong with them.
    """
    if instance.parts is None:
        if record.version > 4:
            yield "its parts are not known"
        return
    left = np.zeros((record.height, record.width), np.bool_) if mask is None else mask.copy()
    for part in instance.parts:
        if part.mask is None:
            if part.area or part.bbox is not None:
                yield f"its part '{part.name}' has an area or a box, but no mask"
            continue
        if part.mask.size != left.shape:
            yield f"the mask of its part '{part.name}' has another size than the picture"
            continue
        own = decode_mask(part.mask)
        if (int(own.sum()), mask_box(part.mask)) != (part.area, part.bbox):
            yield f"area and box of its part '{part.name}' are not those of its mask"
        if (own & ~left).any():
            yield f"pixels of its part '{part.name}' are not its own, or another part's"
        left &= ~own
