"""Masks: from the map of instance ids to COCO's run lengths, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from engine.annotate.passes import BACKGROUND_ID
from engine.annotate.record import InstanceRecord, Rle


@dataclass(frozen=True, slots=True)
class BinaryMask:
    """Some pixels of a picture, as records have them."""

    rle: Rle
    area: int
    """Pixels; at least 1."""
    bbox: tuple[int, int, int, int]
    """x, y, width, height: tight."""


def visible_masks(instance_id: npt.NDArray[np.uint16]) -> dict[int, BinaryMask]:
    """The mask of every instance that a map of ids, (H, W) uint16, shows; by id, ascending.

    COCO's run lengths go down the columns. So all runs of all instances are found in one pass over the transposed map,
    and each instance's are picked from them: the cost hardly depends on the number of instances.
    """
    height, width = instance_id.shape
    down = instance_id.ravel(order="F")
    changes = np.flatnonzero(down[1:] != down[:-1]) + 1
    starts = np.concatenate([np.zeros(1, np.int64), changes])
    ends = np.concatenate([changes, np.full(1, down.size)])
    owners = down[starts]

    labelled = np.flatnonzero(owners != BACKGROUND_ID)
    order = labelled[np.argsort(owners[labelled], kind="stable")]
    owners, starts, ends = owners[order], starts[order], ends[order]
    ids, first = np.unique(owners, return_index=True)
    limits = np.append(first, owners.size)
    return {
        int(number): _from_runs(starts[low:high], ends[low:high], height, width)
        for number, low, high in zip(ids, limits[:-1], limits[1:], strict=True)
    }


def encode_part(covered: npt.NDArray[np.bool_], corner: tuple[int, int], shape: tuple[int, ...]) -> BinaryMask | None:
    """The mask of a picture of `shape` (height, width) that is `covered`, (h, w), from its `corner` (x, y) on and empty
    elsewhere; None where it is empty. The cost is that of the part."""
    columns, rows = np.nonzero(covered.T)
    if not columns.size:
        return None
    places = (columns + corner[0]) * shape[0] + rows + corner[1]
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    starts = places[np.concatenate([np.zeros(1, np.int64), breaks])]
    ends = places[np.concatenate([breaks, np.full(1, places.size)]) - 1] + 1
    return _from_runs(starts, ends, shape[0], shape[1])


def _from_runs(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], height: int, width: int) -> BinaryMask:
    """A mask from its runs: half-open ranges down the columns, ascending, not touching each other."""
    total = height * width
    counts = np.empty(2 * starts.size + 1, dtype=np.int64)
    counts[0] = starts[0]
    counts[1::2] = ends - starts
    counts[2:-1:2] = starts[1:] - ends[:-1]
    counts[-1] = total - ends[-1]
    if counts[-1] == 0:
        counts = counts[:-1]
    packed = coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width)

    left, right = int(starts[0]) // height, (int(ends[-1]) - 1) // height
    wraps = starts // height != (ends - 1) // height
    top = 0 if wraps.any() else int((starts % height).min())
    bottom = height - 1 if wraps.any() else int(((ends - 1) % height).max())
    return BinaryMask(
        rle=Rle(size=(height, width), counts=packed["counts"].decode("ascii")),
        area=int((ends - starts).sum()),
        bbox=(left, top, right - left + 1, bottom - top + 1),
    )


def decode_mask(rle: Rle) -> npt.NDArray[np.bool_]:
    """The mask as (H, W) booleans; raises ValueError for run lengths that are damaged."""
    # pycocotools reads on past the end of a text that breaks off within a number.
    codes = [ord(letter) - 48 for letter in rle.counts]
    if not codes or min(codes) < 0 or max(codes) > 63 or codes[-1] & 0x20:
        raise ValueError("the run lengths of a mask are damaged")
    packed = {"size": list(rle.size), "counts": rle.counts.encode("ascii")}
    return np.asarray(coco_mask.decode(packed), dtype=np.bool_)


def mask_box(rle: Rle) -> tuple[int, int, int, int]:
    """x, y, width and height of the pixels of a mask, tight; all 0 for an empty one."""
    x, y, w, h = coco_mask.toBbox({"size": list(rle.size), "counts": rle.counts.encode("ascii")}).tolist()
    return int(x), int(y), int(w), int(h)


def instance_map(instances: Iterable[InstanceRecord], height: int, width: int) -> npt.NDArray[np.uint16]:
    """The map of instance ids, (H, W) uint16, 0 for the background, from the masks of a frame's records."""
    ids = np.full((height, width), BACKGROUND_ID, dtype=np.uint16)
    for instance in instances:
        if instance.mask is None or instance.bbox is None:
            continue
        x, y, w, h = instance.bbox
        window = (slice(y, y + h), slice(x, x + w))
        ids[window][decode_mask(instance.mask)[window]] = instance.instance_id
    return ids
