"""Pictures through a lens, put together from straight ones."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.frame.lens import Lens
from engine.frame.projection import Projection
from engine.frame.spec import CameraSpec
from engine.frame.straight_views import straight_views, through_lens
from tests.factory import make_spec

CAMERA = msgspec.structs.replace(
    make_spec(3).camera, focal_length_mm=20.0, principal_point=(0.05, -0.03), pixel_aspect=1.1
)


def world(camera: CameraSpec) -> np.ndarray:
    """(H, W, 3) What a camera sees of a smooth world in which every direction has a colour of its own."""
    rays = Projection.of(camera).pixel_rays(camera.width, camera.height) @ np.array(camera.T_world_camera)[:3, :3].T
    unit = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    picture: np.ndarray = (np.nan_to_num(unit) * 0.5 + 0.5).astype(np.float32)
    picture[np.isnan(rays[..., 0])] = 0
    return picture


@pytest.mark.parametrize(
    ("lens", "focal_length", "views"),
    [
        (Lens("brown_conrady", (-0.2, 0.05, 0.01, -0.01, 0.0)), 20.0, 1),
        (Lens("fisheye", (0.0, 0.0, 0.0, 0.0)), 12.0, 5),
        (Lens("fisheye", (0.02, 0.0, 0.0, 0.0)), 5.0, 5),
    ],
)
def test_straight_pictures_make_the_bent_one(lens: Lens, focal_length: float, views: int) -> None:
    camera = msgspec.structs.replace(CAMERA, lens=lens, focal_length_mm=focal_length)
    straight = straight_views(camera)
    assert len(straight) == views
    assert all(view.lens is None for view in straight)
    found = through_lens(camera, straight, [world(view) for view in straight])
    np.testing.assert_allclose(found, world(camera), atol=2e-3)


def test_no_straight_picture_is_huge() -> None:
    camera = msgspec.structs.replace(CAMERA, lens=Lens("fisheye", (0.0,) * 4), focal_length_mm=400.0, width=8000)
    assert max(max(view.width, view.height) for view in straight_views(camera)) <= 2048
