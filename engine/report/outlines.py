"""Annotations as short SVG paths, in COCO's coordinates (pixel (u, v) covers [u, u + 1) x [v, v + 1))."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import Segment
from engine.annotate.masks import decode_mask, mask_box
from engine.annotate.polygons import mask_rings
from engine.annotate.record import Rle

type Points = npt.NDArray[np.int64]


def mask_path(mask: Rle, tolerance: float) -> str:
    """A mask as a path to be filled by the even-odd rule; its corners may be off by `tolerance` pixels.

    Raises ValueError for run lengths that are damaged.
    """
    x, y, w, h = mask_box(mask)
    rings = mask_rings(decode_mask(mask)[y : y + h, x : x + w], (x, y))
    return "".join(_ring_path(simplified(ring, tolerance)) for ring in rings)


def simplified(ring: Points, tolerance: float) -> Points:
    """A closed ring (N, 2) with as few of its corners as stay within `tolerance` of it (Douglas and Peucker).

    One that would have no area left stays as it is.
    """
    far = int(((ring - ring[0]) ** 2).sum(axis=1).argmax())
    closed = np.vstack([ring, ring[:1]])
    kept = np.zeros(len(closed), np.bool_)
    kept[[0, far, -1]] = True
    waiting = [(0, far), (far, len(ring))]
    while waiting:
        start, end = waiting.pop()
        if end - start < 2:
            continue
        distances = _distances(closed[start + 1 : end], closed[start], closed[end])
        worst = int(distances.argmax())
        if distances[worst] > tolerance:
            middle = start + 1 + worst
            kept[middle] = True
            waiting += [(start, middle), (middle, end)]
    few = ring[kept[:-1]]
    return few if len(few) > 2 else ring


def _distances(points: Points, start: Points, end: Points) -> npt.NDArray[np.float64]:
    """(N,) of points (N, 2) from the straight line through two others; from the point where both are one."""
    along, away = (end - start).astype(np.float64), (points - start).astype(np.float64)
    length = float(np.hypot(*along))
    if length == 0:
        return np.hypot(away[:, 0], away[:, 1])
    crossed: npt.NDArray[np.float64] = np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length
    return crossed


def _ring_path(ring: Points) -> str:
    """A closed path of whole numbers: where it begins, then each step."""
    x, y = ring[0].tolist()
    steps = np.diff(ring, axis=0).ravel().tolist()
    return f"M{x} {y}l{_joined(steps)}z"


def _joined(numbers: Sequence[int]) -> str:
    """A minus parts numbers as well as a space does."""
    text = " ".join(map(str, numbers))
    return text.replace(" -", "-")


def segments_path(segments: Iterable[Segment]) -> str:
    """Lines of the scene, whose coordinates have pixel centres at whole numbers."""
    return "".join(
        "M" + "L".join(f"{u + 0.5:.1f} {v + 0.5:.1f}" for u, v in (one.start, *one.via, one.end)) for one in segments
    )
