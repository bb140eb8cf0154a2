"""Instance ids and depths by rays through pixel centres, for pictures that come without them. No Blender."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.annotate.visibility import Body, PlacedBody
from engine.frame.spec import FloatArray, FrameSpec, intrinsics, rigid_inverse

_NEAREST = 1e-6


def cast_masks(spec: FrameSpec, bodies: Sequence[Body]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.float32]]:
    """The instance id (H, W), 0 for none, and the depth (H, W) in metres, inf where no instance is seen.

    As in `Passes`, but that the ground hides nothing (everything stands on it) and has no depth. `bodies` are the
    meshes of the recipe's objects, in their order.
    """
    height, width = spec.camera.height, spec.camera.width
    K = intrinsics(spec.camera)  # noqa: N806 - its name everywhere
    T_world_camera = np.array(spec.camera.T_world_camera)  # noqa: N806
    T_camera_world = rigid_inverse(T_world_camera)  # noqa: N806
    ids = np.zeros((height, width), np.uint16)
    depth = np.full((height, width), np.inf)
    v, u = np.mgrid[0:height, 0:width]
    # Their z is 1 in the camera frame, so that a distance along one is the depth.
    local = np.stack([(u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1], np.ones((height, width))], axis=-1)
    rays = local @ T_world_camera[:3, :3].T
    for instance in spec.objects:
        placed = PlacedBody(bodies[instance.recipe_object], np.array(instance.T_world_model), instance.scale)
        rows, columns = _window(placed.camera_points(T_camera_world), K, width, height)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        part = rays[rows, columns]
        near = placed.hit_distances(T_world_camera[:3, 3], part.reshape(-1, 3)).reshape(part.shape[:2])
        nearer = near < depth[rows, columns]
        depth[rows, columns][nearer] = near[nearer]
        ids[rows, columns][nearer] = instance.instance_id
    return ids, depth.astype(np.float32)


def _window(points: FloatArray, K: FloatArray, width: int, height: int) -> tuple[slice, slice]:  # noqa: N803
    """Rows and columns of the pixels that may show points (N, 3) of the camera frame or what lies between them."""
    if points[:, 2].min() <= _NEAREST:
        return slice(0, height), slice(0, width)
    projected = points[:, :2] / points[:, 2:] * [K[0, 0], K[1, 1]] + K[:2, 2]
    left, top = np.floor(projected.min(axis=0)).clip(0, [width, height]).astype(int)
    right, bottom = (np.ceil(projected.max(axis=0)) + 1).clip(0, [width, height]).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))
