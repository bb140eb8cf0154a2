"""One frame of the report: a small picture, and its annotations as paths and numbers. Plain data, for JSON."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.annotate.geometry import Skeletons, axes, box_edges, marked_points, skeleton_lines, view_of
from engine.annotate.overlay import resize
from engine.annotate.plain import AnyInstance, AnyRecord
from engine.annotate.record import FrameRecord, InstanceRecord
from engine.dataset.source import FrameSource
from engine.errors import StudioError
from engine.report.outlines import mask_path, segments_path

JPEG_QUALITY, WHOLE_QUALITY = 80, 90
"""Of pictures that were made smaller, and of those that have all their pixels."""


def card(source: FrameSource, index: int, side: int, problem: str) -> dict[str, Any]:
    """Frame `index` with a picture whose longer side is at most `side` pixels; never raises for a damaged frame."""
    try:
        record = source.record(index)
    except StudioError as error:
        return {"index": index, "problem": problem or str(error), "items": [], "drawn": {}}
    found: dict[str, Any] = {
        "index": index,
        "width": record.width,
        "height": record.height,
        "file": record.image.path,
        "problem": problem,
        "drawn": dict(record.spec.drawn) if isinstance(record, FrameRecord) else {},
    }
    try:
        found["picture"] = thumbnail(source.image(index), side)
    except StudioError as error:
        found["problem"] = problem or str(error)
    tolerance = max(0.75, 0.5 * max(record.width, record.height) / side)
    found["items"] = [_item(record, item, tolerance, source.skeletons) for item in record.instances]
    return found


def thumbnail(picture: npt.NDArray[np.uint8], side: int) -> str:
    """The picture (H, W, 3) as the address of a JPEG that holds its own data."""
    height, width = picture.shape[:2]
    factor = min(1.0, side / max(width, height))
    small = resize(picture, (max(1, round(width * factor)), max(1, round(height * factor))))
    data = io.BytesIO()
    # What is not made smaller is looked at enlarged, where the usual thinning of colours shows.
    thinning, quality = ("4:4:4", WHOLE_QUALITY) if factor == 1.0 else ("4:2:0", JPEG_QUALITY)
    Image.fromarray(small).save(data, "JPEG", quality=quality, subsampling=thinning, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode("ascii")


def _item(record: AnyRecord, item: AnyInstance, tolerance: float, skeletons: Skeletons) -> dict[str, Any]:
    """What is known about an instance; what is not is left out."""
    found: dict[str, Any] = {
        "id": item.instance_id,
        "class": item.class_name,
        "area": item.area,
        "box": item.bbox,
        "visibility": _rounded(item.visibility),
        "truncation": _rounded(item.truncation),
        "whole_box": item.amodal_bbox,
        **_masks(item, tolerance),
        **_points(item, skeletons),
    }
    if isinstance(record, FrameRecord) and isinstance(item, InstanceRecord):
        found |= _posed(record, item)
        found["oriented"] = [round(number, 2) for number in item.obb] if item.obb is not None else None
    return {name: value for name, value in found.items() if value is not None}


def _masks(item: AnyInstance, tolerance: float) -> Mapping[str, str | None]:
    """Paths of what is seen and of the whole shape; none where a mask is damaged."""
    try:
        seen = mask_path(item.mask, tolerance) if item.mask is not None else None
        hidden = item.amodal_mask is not None and item.amodal_mask != item.mask
        whole = mask_path(item.amodal_mask, tolerance) if item.amodal_mask is not None and hidden else None
    except ValueError:
        return {}
    return {"mask": seen, "whole": whole}


def _posed(record: FrameRecord, item: InstanceRecord) -> dict[str, Any]:
    distance, azimuth, elevation = view_of(item)
    edges = box_edges(record, item)
    front, back = ([edge for edge in edges if edge.hidden is hidden] for hidden in (False, True))
    tips = [segments_path([axis]) if axis is not None else "" for axis in axes(record, item)]
    return {
        "distance": _rounded(distance, 4),
        "azimuth": _rounded(azimuth, 1),
        "elevation": None if math.isnan(elevation) else _rounded(elevation, 1),
        "front": segments_path(front) or None,
        "back": segments_path(back) or None,
        "axes": tips if item.area and any(tips) else None,
    }


def _points(item: AnyInstance, skeletons: Skeletons) -> dict[str, Any]:
    """Keypoints in the picture as [u, v, whether it is seen, its name if it has one], and the lines between them."""
    names = [[point.name] for point in item.keypoints or ()] if isinstance(item, InstanceRecord) else None
    points = marked_points(item)
    listed = [
        [round(point[0][0] + 0.5, 1), round(point[0][1] + 0.5, 1), point[1], *name]
        for point, name in zip(points, names or [[]] * len(points), strict=True)
        if point is not None
    ]
    bones = segments_path(segment for segment, _ in skeleton_lines(item, skeletons))
    return {"points": listed or None, "bones": bones or None}


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
