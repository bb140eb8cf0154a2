"""What would be seen of each instance if nothing stood before it: by rays through its mesh, where others hide it.

A pixel belongs to an instance's amodal mask where the instance is seen, and where the ray through the pixel's centre
meets its mesh behind the surface that is seen there. So the visible mask is always part of the amodal one, and they are
equal where nothing hides the instance: neither the rounding of rays along its edges nor holes that its material cuts
out can take anything from its visibility. Pixels are those of `engine.annotate.passes`, continued beyond the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.annotate.masks import BinaryMask, encode_part
from engine.annotate.passes import BACKGROUND_ID, Passes
from engine.annotate.visibility import Body, PlacedBody
from engine.frame.projection import NEAREST, Projection
from engine.frame.spec import CameraSpec, FloatArray, FrameSpec, rigid_inverse

MOST_RAYS_A_SIDE = 128
"""Beyond the picture, an outline of more pixels than that in one direction is sampled by so many rays."""

_BEHIND = 1e-4
"""Share of a depth by which a surface must lie farther away to count as hidden: more than float32 and rays lose."""

type Box = tuple[int, int, int, int]
"""x, y, width, height: whole pixels, in the grid that continues the picture's."""


@dataclass(frozen=True, slots=True)
class AmodalView:
    """One instance without what hides it."""

    mask: BinaryMask | None
    """Inside the picture; None where nothing of it would be seen."""
    bbox: Box | None
    """Of the whole outline, also beyond the picture. None where it has none: see `truncation`."""
    visibility: float
    """Visible pixels as a share of `mask`, 0 to 1; 0 where nothing of it lies in the picture."""
    truncation: float | None
    """Share of the outline that lies beyond the picture, 0 to 1; 1 behind the camera as well. None for what reaches
    from before the camera to behind it or out of its lens's field, where its outline has no end, and for what covers
    no pixel's centre."""
    occluders: tuple[int, ...]
    """Ids of the instances that are seen in its place, ascending. What the ground hides has no id."""


def amodal_views(
    passes: Passes, spec: FrameSpec, bodies: Sequence[Body], seen: Mapping[int, BinaryMask]
) -> dict[int, AmodalView]:
    """The amodal view of every instance of the spec, by its id.

    `bodies` are the meshes of the recipe's objects, in their order; `seen` the visible masks by id.
    """
    camera = _Camera(spec.camera)
    views = {}
    for instance in spec.objects:
        placed = PlacedBody.of(instance, bodies)
        number = instance.instance_id
        views[number] = _view(passes, camera, placed, number, seen.get(number))
    return views


def _view(passes: Passes, camera: _Camera, placed: PlacedBody, number: int, visible: BinaryMask | None) -> AmodalView:
    points = placed.camera_points(camera.T_camera_world)
    if points[:, 2].max() <= NEAREST:
        return AmodalView(None, None, 0.0, 1.0, ())
    extent = camera.extent(points)
    mask, occluders = _inside(passes, camera, placed, number, visible, extent, float(points[:, 2].max()))
    visibility = visible.area / mask.area if visible and mask else 0.0
    if extent is None:
        return AmodalView(mask, None, visibility, None, occluders)
    beyond = _pixels_beyond(camera, placed, extent)
    if not beyond:
        return AmodalView(mask, mask.bbox if mask else None, visibility, 0.0 if mask else None, occluders)
    truncation = beyond / (beyond + (mask.area if mask else 0))
    return AmodalView(mask, _union(extent, mask.bbox) if mask else extent, visibility, truncation, occluders)


