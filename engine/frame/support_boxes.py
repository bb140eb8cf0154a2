"""The part of a scene round a place as boxes, for things to fall onto and against.

A grid of rays from above tells its heights. What lies on the place's plane becomes thin boxes with their upper faces in
that plane, what is higher becomes columns, and beyond its edges there is nothing.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from engine.frame.geometry import FloatArray, as_matrix4, as_point, rigid
from engine.frame.soup import Soup
from engine.frame.spec import Matrix4
from engine.frame.surfaces import FLAT, STEEPEST

_CELLS = 56
"""Along each side of the grid."""

_WIDER = 1.5
"""Half the grid's side, by the reach of the things."""


class StaticBox(msgspec.Struct, frozen=True):
    """A box that stands still, in the world."""

    pose: Matrix4
    """Rigid, of its middle."""
    half: tuple[float, float, float]
    """Half of its sides, metres."""


def support_boxes(soup: Soup, place: FloatArray, reach: float, room: float) -> tuple[StaticBox, ...] | None:
    """The boxes round `place` (3,), which is the world's origin; None where it is not flat and free within `reach`.

    The rays start at most `room` metres above it.
    """
    half = _WIDER * reach
    ticks = np.linspace(-half, half, _CELLS + 1)
    x, y = np.meshgrid(ticks, ticks, indexing="ij")
    starts = np.stack([x, y, np.full_like(x, room)], axis=-1).reshape(-1, 3) + place
    heights = room - soup.depths_below(starts).reshape(x.shape)
    far = np.hypot(x, y)
    near = far <= reach
    within = np.abs(heights[near]) < FLAT + math.tan(math.radians(STEEPEST)) * far[near]
    if not within.all():
        return None
    sides = np.column_stack([x[near], y[near], np.ones(near.sum())])
    slope = np.linalg.lstsq(sides, heights[near], rcond=None)[0]
    over = heights - (slope[0] * x + slope[1] * y + slope[2])
    if np.abs(over[near]).max() > FLAT:
        return None
    flat = np.abs(over) <= FLAT
    cell = 2 * half / _CELLS
    deep = max(0.05, 0.3 * reach)
    corners = np.stack([over[:-1, :-1], over[1:, :-1], over[:-1, 1:], over[1:, 1:]])
    carries = flat[:-1, :-1] & flat[1:, :-1] & flat[:-1, 1:] & flat[1:, 1:]
    tallest = corners.max(axis=0)
    levels = np.where(carries, 0, np.where(tallest > FLAT, np.ceil(tallest / cell), -1)).astype(np.int64)
    boxes = []
    for level, (i0, i1, j0, j1) in _rectangles(levels):
        middle = np.array([(i0 + i1) / 2 * cell - half, (j0 + j1) / 2 * cell - half])
        size = np.array([(i1 - i0) * cell / 2, (j1 - j0) * cell / 2])
        top = float(slope[:2] @ middle + slope[2])
        boxes.append(_slab(middle, size, top, slope, deep) if level == 0 else _column(middle, size, top, level * cell))
    return tuple(boxes)


def _slab(middle: FloatArray, size: FloatArray, top: float, slope: FloatArray, deep: float) -> StaticBox:
    """With its upper face in the plane of the place."""
    normal = np.array([-slope[0], -slope[1], 1.0])
    normal /= np.linalg.norm(normal)
    along = np.array([1.0, 0.0, slope[0]]) / math.hypot(1.0, slope[0])
    turn = np.column_stack([along, np.cross(normal, along), normal])
    centre = np.array([*middle, top]) - normal * deep / 2
    return StaticBox(as_matrix4(rigid(turn, centre)), as_point(np.array([*size, deep / 2])))


def _column(middle: FloatArray, size: FloatArray, foot: float, height: float) -> StaticBox:
    centre = np.array([*middle, foot + height / 2])
    return StaticBox(as_matrix4(rigid(np.eye(3), centre)), as_point(np.array([*size, height / 2])))


def _rectangles(levels: npt.NDArray[np.int64]) -> list[tuple[int, tuple[int, int, int, int]]]:
    """The cells of 0 or more in rectangles of one level: the level, and first and last-but-one row and column."""
    left = levels >= 0
    found = []
    rows, columns = levels.shape
    for i in range(rows):
        for j in range(columns):
            if not left[i, j]:
                continue
            level = levels[i, j]
            fits = left & (levels == level)
            j1 = j
            while j1 < columns and fits[i, j1]:
                j1 += 1
            i1 = i + 1
            while i1 < rows and fits[i1, j:j1].all():
                i1 += 1
            left[i:i1, j:j1] = False
            found.append((int(level), (i, i1, j, j1)))
    return found
