"""Oriented two-dimensional boxes: the rectangle of the smallest area round some pixels.

Coordinates are COCO's: pixel (u, v) is the square from (u, v) to (u + 1, v + 1), and the rectangle holds the squares of
all pixels. Its width is the longer side. Its angle is that of the width, from the x axis towards the y axis (clockwise
as seen), in degrees, -90 <= angle < 90; of a square, -45 <= angle < 45. Among rectangles of equal area, the one that is
turned least counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

type OrientedBox = tuple[float, float, float, float, float]
"""Centre x, centre y, width, height, angle."""
type FloatArray = npt.NDArray[np.float64]

_EQUAL = 1e-9
"""Share by which areas or sides may differ and still be equal."""


def oriented_box(covered: npt.NDArray[np.bool_], corner: tuple[int, int]) -> OrientedBox:
    """The box of the pixels that are `covered`, (h, w) with at least one, in a window whose `corner` is (x, y)."""
    hull = _hull(covered)
    sides = np.roll(hull, -1, axis=0) - hull
    directions = np.arctan2(sides[:, 1], sides[:, 0])
    cos, sin = np.cos(directions), np.sin(directions)
    # Every rectangle of the smallest area has a side along one of the hull.
    along = hull @ np.stack([cos, sin])
    across = hull @ np.stack([-sin, cos])
    low, high = np.stack([along.min(axis=0), across.min(axis=0)]), np.stack([along.max(axis=0), across.max(axis=0)])
    width, height = high - low
    angle = np.degrees(directions)
    standing = height > width * (1 + _EQUAL)
    square = np.abs(height - width) <= width * _EQUAL
    angle = np.where(square, (angle + 45) % 90 - 45, (angle + np.where(standing, 90, 0) + 90) % 180 - 90)
    area = width * height
    smallest = np.flatnonzero(area <= area.min() * (1 + _EQUAL))
    best = smallest[np.argmin(np.round(np.abs(angle[smallest]), 6))]
    middle = (low[:, best] + high[:, best]) / 2
    sizes = sorted((float(width[best]), float(height[best])), reverse=True)
    return (
        float(middle[0] * cos[best] - middle[1] * sin[best]) + corner[0],
        float(middle[0] * sin[best] + middle[1] * cos[best]) + corner[1],
        sizes[0],
        sizes[1],
        float(angle[best]),
    )


def box_points(box: OrientedBox) -> FloatArray:
    """The corners (4, 2) of an oriented box, clockwise as seen, from the one at the start of width and height."""
    x, y, width, height, angle = box
    right = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    down = np.array([-right[1], right[0]])
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    points: FloatArray = np.array([x, y]) + signs[:, :1] * width * right + signs[:, 1:] * height * down
    return points


def _hull(covered: npt.NDArray[np.bool_]) -> FloatArray:
    """The corners (N, 2) of the convex hull of the pixels' squares, clockwise as seen, in the window's coordinates."""
    height, width = covered.shape
    down = np.ascontiguousarray(covered.T)  # each column's pixels together: looking along them ends at the first
    columns = np.flatnonzero(down.any(axis=1))
    tops = down.argmax(axis=1)[columns]
    bottoms = height - down[:, ::-1].argmax(axis=1)[columns]
    upper, lower = np.full(width + 1, np.inf), np.full(width + 1, -np.inf)
    for edge in (columns, columns + 1):
        upper[edge] = np.minimum(upper[edge], tops)
        lower[edge] = np.maximum(lower[edge], bottoms)
    x = np.flatnonzero(np.isfinite(upper)).astype(np.float64)
    over, under = _convex(x, upper[np.isfinite(upper)]), _convex(x, -lower[np.isfinite(upper)])
    return np.vstack([over, (under * [1, -1])[::-1]])


def _convex(x: FloatArray, y: FloatArray) -> FloatArray:
    """The corners (N, 2) of the greatest convex function below points with ascending x.

    A point on or above the line between its neighbours is no corner; all such go at once, until there is none.
    """
    while x.size > 2:
        steps_x, steps_y = x[1:] - x[:-1], y[1:] - y[:-1]
        corner = np.ones(x.size, np.bool_)
        corner[1:-1] = steps_x[:-1] * steps_y[1:] > steps_y[:-1] * steps_x[1:]
        if corner.all():
            break
        x, y = x[corner], y[corner]
    return np.column_stack([x, y])
