"""What a pinhole camera sees of models' files: rays through pixel centres, cast by trimesh. Poses come from records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from engine.annotate.record import FrameRecord, InstanceRecord

type FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hits:
    """What the rays through all pixel centres meet first of one instance alone: arrays of (H, W) and (H, W, 3)."""

    depth: FloatArray
    """Metres along the camera's z axis; inf where they miss it."""
    point: FloatArray
    """In the model's frame, metres after scaling; 0 where they miss it."""
    normal: FloatArray
    """Of the triangle, in the camera frame, towards the camera; 0 where they miss it."""

    @cached_property
    def covered(self) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.depth)


def cast(record: FrameRecord, instance: InstanceRecord, mesh: trimesh.Trimesh) -> Hits:
    """Look at one instance with nothing in front."""
    shape = (record.height, record.width)
    K = np.array(record.cam_K).reshape(3, 3)
    R, t = np.array(instance.cam_R_m2c).reshape(3, 3), np.array(instance.cam_t_m2c)
    v, u = np.mgrid[0 : record.height, 0 : record.width]
    rays = np.stack([u, v, np.ones(shape)], axis=-1).reshape(-1, 3) @ np.linalg.inv(K).T
    scaled = mesh.copy()
    scaled.apply_scale(scale_of(record, instance))
    origins, directions = np.broadcast_to(-R.T @ t, rays.shape), rays @ R
    found: Any = RayMeshIntersector(scaled, scale_to_box=False).intersects_first(origins, directions)
    hit = found >= 0
    corners, normals = scaled.triangles[found[hit]], scaled.face_normals[found[hit]]
    # Where the ray meets the plane of the triangle, in double precision.
    slope = np.einsum("ij,ij->i", directions[hit], normals)
    along = np.einsum("ij,ij->i", corners[:, 0] - origins[hit], normals) / slope
    depth, point, normal = np.full(len(rays), np.inf), np.zeros((len(rays), 3)), np.zeros((len(rays), 3))
    depth[hit], point[hit] = along, origins[hit] + directions[hit] * along[:, None]
    normal[hit] = (normals * -np.sign(slope)[:, None]) @ R.T
    return Hits(depth.reshape(shape), point.reshape(*shape, 3), normal.reshape(*shape, 3))


def scale_of(record: FrameRecord, instance: InstanceRecord) -> float:
    """The factor that a model's file was scaled by."""
    return next(entry.scale for entry in record.spec.objects if entry.instance_id == instance.instance_id)


def off_edges(ids: npt.NDArray[np.uint16]) -> npt.NDArray[np.bool_]:
    """The pixels whose eight neighbours show what they show."""
    inner = np.zeros(ids.shape, np.bool_)
    middle = ids[1:-1, 1:-1]
    same = [
        ids[1 + down : ids.shape[0] - 1 + down, 1 + right : ids.shape[1] - 1 + right] == middle
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    ]
    inner[1:-1, 1:-1] = np.all(same, axis=0)
    return inner
