"""Where axes and 3D boxes of a record appear in its picture. Image coordinates: pixel centres at whole numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.annotate.plain import AnyInstance, PlainInstance
from engine.annotate.record import FrameRecord, InstanceRecord, Matrix3, Vector3
from engine.frame.projection import Projection

type Point = tuple[float, float]
type FloatArray = npt.NDArray[np.float64]
type Skeletons = Mapping[str, Sequence[tuple[str, str]]]
"""Pairs of names of keypoints that are joined by lines, by class: what records of ours leave to the manifest."""

NO_SKELETONS: Skeletons = MappingProxyType({})

NEAR = 1e-3
"""Metres in front of the camera at which lines are cut off."""

BOX_EDGES: tuple[tuple[int, int], ...] = tuple(
    (corner, corner | 1 << bit) for bit in range(3) for corner in range(8) if not corner >> bit & 1
)
"""The 12 edges of a 3D box, as pairs of corner numbers (see `InstanceRecord.bbox_3d_projected`)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line of the scene in the picture."""

    start: Point
    end: Point
    hidden: bool = False
    """Whether it belongs to the far side of its box."""
    via: tuple[Point, ...] = ()
    """Points between, close to each other, where the lens bends it."""

    @property
    def pieces(self) -> list[tuple[Point, Point]]:
        """The straight pieces that it is drawn as."""
        points = [self.start, *self.via, self.end]
        return list(pairwise(points))


def axes(record: FrameRecord, instance: InstanceRecord) -> tuple[Segment | None, Segment | None, Segment | None]:
    """The model frame's x, y and z axes, from its origin, as long as 0.6 of the model's largest extent.

    None for an axis that lies behind the camera or where the lens does not see.
    """
    extent = np.subtract(instance.bounds_max, instance.bounds_min)
    tips = np.vstack([np.zeros(3), 0.6 * float(extent.max()) * np.eye(3)])
    points = to_camera(instance, tips)
    projection = projection_of(record)
    x, y, z = (_project_segment(projection, points[0], points[i]) for i in (1, 2, 3))
    return x, y, z


def box_edges(record: FrameRecord, instance: InstanceRecord) -> list[Segment]:
    """The visible part of the 12 edges of the 3D box, those of the far side first.

    An edge that passes the camera is cut off before it.
    """
    corners = to_camera(instance, box_corners(instance))
    farthest = int(np.argmax(np.linalg.norm(corners, axis=1)))
    outside = not _camera_inside(instance)
    projection = projection_of(record)
    segments = []
    for a, b in BOX_EDGES:
        segment = _project_segment(projection, corners[a], corners[b], hidden=outside and farthest in (a, b))
        if segment is not None:
            segments.append(segment)
    return sorted(segments, key=lambda segment: not segment.hidden)


def box_corners(instance: InstanceRecord) -> FloatArray:
    """(8, 3) corners of the 3D box in the model frame, metres, in the order of `bbox_3d_projected`."""
    low, high = np.asarray(instance.bounds_min), np.asarray(instance.bounds_max)
    bits = np.array([[corner >> 2 & 1, corner >> 1 & 1, corner & 1] for corner in range(8)], dtype=bool)
    return np.where(bits, high, low).astype(np.float64)


def projection_of(record: FrameRecord) -> Projection:
    """How the record's camera sees."""
    return Projection(np.asarray(record.cam_K).reshape(3, 3), record.cam_lens)


def to_camera(instance: InstanceRecord, points: FloatArray) -> FloatArray:
    """(N, 3) points of the model frame in the camera frame, metres."""
    rotation = np.asarray(instance.cam_R_m2c).reshape(3, 3)
    moved: FloatArray = points @ rotation.T + np.asarray(instance.cam_t_m2c)
    return moved


def camera_centre(R: Matrix3, t: Vector3) -> Vector3:  # noqa: N803 - a rotation
    """The camera's centre in the frame from which `R` and `t` lead to the camera's: -R' t."""
    x, y, z = (-sum(R[3 * row + column] * t[row] for row in range(3)) for column in range(3))
    return x, y, z


