"""Whether a frame's camera is inside something solid, or one of its objects in the ground or in a wall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.annotate.visibility import PlacedBody
from engine.frame.room_spec import RoomSpec, has_room_for
from engine.frame.spec import FloatArray, FrameSpec
from engine.frame.stereo import eyes

_DIRECTIONS = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if x or y or z], float)

_DEPTH = 1e-3
"""Metres that things at rest may reach into what they lie on; of what is larger than a metre, that share of it."""


def is_camera_inside(spec: FrameSpec, bodies: Sequence[PlacedBody]) -> bool:
    """Whether the camera, or one of a stereo pair, is in a wall, in a cupboard, or within one of `bodies`, all that
    there are in the frame."""
    places = eyes(spec)
    if spec.room is not None and not all(has_room_for(spec.room, eye) for eye in places):
        return True
    return any(_holds(body, eye) for body in bodies for eye in places)


def _holds(placed: PlacedBody, eye: FloatArray) -> bool:
    """Whether a point (3,) is in the solid of a body: all round, what is seen from it are backs of triangles.

    Hollows are no solid, nor is a mesh that is open, or whose triangles face inwards as those of a scanned room.
    """
    corners = placed.camera_points(np.eye(4))
    if (eye < corners.min(axis=0)).any() or (eye > corners.max(axis=0)).any():
        return False
    return placed.is_behind_all(eye, _DIRECTIONS)


def is_object_inside(spec: FrameSpec, objects: Sequence[PlacedBody]) -> bool:
    """Whether one of the objects reaches into the ground, a wall or the ceiling."""
    if spec.ground is None and spec.room is None:
        return False
    for points in (placed.camera_points(np.eye(4)) for placed in objects):
        depth = _DEPTH * max(1.0, float(np.ptp(points, axis=0).max()))
        if points[:, 2].min() < -depth or (spec.room is not None and _leaves(spec.room, points, depth)):
            return True
    return False


def _leaves(room: RoomSpec, points: FloatArray, depth: float) -> bool:
    T = np.array(room.T_world_room)  # noqa: N806 - a transform
    here = (points - T[:3, 3]) @ T[:3, :3]
    return bool((here < -depth).any() or (here > np.array(room.size) + depth).any())
