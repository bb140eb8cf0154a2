"""From points to pixels and back, through K and the lens: the one place where a camera's projection is computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.frame.lens import Lens, distort, undistort
from engine.frame.spec import CameraSpec, intrinsics

type FloatArray = npt.NDArray[np.float64]

NEAREST = 1e-6
"""Metres before the camera within which nothing is projected."""

_PIECES = 32
"""Straight pieces that stand for a line of the scene where a lens bends it."""


@dataclass(frozen=True, slots=True)
class Projection:
    """How a camera sees its own frame (OpenCV: x right, y down, z forward, metres). Pixel centres at whole numbers."""

    K: FloatArray
    """(3, 3) pixels"""
    lens: Lens | None = None

    @classmethod
    def of(cls, camera: CameraSpec) -> Projection:
        """That of a frame's camera."""
        return cls(intrinsics(camera), camera.lens)

    def project(self, points: FloatArray) -> FloatArray:
        """Image coordinates (N, 2) of points (N, 3); NaN for those that are not before the camera or outside of the
        lens's field."""
        before = points[:, 2] > 0
        flat = points[:, :2] / np.where(before, points[:, 2], np.nan)[:, None]
        if self.lens is not None:
            flat = distort(self.lens, flat)
        return flat * self.K[[0, 1], [0, 1]] + self.K[:2, 2]

    def rays(self, u: FloatArray, v: FloatArray) -> FloatArray:
        """The rays (..., 3) through image coordinates of shape (...) each, with z = 1, so that a distance along one is
        the depth; NaN where the lens lets nothing through."""
        K = self.K  # noqa: N806 - the matrix' name
        x, y = (u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1]
        if self.lens is not None:
            straight = undistort(self.lens, np.stack([x, y], axis=-1))
            x, y = straight[..., 0], straight[..., 1]
        return np.stack([x, y, np.where(np.isnan(x), np.nan, 1.0)], axis=-1)

    def pixel_rays(self, width: int, height: int) -> FloatArray:
        """`rays` through the centres of a picture's pixels: (H, W, 3)."""
        v, u = np.mgrid[0:height, 0:width].astype(np.float64)
        return self.rays(u, v)

    def extremes(self, points: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Least and greatest image coordinates, (2,) each, of the convex body with corners among `points` (N, 3).

        None where not all of it is before the camera and in the lens's field: then it has no outline.
        """
        if points[:, 2].min() <= NEAREST:
            return None
        flat = points[:, :2] / points[:, 2:]
        if self.lens is not None:
            # The lens is one-to-one, so the outline's image is the image's outline; but its straight sides bend.
            flat = distort(self.lens, _closely(flat[_around(flat)]))
            if np.isnan(flat).any():
                return None
        outline = flat * self.K[[0, 1], [0, 1]] + self.K[:2, 2]
        return outline.min(axis=0), outline.max(axis=0)

    def line(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """Image coordinates (N, 2) of points along the straight line between two points (3,): its ends, and where a
        lens bends it so many between that straight pieces follow it. NaN as for `project`."""
        share = np.linspace(0, 1, 2 if self.lens is None else _PIECES + 1)[:, None]
        return self.project(start * (1 - share) + end * share)


def _closely(corners: FloatArray) -> FloatArray:
    """Points (N * 32, 2) along the closed line from corner to corner (N, 2)."""
    share = (np.arange(_PIECES) / _PIECES)[:, None]
    ends = np.roll(corners, -1, axis=0)
    return (corners[:, None] * (1 - share) + ends[:, None] * share).reshape(-1, 2)


def _around(points: FloatArray) -> npt.NDArray[np.intp]:
    """Which points (N, 2) are the corners of their convex hull, in order about it (Andrew's monotone chain)."""
    order = np.lexsort((points[:, 1], points[:, 0])).tolist()
    places = points.tolist()
    chains = []
    for sequence in (order, order[::-1]):
        chain: list[int] = []
        for number in sequence:
            while len(chain) > 1 and _turn(places[chain[-2]], places[chain[-1]], places[number]) <= 0:
                chain.pop()
            chain.append(number)
        chains += chain[:-1]
    return np.array(chains or order[:1], np.intp)


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    """Above 0 where the way from a by b to c turns from x towards y."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
