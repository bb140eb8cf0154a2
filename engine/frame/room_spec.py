"""The room of a frame. Its walls, its furniture and its lamps are among the frame's props and lights."""

from __future__ import annotations

import msgspec
import numpy as np

type Box = tuple[float, float, float, float, float, float]
"""x, y, z of the low corner, then of the high one; metres."""

CAMERA_ROOM = 0.12
"""Metres that a camera keeps from everything."""


class RoomSpec(msgspec.Struct, frozen=True):
    """The free space in it, for whoever wants to be inside."""

    T_world_room: tuple[tuple[float, float, float, float], ...]
    """Rigid, (4, 4). The room's frame has its origin in a corner of the floor, z up, its walls along x and y."""
    size: tuple[float, float, float]
    """Inside, along x, y and z, metres."""
    solids: tuple[Box, ...]
    """Boxes round what stands in it, in the room's frame."""


def has_room_for(room: RoomSpec, point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    """Whether a camera at `point` (3,), in the world frame, is inside the room and in nothing that stands there."""
    T = np.array(room.T_world_room)  # noqa: N806 - a transform
    here = T[:3, :3].T @ (point - T[:3, 3])
    if (here < CAMERA_ROOM).any() or (here > np.array(room.size) - CAMERA_ROOM).any():
        return False
    boxes = np.array(room.solids).reshape(-1, 6)
    inside = (here > boxes[:, :3] - CAMERA_ROOM) & (here < boxes[:, 3:] + CAMERA_ROOM)
    return not bool(inside.all(axis=1).any())
