"""The mug's keypoints, points of its mesh that people would name; and its parts."""

from __future__ import annotations

import functools

import numpy as np

from engine.blender.cup import DEFAULT_SHAPE, Region, cup_quads
from engine.blender.parts import CUP_PARTS
from engine.frame.landmarks import Landmarks

_RIM = {
    "rim_handle": (1.0, 0.0),
    "rim_left": (0.0, 1.0),
    "rim_far": (-1.0, 0.0),
    "rim_right": (0.0, -1.0),
}
"""Which way from the axis: towards the handle, away from it, and to the left and right of who looks along +x."""

_SKELETON = (
    ("rim_handle", "rim_left"),
    ("rim_left", "rim_far"),
    ("rim_far", "rim_right"),
    ("rim_right", "rim_handle"),
    ("rim_handle", "handle_top"),
    ("handle_top", "handle_middle"),
    ("handle_middle", "handle_bottom"),
    ("handle_bottom", "base_handle"),
    ("base_handle", "base_far"),
    ("base_far", "rim_far"),
)


@functools.cache
def cup_landmarks() -> Landmarks:
    """The keypoints and parts of the mug of the usual shape. Each is a vertex, so that it lies on the surface.

    `rim_*` are on the crest of the rim; `handle_top`, `handle_middle` and `handle_bottom` are the highest, outermost
    and lowest point of the handle's plane; `base_handle` and `base_far` are on the edge that it stands on, towards the
    handle and away from it; `base_centre` is in the middle of the underside, `floor_centre` in that of the inside.
    """
    quads = cup_quads(DEFAULT_SHAPE)
    points = quads.vertices + 0.0  # no -0.0

    def farthest(direction: tuple[float, float, float], among: np.ndarray) -> tuple[float, float, float]:
        x, y, z = points[among[np.argmax(points[among] @ direction)]].tolist()
        return x, y, z

    def of(region: Region) -> np.ndarray:
        return np.unique(quads.faces[quads.region == region])

    crest = np.flatnonzero(points[:, 2] > points[:, 2].max() - 1e-6)
    foot = np.flatnonzero(points[:, 2] < points[:, 2].min() + 1e-6)
    handle = of(Region.HANDLE)
    handle = handle[np.abs(points[handle, 1]) < 1e-6]
    outer = handle[points[handle, 0] > DEFAULT_SHAPE.radius + DEFAULT_SHAPE.handle_reach / 3]
    found = {name: farthest((x, y, 0.0), crest) for name, (x, y) in _RIM.items()}
    found |= {
        "handle_top": farthest((0.0, 0.0, 1.0), outer),
        "handle_middle": farthest((1.0, 0.0, 0.0), outer),
        "handle_bottom": farthest((0.0, 0.0, -1.0), outer),
        "base_handle": farthest((1.0, 0.0, 0.0), foot),
        "base_far": farthest((-1.0, 0.0, 0.0), foot),
    }
    for name, region in (("base_centre", Region.BASE), ("floor_centre", Region.FLOOR)):
        inner = of(region)
        x, y, z = points[inner[np.argmin(np.hypot(points[inner, 0], points[inner, 1]))]].tolist()
        found[name] = (x, y, z)
    return Landmarks(tuple(found.items()), _SKELETON, CUP_PARTS)
