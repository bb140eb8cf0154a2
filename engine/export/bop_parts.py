"""What the two layouts of BOP have in common: a frame's annotations, its depth and masks. Lengths are millimetres.

https://github.com/thodan/bop_toolkit: docs/bop_datasets_format.md and scripts/calc_gt_info.py. Boxes are as its
`calc_2d_bbox` has them: width and height are the differences of the outermost pixels' coordinates, one less than
their number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.annotate.masks import decode_mask
from engine.annotate.record import InstanceRecord, Rle
from engine.dataset.read import Dataset
from engine.errors import BadInput
from engine.export.frame import Frame, too_old
from engine.export.pictures import depth_steps

_NO_BOX = [-1, -1, -1, -1]


def object_id(frame: Frame, number: int) -> int:
    """BOP's id of the model of a frame's `number`th instance: the place of its object in the recipe, from 1."""
    return frame.record.spec.objects[number].recipe_object + 1


def check_frame(frame: Frame) -> None:
    """Raise BadInput for a frame that BOP cannot hold."""
    record = frame.record
    if record.cam_lens is not None:
        raise BadInput(f"BOP knows no distorted lenses, and frame {record.index} was seen through one.")
    if any(instance.amodal_area is None for instance in record.instances):
        raise too_old(frame, "amodal masks")


def camera(frame: Frame, depth_scale: float) -> dict[str, Any]:
    """An entry of `scene_camera`."""
    record = frame.record
    return {
        "cam_K": record.cam_K,
        "depth_scale": depth_scale,
        "cam_R_w2c": record.cam_R_w2c,
        "cam_t_w2c": [1000 * value for value in record.cam_t_w2c],
    }


def ground_truth(frame: Frame) -> list[dict[str, Any]]:
    """An entry of `scene_gt`: all instances, seen or not, in the record's order."""
    return [
        {
            "cam_R_m2c": instance.cam_R_m2c,
            "cam_t_m2c": [1000 * value for value in instance.cam_t_m2c],
            "obj_id": object_id(frame, number),
        }
        for number, instance in enumerate(frame.record.instances)
    ]


def ground_truth_info(frame: Frame, steps: npt.NDArray[np.uint16] | None) -> list[dict[str, Any]]:
    """An entry of `scene_gt_info`; `steps` is the depth as it is stored."""
    return [_info(instance, steps) for instance in frame.record.instances]


def _info(instance: InstanceRecord, steps: npt.NDArray[np.uint16] | None) -> dict[str, Any]:
    inside = instance.amodal_area or 0
    beyond = instance.truncation or 0.0
    # The share beyond the border is of all pixels of the outline; where it is 1, none is within.
    everything = round(inside / (1 - beyond)) if beyond < 1 else 0
    valid = 0 if steps is None else int((steps[whole_mask(instance, steps.shape)] > 0).sum())
    return {
        "px_count_all": everything,
        "px_count_valid": valid,
        "px_count_visib": instance.area,
        "visib_fract": instance.area / everything if everything else 0.0,
        "bbox_obj": _box(instance.amodal_bbox) if instance.area else _NO_BOX,
        "bbox_visib": _box(instance.bbox),
    }


def _box(box: tuple[int, int, int, int] | None) -> list[int]:
    return _NO_BOX if box is None else [box[0], box[1], box[2] - 1, box[3] - 1]


def whole_mask(instance: InstanceRecord, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """The amodal mask, (H, W)."""
    return _decoded(instance.amodal_mask, shape)


def visible_mask(instance: InstanceRecord, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """The visible mask, (H, W)."""
    return _decoded(instance.mask, shape)


def _decoded(mask: Rle | None, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    return np.zeros(shape, np.bool_) if mask is None else decode_mask(mask)


def run_lengths(mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """A mask as bop_toolkit's `binary_mask_to_rle` has it: plain run lengths down the columns, unset ones first."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return {"counts": [0, *counts] if flat[0] else counts, "size": list(mask.shape)}


def stored_depth(frame: Frame, scale: float) -> npt.NDArray[np.uint16] | None:
    """Depth in steps of `scale` millimetres; None where the dataset has no depth."""
    depth = frame.passes.get("depth")
    return None if depth is None else depth_steps(depth, scale)


def depth_notes(dataset: Dataset) -> list[str]:
    """What is worth telling about depth."""
    if "depth" in dataset.manifest.storage.passes:
        return []
    return [f"{dataset.root} stores no depth, so there are no depth images, and px_count_valid is 0."]
