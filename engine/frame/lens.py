"""Lens distortion by OpenCV's two models, both ways, in numpy.

Points here are in normalised image coordinates: pairs (x, y), x to the right and y down, in the plane at z = 1 of the
camera frame (OpenCV). A pinhole sees the point (X, Y, Z) at (X / Z, Y / Z); a lens moves that to where `distort` says,
and K takes the result to pixels. Coefficients mean what they mean in OpenCV and stand in its order:

- `brown_conrady`: k1, k2, p1, p2, k3, as for `cv2.projectPoints`;
- `fisheye` (Kannala-Brandt): k1, k2, k3, k4, as for `cv2.fisheye.projectPoints`.

Either polynomial turns back somewhere, and would show things twice beyond that place. A lens here has a *field*: the
disc about the axis in which its formula is one-to-one. What is outside of it is not seen, and a picture larger than the
field's image is black around it.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

type FloatArray = npt.NDArray[np.float64]

WIDEST = math.radians(89.9)
"""Radians off the axis at which every field ends, as OpenCV's formulas do."""

_MOST_STEPS = 60
"""Halvings of an interval after which float64 has no more digits to give."""

_MOST_HALVINGS = 12
"""Of one of Newton's steps: no shorter one leads anywhere but along the rim of the field."""

_SETTLED = 1e-14


class Lens(msgspec.Struct, frozen=True):
    """A lens that distorts."""

    model: Literal["brown_conrady", "fisheye"]
    coefficients: tuple[float, ...]
    """k1, k2, p1, p2, k3 (`brown_conrady`) or k1, k2, k3, k4 (`fisheye`)"""

    @property
    def radial(self) -> tuple[float, ...]:
        """k1, k2, ...: the factor on the radius (`fisheye`: on the angle) is 1 + k1 s + k2 s² + ..., s its square."""
        if self.model == "fisheye":
            return self.coefficients
        k1, k2, _, _, k3 = self.coefficients
        return k1, k2, k3

    @property
    def tangential(self) -> tuple[float, float]:
        """p1, p2"""
        return (0.0, 0.0) if self.model == "fisheye" else (self.coefficients[2], self.coefficients[3])


def field_end(lens: Lens) -> float:
    """Where the field ends: a radius about the axis for `brown_conrady`, an angle in radians for `fisheye`.

    Up to there the Jacobian of `distort`, a symmetric matrix, is positive definite: the radial part has the eigenvalues
    g and (r g)', g the factor on the radius, and the tangential part, at most 6 |p| r, cannot make up for them.
    """
    ends = [WIDEST if lens.model == "fisheye" else math.tan(WIDEST)]
    bend = 6 * math.hypot(*lens.tangential)
    for factors in ([1.0] * len(lens.radial), [2.0 * n + 3 for n in range(len(lens.radial))]):
        polynomial = [1.0, -bend]
        for k, factor in zip(lens.radial, factors, strict=True):
            polynomial += [k * factor, 0.0]
        # Lowest power first: so the roots are those of 1 / r, and none can be too large for a number.
        inverse = np.roots(polynomial)
        ends += [1 / float(root.real) for root in inverse if abs(root.imag) < 1e-9 * abs(root) and root.real > 1e-9]
    return min(ends)


def field_angle(lens: Lens) -> float:
    """Where the field ends, radians off the axis."""
    return field_end(lens) if lens.model == "fisheye" else math.atan(field_end(lens))


def distort(lens: Lens, points: FloatArray) -> FloatArray:
    """Where the lens shows what a pinhole would show at `points` (..., 2); NaN outside of the field."""
    r = np.linalg.norm(points, axis=-1)
    travelled = np.arctan(r) if lens.model == "fisheye" else r
    within = np.where(travelled < field_end(lens), travelled, np.nan)
    # On the axis the factor is 1, be it of the radius or of the angle.
    scale = np.divide(_radial(lens, within), r, out=np.ones_like(r), where=r > 0)
    moved: FloatArray = points * scale[..., None] + _tangential(lens, points)
    return moved


def undistort(lens: Lens, points: FloatArray) -> FloatArray:
    """The inverse of `distort`: where a pinhole would show what the lens shows at `points` (..., 2), to about 1e-12.
    NaN where the lens shows nothing."""
    flat = points.reshape(-1, 2)
    found = _undo_radial(lens, flat)
    if any(lens.tangential):
        found = _refine(lens, flat, found)
    return found.reshape(points.shape)


def _radial(lens: Lens, travelled: FloatArray) -> FloatArray:
    """Distorted radii of radii (`fisheye`: of angles)."""
    square = travelled * travelled
    factor = np.zeros_like(travelled)
    for k in reversed(lens.radial):
        factor = (factor + k) * square
    distorted: FloatArray = travelled * (1 + factor)
    return distorted


