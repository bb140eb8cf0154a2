"""Keypoints: where the named points of models are in the picture, and whether they are seen there.

A point in the picture is hidden where the ray to it meets a mesh before it: that of another instance, or the model's
own. Things without an id hide it where the pixels about it show one before it. Points lie on surfaces or just below
them (a joint, the middle of a lid's edge), and surfaces may be displaced: what lies less than a hundredth of the
object's extent before a point does not hide it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.annotate.passes import BACKGROUND_ID, Passes
from engine.annotate.record import KeypointRecord
from engine.annotate.visibility import Body, PlacedBody
from engine.frame.projection import Projection
from engine.frame.spec import FloatArray, FrameSpec, rigid_inverse

NEAR_SURFACE = 0.01
"""Share of the diagonal of the object's 3D box."""

type Booleans = npt.NDArray[np.bool_]


def keypoint_records(passes: Passes, spec: FrameSpec, bodies: Sequence[Body]) -> dict[int, tuple[KeypointRecord, ...]]:
    """The keypoints of every instance of the spec, by its id; `bodies` are the meshes of the recipe's objects."""
    placed = [PlacedBody.of(instance, bodies) for instance in spec.objects]
    T_camera_world = rigid_inverse(np.array(spec.camera.T_world_camera))  # noqa: N806
    points = [item.keypoints(T_camera_world) for item in placed]
    counts = [len(found) for found in points]
    if not sum(counts):
        return {instance.instance_id: () for instance in spec.objects}
    every = np.vstack(points)
    slack = np.repeat([item.diagonal * NEAR_SURFACE for item in placed], counts)
    uv = Projection.of(spec.camera).project(every)
    inside = _inside(uv, spec.camera.width, spec.camera.height)
    hidden = np.zeros(len(every), np.bool_)
    hidden[inside] = _hidden_by_meshes(every[inside], slack[inside], placed, T_camera_world)
    hidden[inside] |= _hidden_by_others(passes, uv[inside], every[inside], slack[inside])
    visibility = np.where(inside, np.where(hidden, 1, 2), 0)
    records: dict[int, tuple[KeypointRecord, ...]] = {}
    start = 0
    for instance, item in zip(spec.objects, placed, strict=True):
        records[instance.instance_id] = tuple(
            KeypointRecord(
                name,
                None if np.isnan(uv[number, 0]) else (float(uv[number, 0]), float(uv[number, 1])),
                int(visibility[number]),
                (x, y, z),
            )
            for number, ((name, _), (x, y, z)) in enumerate(
                zip(item.body.landmarks.keypoints, item.own_keypoints().tolist(), strict=True), start
            )
        )
        start += len(records[instance.instance_id])
    return records


def _inside(uv: FloatArray, width: int, height: int) -> Booleans:
    with np.errstate(invalid="ignore"):
        within: Booleans = ((uv >= -0.5) & (uv < [width - 0.5, height - 0.5])).all(axis=1)
    return within


def _hidden_by_meshes(
    points: FloatArray,
    slack: FloatArray,
    placed: Sequence[PlacedBody],
    T_camera_world: FloatArray,  # noqa: N803 - the frames' names
) -> Booleans:
    """Whether a mesh stands between the camera and points (N, 3) of its frame; rays go only to what may be met."""
    distances = np.linalg.norm(points, axis=1)
    T_world_camera = rigid_inverse(T_camera_world)  # noqa: N806
    directions = points @ T_world_camera[:3, :3].T
    hidden = np.zeros(len(points), np.bool_)
    for item in placed:
        corners = item.camera_points(T_camera_world)
        centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
        radius = np.linalg.norm(corners - centre, axis=1).max()
        along = points @ centre / distances
        near = ~hidden & (centre @ centre - along**2 <= radius**2) & (along - radius < distances)
        if near.any():
            met = item.hit_distances(T_world_camera[:3, 3], directions[near])
            hidden[near] = met < 1 - slack[near] / distances[near]
    return hidden


def _hidden_by_others(passes: Passes, uv: FloatArray, points: FloatArray, slack: FloatArray) -> Booleans:
    """Whether something without an id is seen before points: at the nearest pixel, and, as a surface may be steep, not
    only there but at all of the four pixels about the point that show such a thing."""
    height, width = passes.depth.shape
    nearest = np.floor(uv + 0.5).astype(np.int64)
    hidden: Booleans = passes.instance_id[nearest[:, 1], nearest[:, 0]] == BACKGROUND_ID
    limit = points[:, 2] * (1 - slack / np.linalg.norm(points, axis=1))
    low = np.floor(uv).astype(np.int64)
    for right in (0, 1):
        for down in (0, 1):
            column = (low[:, 0] + right).clip(0, width - 1)
            row = (low[:, 1] + down).clip(0, height - 1)
            before = passes.depth[row, column] < limit
            hidden &= before | (passes.instance_id[row, column] != BACKGROUND_ID)
    return hidden
