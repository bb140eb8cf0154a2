"""Checking an instance's oriented box against its mask, and its keypoints against its pose and the picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from engine.annotate.boxes import FloatArray, transform
from engine.annotate.masks import mask_box
from engine.annotate.oriented import oriented_box
from engine.annotate.record import FrameRecord, InstanceRecord, KeypointRecord
from engine.frame.projection import Projection

_PIXELS = 1e-6
"""Of a pixel, and of a degree: what rounding may make different."""


def landmark_problems(
    record: FrameRecord,
    instance: InstanceRecord,
    mask: npt.NDArray[np.bool_] | None,
    T: FloatArray,  # noqa: N803 - pose of the model in the camera frame
    projection: Projection,
) -> Iterator[str]:
    """What is wrong with the oriented box and the keypoints of one instance, whose decoded mask is (H, W).

    Records before version 4 have neither, and nothing wrong with them.
    """
    if instance.keypoints is None:
        if record.version > 3:
            yield "its keypoints are not known"
        return
    yield from _box_problems(instance, mask)
    if instance.keypoints:
        yield from _keypoint_problems(record, instance.keypoints, T, projection)


def _box_problems(instance: InstanceRecord, mask: npt.NDArray[np.bool_] | None) -> Iterator[str]:
    if mask is None or instance.mask is None:
        if instance.obb is not None:
            yield "it has an oriented box, but no mask"
        return
    x, y, w, h = mask_box(instance.mask)
    expected = oriented_box(mask[y : y + h, x : x + w], (x, y))
    if instance.obb is None or np.abs(np.subtract(instance.obb, expected)).max() > _PIXELS:
        yield f"its oriented box is {_listed(instance.obb)}, its mask's {_listed(expected)}"


def _keypoint_problems(
    record: FrameRecord,
    keypoints: tuple[KeypointRecord, ...],
    T: FloatArray,  # noqa: N803
    projection: Projection,
) -> Iterator[str]:
    places = np.array([point.xyz for point in keypoints])
    for point, (u, v) in zip(keypoints, projection.project(transform(T, places)).tolist(), strict=True):
        where = None if u != u else (u, v)
        if (where is None) != (point.uv is None) or (
            where
            and point.uv
            and max(abs(where[0] - point.uv[0]), abs(where[1] - point.uv[1])) > _PIXELS * (1 + abs(u))
        ):
            yield f"its keypoint '{point.name}' is not where its camera sees it"
            continue
        inside = where is not None and -0.5 <= u < record.width - 0.5 and -0.5 <= v < record.height - 0.5
        if point.visibility not in ((1, 2) if inside else (0,)):
            place = "in" if inside else "not in"
            yield f"its keypoint '{point.name}' has visibility {point.visibility}, but lies {place} the picture"


def _listed(box: tuple[float, ...] | None) -> str:
    return "none" if box is None else ", ".join(f"{number:g}" for number in box)
