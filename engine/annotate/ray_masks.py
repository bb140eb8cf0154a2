"""Instance ids and depths by rays through pixel centres, for pictures that come without them. No Blender."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.annotate.visibility import Body, PlacedBody
from engine.frame.projection import Projection
from engine.frame.spec import FloatArray, FrameSpec, rigid_inverse


def cast_masks(spec: FrameSpec, bodies: Sequence[Body]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.float32]]:
    """The instance id (H, W), 0 for none, and the depth (H, W) in metres, inf where no instance is seen.

    As in `Passes`, but that the ground hides nothing (everything stands on it) and has no depth. `bodies` are the
    meshes of the recipe's objects, in their order.
    """
    height, width = spec.camera.height, spec.camera.width
    projection = Projection.of(spec.camera)
    T_world_camera = np.array(spec.camera.T_world_camera)  # noqa: N806
    T_camera_world = rigid_inverse(T_world_camera)  # noqa: N806
    ids = np.zeros((height, width), np.uint16)
    depth = np.full((height, width), np.inf)
    rays = projection.pixel_rays(width, height) @ T_world_camera[:3, :3].T
    for instance in spec.objects:
        placed = PlacedBody.of(instance, bodies)
        rows, columns = _window(projection, placed.camera_points(T_camera_world), width, height)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        part = rays[rows, columns]
        near = placed.hit_distances(T_world_camera[:3, 3], part.reshape(-1, 3)).reshape(part.shape[:2])
        nearer = near < depth[rows, columns]
        depth[rows, columns][nearer] = near[nearer]
        ids[rows, columns][nearer] = instance.instance_id
    return ids, depth.astype(np.float32)


def _window(projection: Projection, points: FloatArray, width: int, height: int) -> tuple[slice, slice]:
    """Rows and columns of the pixels that may show points (N, 3) of the camera frame or what lies between them."""
    extremes = projection.extremes(points)
    if extremes is None:
        return slice(0, height), slice(0, width)
    left, top = np.floor(extremes[0]).clip(0, [width, height]).astype(int)
    right, bottom = (np.ceil(extremes[1]) + 1).clip(0, [width, height]).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))