def _inside(
    passes: Passes,
    camera: _Camera,
    placed: PlacedBody,
    number: int,
    visible: BinaryMask | None,
    extent: Box | None,
    farthest: float,
) -> tuple[BinaryMask | None, tuple[int, ...]]:
    """The amodal mask in the picture, and who hides parts of it. Rays go only where something nearer is seen."""
    # A displaced surface may be seen outside of its mesh's extent.
    left, top, right, bottom = camera.part(_union(extent, visible.bbox) if extent and visible else extent)
    window = (slice(top, bottom), slice(left, right))
    ids, depth = passes.instance_id[window], passes.depth[window]
    covered: npt.NDArray[np.bool_] = ids == number
    rows, columns = np.nonzero(~covered & (depth < farthest))
    met = camera.depths(placed, (columns + left).astype(np.float64), (rows + top).astype(np.float64))
    hidden = np.isfinite(met) & (met > depth[rows, columns] * (1 + _BEHIND))
    if not hidden.any():
        return visible, ()
    rows, columns = rows[hidden], columns[hidden]
    covered[rows, columns] = True
    occluders = tuple(int(other) for other in np.unique(ids[rows, columns]) if other != BACKGROUND_ID)
    return encode_part(covered, (left, top), passes.instance_id.shape), occluders


def _pixels_beyond(camera: _Camera, placed: PlacedBody, extent: Box) -> float:
    """Pixels of the outline that lie beyond the picture; a number from samples where its box is large."""
    left, top, right, bottom = camera.part(extent)
    x, y, w, h = extent
    if (left, top, right, bottom) == (x, y, x + w, y + h):
        return 0.0
    if left == right or top == bottom:  # none of it is in the picture: any number above 0 says the same
        return float(w * h)
    u, v = np.meshgrid(_centres(x, w), _centres(y, h))
    outside = ~camera.shows(u, v)
    hits = np.isfinite(camera.depths(placed, u[outside], v[outside])).sum()
    return float(hits) * w * h / u.size


def _centres(start: int, length: int) -> FloatArray:
    """The centres of so many pixels, or of as many equal stretches as are sampled."""
    count = min(length, MOST_RAYS_A_SIDE)
    return np.array(start - 0.5 + (np.arange(count) + 0.5) * (length / max(count, 1)), np.float64)


def _union(a: Box, b: Box) -> Box:
    x, y = min(a[0], b[0]), min(a[1], b[1])
    return x, y, max(a[0] + a[2], b[0] + b[2]) - x, max(a[1] + a[3], b[1] + b[3]) - y


class _Camera:
    """Where things are in a camera's picture, and the rays through it."""

    def __init__(self, spec: CameraSpec) -> None:
        self._size = spec.width, spec.height
        self._projection = Projection.of(spec)
        self._T_world_camera = np.array(spec.T_world_camera)
        self.T_camera_world = rigid_inverse(self._T_world_camera)

    def extent(self, points: FloatArray) -> Box | None:
        """The pixels whose centres lie between the extremes of points (N, 3) of the camera frame; None where these are
        not all in front of the camera and in its lens's field."""
        extremes = self._projection.extremes(points)
        if extremes is None:
            return None
        low, high = np.ceil(extremes[0]), np.floor(extremes[1])
        width, height = np.maximum(high - low + 1, 0)
        return int(low[0]), int(low[1]), int(width), int(height)

    def part(self, box: Box | None) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the part of a box that is in the picture; of None, of the whole picture."""
        width, height = self._size
        if box is None:
            return 0, 0, width, height
        left, top = min(max(box[0], 0), width), min(max(box[1], 0), height)
        return left, top, max(min(box[0] + box[2], width), left), max(min(box[1] + box[3], height), top)

    def shows(self, u: FloatArray, v: FloatArray) -> npt.NDArray[np.bool_]:
        """Which image coordinates lie in the picture."""
        width, height = self._size
        inside: npt.NDArray[np.bool_] = (u >= -0.5) & (u < width - 0.5) & (v >= -0.5) & (v < height - 0.5)
        return inside

    def depths(self, placed: PlacedBody, u: FloatArray, v: FloatArray) -> FloatArray:
        """Metres along the camera's z axis at which the rays through image coordinates, (R,) each, first meet a body;
        inf where they miss it."""
        if not u.size:
            return np.zeros(0)
        rays = self._projection.rays(u, v) @ self._T_world_camera[:3, :3].T
        return placed.hit_distances(self._T_world_camera[:3, 3], rays)