class Posed(Protocol):
    """An instance whose pose and 3D box are known."""

    @property
    def cam_R_m2c(self) -> Matrix3: ...  # noqa: N802 - BOP's name
    @property
    def cam_t_m2c(self) -> Vector3: ...
    @property
    def bounds_min(self) -> Vector3: ...
    @property
    def bounds_max(self) -> Vector3: ...


def view_of(instance: Posed) -> tuple[float, float, float]:
    """The camera as seen from the centre of the instance's 3D box, in the model frame.

    Distance in metres; azimuth from x to y, 0 to 360 degrees; elevation above the xy plane, -90 to 90 degrees, NaN
    where the distance is 0.
    """
    eye = camera_centre(instance.cam_R_m2c, instance.cam_t_m2c)
    box = zip(instance.bounds_min, instance.bounds_max, strict=True)
    x, y, z = (place - (low + high) / 2 for place, (low, high) in zip(eye, box, strict=True))
    distance = math.sqrt(x * x + y * y + z * z)
    elevation = math.degrees(math.asin(max(-1.0, min(1.0, z / distance)))) if distance else math.nan
    return distance, math.degrees(math.atan2(y, x)) % 360, elevation


def distance_of(instance: InstanceRecord) -> float:
    """Metres from the camera to the centre of the 3D box."""
    return view_of(instance)[0]


def drawing_depth(instance: AnyInstance) -> float:
    """What is drawn first has the largest: far instances; where no camera is known, large ones."""
    return float(instance.area) if isinstance(instance, PlainInstance) else distance_of(instance)


def _camera_inside(instance: InstanceRecord) -> bool:
    rotation = np.asarray(instance.cam_R_m2c).reshape(3, 3)
    camera = -rotation.T @ np.asarray(instance.cam_t_m2c)
    return bool(np.all(camera >= instance.bounds_min) and np.all(camera <= instance.bounds_max))


def _project_segment(projection: Projection, a: FloatArray, b: FloatArray, *, hidden: bool = False) -> Segment | None:
    """A segment of the camera frame in the picture, cut off at the near plane and where the lens's field ends."""
    if a[2] < NEAR and b[2] < NEAR:
        return None
    if a[2] < NEAR:
        a = a + (b - a) * ((NEAR - a[2]) / (b[2] - a[2]))
    elif b[2] < NEAR:
        b = b + (a - b) * ((NEAR - b[2]) / (a[2] - b[2]))
    line = projection.line(a, b)
    points = [(u, v) for u, v in line[~np.isnan(line[:, 0])].tolist()]
    if len(points) < 2:
        return None
    return Segment(points[0], points[-1], hidden, tuple(points[1:-1]))


def marked_points(instance: AnyInstance) -> list[tuple[Point, bool] | None]:
    """Where the keypoints of an instance are in its picture, and whether they are seen; None for those that are not
    marked, or not in the picture."""
    if isinstance(instance, PlainInstance):
        return [None if point is None else ((point.u - 0.5, point.v - 0.5), point.seen) for point in instance.keypoints]
    return [
        None if point.uv is None or not point.visibility else (point.uv, point.visibility == 2)
        for point in instance.keypoints or ()
    ]


def skeleton_lines(instance: AnyInstance, skeletons: Skeletons) -> list[tuple[Segment, bool]]:
    """The lines between keypoints of an instance that are marked, and whether both ends are seen."""
    points = marked_points(instance)
    if isinstance(instance, PlainInstance):
        links: Sequence[tuple[int, int]] = instance.skeleton
    else:
        place = {point.name: number for number, point in enumerate(instance.keypoints or ())}
        named = skeletons.get(instance.class_name, ())
        links = [(place[a], place[b]) for a, b in named if a in place and b in place]
    joined = ((points[a], points[b]) for a, b in links)
    return [(Segment(a[0], b[0]), a[1] and b[1]) for a, b in joined if a is not None and b is not None]