def _radial_slope(lens: Lens, travelled: FloatArray) -> FloatArray:
    """The derivative of `_radial`."""
    square = travelled * travelled
    factor = np.zeros_like(travelled)
    for number, k in reversed(list(enumerate(lens.radial, start=1))):
        factor = (factor + (2 * number + 1) * k) * square
    slope: FloatArray = 1 + factor
    return slope


def _tangential(lens: Lens, points: FloatArray) -> FloatArray:
    p1, p2 = lens.tangential
    x, y = points[..., 0], points[..., 1]
    square = x * x + y * y
    return np.stack([2 * p1 * x * y + p2 * (square + 2 * x * x), p1 * (square + 2 * y * y) + 2 * p2 * x * y], axis=-1)


def _undo_radial(lens: Lens, points: FloatArray) -> FloatArray:
    """The inverse of the radial part, points (N, 2). In the field it grows, so that an interval about the solution can
    be kept: Newton's method where its step stays inside, else a halving."""
    distance = np.linalg.norm(points, axis=1)
    end = np.array(field_end(lens))
    beyond = distance >= _radial(lens, end)
    target = np.minimum(distance, _radial(lens, end))
    low, high = np.zeros_like(target), np.full_like(target, end)
    found = np.minimum(target, end)
    for _ in range(_MOST_STEPS):
        off = _radial(lens, found) - target
        low, high = np.where(off < 0, found, low), np.where(off > 0, found, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            better = found - off / _radial_slope(lens, found)
        better = np.where((better >= low) & (better <= high), better, (low + high) / 2)
        settled = np.abs(better - found) <= _SETTLED * (1 + found)
        found = better
        if settled.all():
            break
    r = np.tan(found) if lens.model == "fisheye" else found
    if not any(lens.tangential):  # whose share may bring a point back from beyond; `_refine` decides
        r[beyond] = np.nan
    straight: FloatArray = points * np.divide(r, distance, out=np.ones_like(r), where=distance > 0)[:, None]
    return straight


def _refine(lens: Lens, wanted: FloatArray, guess: FloatArray) -> FloatArray:
    """Newton's method from `guess` for the whole of a Brown-Conrady lens, (N, 2) each.

    The Jacobian is positive definite in the field and the field is convex, so short enough steps always lead nearer; a
    step that does not, or that leaves the field, is halved. NaN where no step leads there: nothing is seen there.
    """
    on_rim = np.linalg.norm(guess, axis=1, keepdims=True) >= 0.999 * field_end(lens)
    found = np.where(on_rim, 0.999 * guess, guess)
    off = distort(lens, found) - wanted
    enough = _SETTLED * (1 + np.linalg.norm(wanted, axis=1))
    moving = np.flatnonzero(np.linalg.norm(off, axis=1) > enough)
    for _ in range(_MOST_STEPS):
        if not moving.size:
            break
        step, share = _newton_step(lens, found[moving], off[moving]), np.ones((len(moving), 1))
        for _ in range(_MOST_HALVINGS):
            tried = found[moving] - share * step
            tried_off = distort(lens, tried) - wanted[moving]
            nearer = np.linalg.norm(tried_off, axis=1) < np.linalg.norm(off[moving], axis=1)
            if nearer.all():
                break
            share[~nearer] /= 2
        found[moving[nearer]], off[moving[nearer]] = tried[nearer], tried_off[nearer]
        moving = moving[nearer]
        moving = moving[np.linalg.norm(off[moving], axis=1) > enough[moving]]
    return np.where(np.linalg.norm(off, axis=1, keepdims=True) < 1e-9, found, np.nan)


def _newton_step(lens: Lens, points: FloatArray, off: FloatArray) -> FloatArray:
    """What leads from `points` (N, 2) to where a linear `distort` would have no `off` (N, 2), the other way round."""
    k1, k2, k3 = lens.radial
    p1, p2 = lens.tangential
    x, y = points[:, 0], points[:, 1]
    s = x * x + y * y
    factor = 1 + s * (k1 + s * (k2 + s * k3))
    slope = 2 * (k1 + s * (2 * k2 + s * 3 * k3))
    xx = factor + x * x * slope + 2 * p1 * y + 6 * p2 * x
    yy = factor + y * y * slope + 6 * p1 * y + 2 * p2 * x
    xy = x * y * slope + 2 * p1 * x + 2 * p2 * y
    u, v = off[:, 0], off[:, 1]
    return np.stack([yy * u - xy * v, xx * v - xy * u], axis=1) / (xx * yy - xy * xy)[:, None]
