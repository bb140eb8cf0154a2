"""A thing that was turned and scaled, before it gets its place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.frame.geometry import FloatArray, as_matrix4, rigid
from engine.frame.spec import Matrix4


@dataclass(frozen=True)
class Posture:
    """Rotation and scale of a thing, and what follows from them for where it can be."""

    rotation: FloatArray
    """(3, 3)"""
    scale: float
    hull: FloatArray
    """(N, 3) points whose convex hull holds it, metres, in its own frame and before `scale`."""

    @cached_property
    def _corners(self) -> FloatArray:
        corners: FloatArray = self.hull @ self.rotation.T * self.scale
        return corners

    @cached_property
    def _box(self) -> tuple[FloatArray, FloatArray]:
        return self._corners.min(axis=0), self._corners.max(axis=0)

    @cached_property
    def middle(self) -> FloatArray:
        """(3,) middle of the box that holds it as it is turned, metres."""
        low, high = self._box
        return (low + high) / 2

    @cached_property
    def footprint(self) -> float:
        """Radius of the disc on the ground, about the middle of its box, that it stands over, metres."""
        return float(np.linalg.norm(self._corners[:, :2] - self.middle[:2], axis=1).max())

    @cached_property
    def centre(self) -> FloatArray:
        """(3,) middle of its own box after rotation and scale: the ball that holds it is about this point, metres."""
        low, high = self.hull.min(axis=0), self.hull.max(axis=0)
        middle: FloatArray = (low + high) / 2 * self.scale @ self.rotation.T
        return middle

    @cached_property
    def radius(self) -> float:
        """Of the ball about `centre` that holds it however it is turned, metres."""
        return float(np.linalg.norm(self._corners - self.centre, axis=1).max())

    def standing_at(self, x: float, y: float) -> Matrix4:
        """Its pose with the middle of the footprint over (x, y) and the lowest point on z = 0."""
        low, _ = self._box
        return as_matrix4(rigid(self.rotation, np.array([x - self.middle[0], y - self.middle[1], -float(low[2])])))

    def centred_at(self, point: FloatArray) -> Matrix4:
        """Its pose with `centre` at `point` (3,)."""
        return as_matrix4(rigid(self.rotation, point - self.centre))
