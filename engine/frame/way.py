"""A smooth way through space along points that are drawn as they are needed. numpy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.errors import RenderError
from engine.frame.geometry import FloatArray

_STEPS = 48
"""Straight pieces by which the length of the way between two knots is measured."""

_MOST_POINTS = 2000

_NOTHING = 1e-12


class Way:
    """A uniform cubic B-spline from the first of its points on, run through at an even pace.

    Its direction and its curvature never jump, and it never leaves the convex hull of its points: it begins at the
    first and is drawn towards each of the others in turn. Before its beginning it is straight.
    """

    def __init__(
        self, point: Callable[[int], FloatArray], place: Callable[[FloatArray], FloatArray], length: float, what: str
    ) -> None:
        """A way at least so long.

        Args:
            point: the i-th point, (D,).
            place: where points (N, D) are, (N, 3), in which lengths are measured.
            what: names the setting that makes it shorter, for errors.

        Raises:
            RenderError: it would take thousands of points.
        """
        points = [point(i) for i in range(3)]
        self._ends = [0.0]
        self._tables: list[FloatArray] = []
        while True:
            here = len(points) - 3
            self._points = np.stack([2 * points[0] - points[1], *points])
            u = here + np.arange(_STEPS + 1) / _STEPS
            pieces = np.linalg.norm(np.diff(place(self._curve(u)), axis=0), axis=1)
            self._tables.append(self._ends[-1] + np.concatenate([[0.0], np.cumsum(pieces)]))
            self._ends.append(float(self._tables[-1][-1]))
            # A way whose points are all the same never grows, but for rounding.
            if self._ends[-1] >= length or (here >= 4 and self._ends[-1] < _NOTHING):
                break
            if len(points) == _MOST_POINTS:
                raise RenderError(f"{what}: the way in one sequence is too long; lower it, or motion.frames.")
            points.append(point(len(points)))
        self._lengths = np.concatenate([table[:-1] for table in self._tables] + [self._tables[-1][-1:]])
        self._knots = np.arange(len(self._lengths)) / _STEPS

    def at(self, length: float) -> FloatArray:
        """The point (D,) so far from the beginning; below 0 on the straight line before it."""
        if length < 0:
            pace = float(self._lengths[1]) * _STEPS
            ahead = (self._points[2] - self._points[1]) / pace if pace > 0 else np.zeros(self._points.shape[1])
            before: FloatArray = self._points[1] + length * ahead
            return before
        (point,) = self._curve(np.array([np.interp(length, self._lengths, self._knots)]))
        return np.array(point)

    def _curve(self, u: FloatArray) -> FloatArray:
        """Points (N, D) of the spline; knot i, at u = i, is drawn towards point i."""
        segment = np.minimum(np.floor(u).astype(np.intp), len(self._points) - 4)
        t = (u - segment)[:, None]
        a, b, c, d = (self._points[segment + i] for i in range(4))
        near, far = 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1
        points: FloatArray = ((1 - t) ** 3 * a + near * b + far * c + t**3 * d) / 6
        return points
