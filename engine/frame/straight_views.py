"""A picture through a lens from pictures without one, for renderers that know straight lines only.

One straight picture serves for an ordinary lens, up to five at right angles for a wide one. It is resampled, so this
is for looking at; masks and depths come from rays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from engine.frame.geometry import as_matrix4
from engine.frame.projection import Projection
from engine.frame.spec import CameraSpec, intrinsics

type FloatArray = npt.NDArray[np.float64]
type Picture = npt.NDArray[np.float32]

_WIDEST = math.tan(math.radians(60))
"""Off the axis, in the plane at z = 1, to which one straight picture serves."""

_MOST_PIXELS = 2048
"""Along a side of a straight picture."""

_TURNS: tuple[FloatArray, ...] = tuple(
    np.array(axes, np.float64).T
    for axes in (
        ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
        ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),
        ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
        ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    )
)
"""Ahead, right, left, down, up: the axes x, y, z of a view as columns in the camera's frame."""


def straight_views(camera: CameraSpec) -> list[CameraSpec]:
    """Cameras without a lens that together see all that `camera` sees through its own, from the same place."""
    rays = Projection.of(camera).pixel_rays(camera.width, camera.height)
    low, high = np.nanmin(rays[..., :2], axis=(0, 1)), np.nanmax(rays[..., :2], axis=(0, 1))
    if max(-low.min(), high.max()) <= _WIDEST:
        return [_view(camera, _TURNS[0], low, high)]
    return [_view(camera, turn, -np.ones(2), np.ones(2)) for turn in _TURNS if _within(rays @ turn).any()]


def through_lens(camera: CameraSpec, views: Sequence[CameraSpec], pictures: Sequence[Picture]) -> Picture:
    """The picture (H, W, C) that `camera` sees, from those (h, w, C) of its `straight_views`; 0 where it is blind."""
    rays = Projection.of(camera).pixel_rays(camera.width, camera.height)
    seen = np.zeros((camera.height, camera.width, pictures[0].shape[2]), np.float32)
    missing = ~np.isnan(rays[..., 0])
    T = np.array(camera.T_world_camera)[:3, :3]  # noqa: N806 - a rotation
    for view, picture in zip(views, pictures, strict=True):
        local = rays @ (T.T @ np.array(view.T_world_camera)[:3, :3])
        here = missing & (_within(local) if len(views) > 1 else True)
        places = Projection.of(view).project(local[here])
        seen[here] = _sampled(picture, places)
        missing &= ~here
    return seen


def _view(camera: CameraSpec, turn: FloatArray, low: FloatArray, high: FloatArray) -> CameraSpec:
    """A camera that sees from `low` to `high` (x, y in its plane at z = 1) and one pixel more all round."""
    K = intrinsics(camera)  # noqa: N806 - its name everywhere
    focal = min(float(max(K[0, 0], K[1, 1])), (_MOST_PIXELS - 5) / float((high - low).max()))
    width, height = (math.ceil(length * focal) + 4 for length in (high - low).tolist())
    cx, cy = (-low * focal + 1.5).tolist()
    pose = np.array(camera.T_world_camera)
    pose[:3, :3] = pose[:3, :3] @ turn
    return msgspec.structs.replace(
        camera,
        width=width,
        height=height,
        # So that the aperture of a given number stays as large as it is.
        focal_length_mm=camera.focal_length_mm,
        sensor_width_mm=camera.focal_length_mm * width / focal,
        pixel_aspect=1.0,
        principal_point=((cx - (width - 1) / 2) / width, (cy - (height - 1) / 2) / height),
        lens=None,
        T_world_camera=as_matrix4(pose),
    )


def _within(rays: FloatArray) -> npt.NDArray[np.bool_]:
    """Which rays (..., 3) lie in the quarter pyramid about +z."""
    inside: npt.NDArray[np.bool_] = np.abs(rays[..., :2]).max(axis=-1) <= rays[..., 2] * (1 + 1e-12)
    return inside


def _sampled(picture: Picture, places: FloatArray) -> Picture:
    """Colours (N, C) of a picture (H, W, C) at image coordinates (N, 2), linear between pixels' centres."""
    height, width = picture.shape[:2]
    places = places.clip(0, [width - 1.001, height - 1.001])
    corners = np.floor(places)
    left, top = corners.astype(np.intp).T
    right, below = (places - corners).astype(np.float32).T[..., None]
    upper = picture[top, left] * (1 - right) + picture[top, left + 1] * right
    lower = picture[top + 1, left] * (1 - right) + picture[top + 1, left + 1] * right
    mixed: Picture = upper * (1 - below) + lower * below
    return mixed
