"""Masks as polygons that cover exactly the same pixels.

The polygons run along the pixels' edges, in COCO's coordinates (pixel (u, v) covers [u, u + 1) x [v, v + 1)). Tracing
through pixel centres, as image libraries do, would lose half a pixel all round.

A COCO polygon cannot have a hole. So a mask with holes is cut in two at a column through a hole, and again until no
piece has any: the pieces touch without overlapping, and their union is the mask.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

type Ring = npt.NDArray[np.int64]
"""Corners (N, 2) of a closed polygon with sides along the axes: x, y."""


def mask_polygons(mask: npt.NDArray[np.bool_], origin: tuple[int, int] = (0, 0)) -> list[list[int]]:
    """Polygons [x0, y0, x1, y1, ...] without holes, disjoint, whose union is the mask (H, W).

    `origin` is the (x, y) of the mask's top left pixel in the picture. Pixels that touch only at a corner are in
    different polygons. An empty mask has none.
    """
    rings: list[list[int]] = []
    waiting = [(mask, 0)]
    while waiting:
        piece, left = waiting.pop()
        outer, holes = _outlines(piece)
        if holes:
            column = int(holes[0][:, 0].min() + holes[0][:, 0].max()) // 2
            waiting += [(piece[:, column:], left + column), (piece[:, :column], left)]
        else:
            shift = np.array([origin[0] + left, origin[1]])
            rings += [(ring + shift).ravel().tolist() for ring in outer]
    return rings


def mask_rings(mask: npt.NDArray[np.bool_], origin: tuple[int, int] = (0, 0)) -> list[Ring]:
    """All outlines of a mask (H, W), those of its holes too: filled by the even-odd rule they are the mask."""
    return [ring + np.array(origin) for ring in _rings(np.pad(mask, 1))]


def _outlines(mask: npt.NDArray[np.bool_]) -> tuple[list[Ring], list[Ring]]:
    """The rings round a mask's pieces, and those round its holes."""
    padded = np.pad(mask, 1)
    outer: list[Ring] = []
    holes: list[Ring] = []
    for ring in _rings(padded):
        # A ring's topmost, then leftmost corner has the ring's inside to its lower right: mask or hole.
        x, y = ring[np.lexsort((ring[:, 0], ring[:, 1]))[0]]
        (outer if padded[y + 1, x + 1] else holes).append(ring)
    return outer, holes


def _rings(padded: npt.NDArray[np.bool_]) -> Iterator[Ring]:
    """All closed outlines of a mask that has an empty border of one pixel; corner (0, 0) is inside of that border.

    The outline turns at a corner of the pixel grid where one or three of the four pixels around are set, and twice
    where two are that touch at the corner only. Along each grid line, the turns in order are the two ends of one side,
    the two ends of the next, and so on: that pairs each turn with one in its row and one in its column.
    """
    upper_left, upper_right = padded[:-1, :-1], padded[:-1, 1:]
    lower_left, lower_right = padded[1:, :-1], padded[1:, 1:]
    falling = upper_left & lower_right & ~upper_right & ~lower_left
    rising = upper_right & lower_left & ~upper_left & ~lower_right
    single = upper_left ^ upper_right ^ lower_left ^ lower_right

    # Of the two turns at a crossing, the one that belongs to the pixel on the left comes first in the row; the one
    # that belongs to the upper pixel comes first in the column.
    y, x, in_row, in_column = (
        np.concatenate(parts)
        for parts in zip(
            _turns(single, 0, 0), _turns(falling, 0, 0), _turns(falling, 1, 1), _turns(rising, 0, 1),
            _turns(rising, 1, 0), strict=True,
        )
    )  # fmt: skip
    beside = _mates(np.lexsort((in_row, x, y)))
    above = _mates(np.lexsort((in_column, y, x)))

    corners = np.stack([x, y], axis=1)
    left = np.ones(x.size, dtype=bool)
    for start in range(x.size):
        if left[start]:
            path = _walk(start, beside, above)
            left[path] = False
            yield corners[path]


def _turns(where: npt.NDArray[np.bool_], in_row: int, in_column: int) -> tuple[Ring, Ring, Ring, Ring]:
    y, x = np.nonzero(where)
    return y, x, np.full(x.size, in_row), np.full(x.size, in_column)


def _mates(order: npt.NDArray[np.int64]) -> list[int]:
    """The other end of each turn's side, given the turns in the order of their grid lines."""
    mates = np.empty_like(order)
    mates[order[0::2]], mates[order[1::2]] = order[1::2], order[0::2]
    found: list[int] = mates.tolist()
    return found


def _walk(start: int, beside: list[int], above: list[int]) -> list[int]:
    """The turns of the outline through `start`, in order."""
    path = []
    turn = start
    while True:
        path += [turn, beside[turn]]
        turn = above[beside[turn]]
        if turn == start:
            return path
