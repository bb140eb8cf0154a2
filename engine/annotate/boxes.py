"""Three-dimensional boxes: their corners, and where a camera sees them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.frame.projection import Projection

type FloatArray = npt.NDArray[np.float64]
type Bounds = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Smallest and largest x, y, z."""


def box_corners(bounds: Bounds) -> FloatArray:
    """The 8 corners, (8, 3) float64: corner i has the largest x where bit 2 of i is set, y for bit 1, z for bit 0."""
    both = np.array(bounds, dtype=np.float64)
    number = np.arange(8)
    return np.stack([both[(number >> 2) & 1, 0], both[(number >> 1) & 1, 1], both[number & 1, 2]], axis=1)


def transform(T: FloatArray, points: FloatArray) -> FloatArray:  # noqa: N803 - a transform
    """Apply a rigid transform of shape (4, 4) to points of shape (N, 3)."""
    moved: FloatArray = points @ T[:3, :3].T + T[:3, 3]
    return moved


def project(projection: Projection, points: FloatArray) -> tuple[tuple[float, float] | None, ...]:
    """Image coordinates (u, v) of points (N, 3) in the camera frame (OpenCV), pixel centres at whole numbers.

    None for a point that is not in front of the camera (z <= 0), or that its lens does not see.
    """
    return tuple(None if u != u else (u, v) for u, v in projection.project(points).tolist())
