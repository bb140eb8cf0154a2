"""Float passes that follow from depth, normals, masks and the record: nothing has to be rendered for them.

They are those of the ray through each pixel's centre, exactly as the passes they are made from.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import projection_of
from engine.annotate.record import FrameRecord, InstanceRecord

type FloatArray = npt.NDArray[np.float32]
type IdMap = npt.NDArray[np.uint16]


def ray_distance(record: FrameRecord, depth: FloatArray) -> FloatArray:
    """(H, W) metres from the camera's centre along the rays; inf where depth (H, W) is."""
    rays = projection_of(record).pixel_rays(record.width, record.height)
    # Where a lens sees nothing its rays are NaN, and depth is inf.
    lengths = np.linalg.norm(np.where(np.isfinite(depth)[..., None], rays, 1.0), axis=2)
    distance: FloatArray = (depth * lengths).astype(np.float32)
    return distance


def camera_points(record: FrameRecord, depth: FloatArray) -> npt.NDArray[np.float64]:
    """(H, W, 3) metres: the points seen, in the camera frame; 0 where depth (H, W) is inf."""
    rays = projection_of(record).pixel_rays(record.width, record.height)
    seen = np.isfinite(depth)[..., None]
    points: npt.NDArray[np.float64] = np.where(seen, rays * np.where(seen, depth[..., None], 0.0), 0.0)
    return points


def world_points(record: FrameRecord, depth: FloatArray) -> FloatArray:
    """(H, W, 3) metres: the points seen, in the world; 0 where depth (H, W) is inf."""
    R = np.array(record.cam_R_w2c).reshape(3, 3)  # noqa: N806
    points = (camera_points(record, depth) - record.cam_t_w2c) @ R
    return np.where(np.isfinite(depth)[..., None], points, 0.0).astype(np.float32)


def world_normals(record: FrameRecord, normal: FloatArray) -> FloatArray:
    """(H, W, 3) normals of the camera frame, turned into the world's; 0 stays 0."""
    R = np.array(record.cam_R_w2c, np.float32).reshape(3, 3)  # noqa: N806
    turned: FloatArray = normal @ R
    return turned


def object_coordinates(record: FrameRecord, depth: FloatArray, ids: IdMap) -> FloatArray:
    """(H, W, 3) normalised object coordinates (NOCS) of the points seen on instances; 0 elsewhere.

    A point p of the model frame is at (p - c) / d + 0.5, where c is the centre of the instance's 3D box
    (`bounds_min`, `bounds_max`) and d the length of its diagonal: one scale for all axes (Wang et al., 2019).
    """
    points = camera_points(record, depth)
    coordinates = np.zeros((*depth.shape, 3), np.float32)
    for instance in record.instances:
        if instance.bbox is None:
            continue
        x, y, w, h = instance.bbox
        window = (slice(y, y + h), slice(x, x + w))
        own = ids[window] == instance.instance_id
        coordinates[window][own] = _normalised(instance, points[window][own])
    return coordinates


def _normalised(instance: InstanceRecord, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points (N, 3) of the camera frame in an instance's normalised coordinates."""
    R = np.array(instance.cam_R_m2c).reshape(3, 3)  # noqa: N806
    low, high = np.array(instance.bounds_min), np.array(instance.bounds_max)
    in_model = (points - instance.cam_t_m2c) @ R
    placed: npt.NDArray[np.float64] = (in_model - (low + high) / 2) / np.linalg.norm(high - low) + 0.5
    return placed
