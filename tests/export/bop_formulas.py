"""What bop_toolkit computes of a scene, in our own words: https://github.com/thodan/bop_toolkit.

`scene_gt_info` as scripts/calc_gt_info.py makes it, visibility as bop_toolkit_lib/visibility.py (mode bop19), distances
and boxes as bop_toolkit_lib/misc.py. Where the toolkit renders a model with OpenGL, rays are cast through the pixels'
centres here, with trimesh's loader and embree.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import trimesh
from PIL import Image

from engine.annotate.visibility import Body

DELTA = 15.0
"""Tolerance of the visibility test, millimetres."""

type Floats = npt.NDArray[np.float64]


def load_json(path: Path) -> dict[int, Any]:
    """A scene's file, by image id."""
    return {int(image): value for image, value in json.loads(path.read_text()).items()}


def load_models(root: Path) -> dict[int, tuple[trimesh.Trimesh, Body]]:
    """The models by obj_id, in millimetres."""
    found = {}
    for path in sorted((root / "models").glob("obj_*.ply")):
        mesh = trimesh.load(path, process=False)
        points = np.asarray(mesh.vertices)
        found[int(path.stem.removeprefix("obj_"))] = (
            mesh, Body(points.astype(np.float32), np.asarray(mesh.faces, np.int32), points)
        )  # fmt: skip
    return found


def load_depth(path: Path, scale: float) -> Floats:
    """Millimetres; 0 where nothing was measured."""
    with Image.open(path) as picture:
        return np.array(picture).astype(np.float64) * scale


def render_depth(body: Body, pose: dict[str, Any], K: Floats, size: tuple[int, int], offset: tuple[int, int]) -> Floats:  # noqa: N803
    """Depth of a model in its pose, on a canvas of `size` whose pixel `offset` is the picture's first; 0 elsewhere."""
    width, height = size
    u, v = np.meshgrid(np.arange(width) - offset[0], np.arange(height) - offset[1])
    rays = np.stack([(u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1], np.ones_like(u, float)], axis=-1).reshape(-1, 3)
    R, t = np.array(pose["cam_R_m2c"]).reshape(3, 3), np.array(pose["cam_t_m2c"])  # noqa: N806
    depth = body.hit_distances(-R.T @ t, rays @ R)
    return np.where(np.isfinite(depth), depth, 0).reshape(height, width)


def distances(depth: Floats, K: Floats) -> Floats:  # noqa: N803
    """Distance along the ray, of depth along the z axis (`depth_im_to_dist_im_fast`)."""
    v, u = np.mgrid[: depth.shape[0], : depth.shape[1]]
    x, y = (u - K[0, 2]) * depth / K[0, 0], (v - K[1, 2]) * depth / K[1, 1]
    return np.sqrt(x**2 + y**2 + depth**2)


def visible(scene: Floats, model: Floats) -> npt.NDArray[np.bool_]:
    """`estimate_visib_mask_gt` in mode bop19."""
    seen: npt.NDArray[np.bool_] = ((model - scene <= DELTA) | (scene == 0)) & (model > 0)
    return seen


def box_of(mask: npt.NDArray[np.bool_], offset: tuple[int, int] = (0, 0)) -> list[int]:
    """`calc_2d_bbox`."""
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return [-1, -1, -1, -1]
    x, y = int(columns.min()) - offset[0], int(rows.min()) - offset[1]
    return [x, y, int(np.ptp(columns)), int(np.ptp(rows))]


def gt_info(
    depth: Floats, camera: dict[str, Any], pose: dict[str, Any], body: Body
) -> tuple[dict[str, Any], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """An instance's entry in `scene_gt_info`, its mask and its visible mask, as calc_gt_info.py makes them."""
    K = np.array(camera["cam_K"]).reshape(3, 3)  # noqa: N806
    height, width = depth.shape
    large = render_depth(body, pose, K, (3 * width, 3 * height), (width, height))
    alone = large[height : 2 * height, width : 2 * width]
    scene, model = distances(depth, K), distances(alone, K)
    seen, whole = visible(scene, model), model > 0
    everything = int((large > 0).sum())
    info = {
        "px_count_all": everything,
        "px_count_valid": int((scene[whole] > 0).sum()),
        "px_count_visib": int(seen.sum()),
        "visib_fract": seen.sum() / everything if everything else 0.0,
        "bbox_obj": box_of(large > 0, (width, height)) if seen.any() else [-1, -1, -1, -1],
        "bbox_visib": box_of(seen),
    }
    return info, whole, seen
