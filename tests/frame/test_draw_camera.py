"""The view that is drawn: intrinsics however they are given, viewpoints of both kinds, subjects off the centre."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.errors import RenderError
from engine.frame.draw import draw
from engine.frame.geometry import turned_onto
from engine.frame.lens import Lens
from engine.frame.projection import Projection
from engine.frame.spec import FrameSpec, T_camera_model, intrinsics
from engine.recipe.load import recipe_from_plain
from tests.frame.catalogs import box_model, catalog

FISHEYE = {"model": "fisheye", "k1": -0.02, "k2": 0.003}


def drawn(index: int = 0, resolution: tuple[int, int] = (640, 480), **camera: Any) -> FrameSpec:
    recipe = recipe_from_plain({"camera": camera, "render": {"resolution": list(resolution)}}, "t")
    return draw(recipe, catalog(), 0, index)


def centre_in(spec: FrameSpec) -> np.ndarray:
    """(3,) The object's centre in the camera frame."""
    centre: np.ndarray = (T_camera_model(spec.camera, spec.objects[0]) @ [*box_model().centre, 1])[:3]
    return centre


def test_views_of_old_recipes_stay_what_they_were() -> None:
    """Numbers from before there were lenses: they stand in datasets."""
    recipe = recipe_from_plain({"objects": [{"count": {"uniform": [1, 4]}}]}, "test")
    camera = draw(recipe, catalog(), 0, 0).camera
    assert (camera.focal_length_mm, camera.sensor_width_mm) == (67.87929322437152, 36.0)
    # Processors round products of matrices differently in the last digit.
    assert camera.focus_distance == pytest.approx(0.6888854965625382, rel=1e-13)
    pose = camera.T_world_camera
    first = (-0.5419243048714568, -0.6052629915323394, 0.583073544993178, -0.39718585829638386)
    third = (0.09352072889922622, -0.7329034714068591, -0.6738741535820563, 0.5143816770950231)
    assert pose[0] == pytest.approx(first, rel=1e-13)
    assert pose[2] == pytest.approx(third, rel=1e-13)
    assert (camera.pixel_aspect, camera.principal_point, camera.lens) == (1.0, (0.0, 0.0), None)
    K = intrinsics(camera)
    assert K[0, 0] == K[1, 1] == 67.87929322437152 / 36.0 * 640
    assert (K[0, 2], K[1, 2]) == (319.5, 239.5)


def test_k_in_pixels_is_the_k_of_the_frame() -> None:
    spec = drawn(K={"fx": 700, "fy": 650, "cx": 300.25, "cy": 251})
    np.testing.assert_allclose(
        intrinsics(spec.camera), [[700.0, 0.0, 300.25], [0.0, 650.0, 251.0], [0.0, 0.0, 1.0]], rtol=1e-14
    )
    assert "camera.focal_length" not in spec.drawn
    square = intrinsics(drawn(K={"fx": 700}).camera)
    np.testing.assert_allclose(square, [[700.0, 0.0, 319.5], [0.0, 700.0, 239.5], [0.0, 0.0, 1.0]], rtol=1e-14)
    tall = intrinsics(drawn(focal_length=50, K={"fy": 650}).camera)
    np.testing.assert_allclose(np.diag(tall), [50 / 36 * 640, 650.0, 1.0])


@pytest.mark.parametrize("lens", [{}, {"k1": -0.1, "p1": 0.01, "p2": 0.02}, FISHEYE])
def test_a_field_of_view_is_the_angle_across_the_picture(lens: dict[str, Any]) -> None:
    spec = drawn(fov=84, lens=lens)
    half = math.tan(math.radians(42))
    u = Projection.of(spec.camera).project(np.array([[-half, 0, 1], [half, 0, 1]]))[:, 0]
    assert u[1] - u[0] == pytest.approx(640)


def test_a_lens_is_drawn_with_opencvs_coefficients_in_its_order() -> None:
    brown = drawn(lens={"k1": -0.2, "k2": 0.05, "k3": 0.01, "k4": 9, "p1": 0.001, "p2": 0.002})
    assert brown.camera.lens == Lens("brown_conrady", (-0.2, 0.05, 0.001, 0.002, 0.01))
    assert drawn(lens=FISHEYE).camera.lens == Lens("fisheye", (-0.02, 0.003, 0.0, 0.0))
    assert drawn(lens={"k1": {"choice": [0, 0]}}).camera.lens is None
    varied = {drawn(i, lens={"k1": {"uniform": [-0.2, 0.1]}}).camera.lens for i in range(8)}
    assert len(varied) == 8


@pytest.mark.parametrize("camera", [{"lens": {"k1": -0.15}}, {"lens": FISHEYE, "fov": 120}, {"K": {"fy": 1500}}])
def test_fill_is_the_share_of_the_shorter_side_through_any_lens(camera: dict[str, Any]) -> None:
    spec = drawn(fill=0.6, look_at_jitter=0, **camera)
    cone = math.tan(math.asin(box_model().radius / np.linalg.norm(centre_in(spec))))
    rim = np.array([[math.cos(turn) * cone, math.sin(turn) * cone, 1] for turn in np.linspace(0, 6.3, 200)])
    image = Projection.of(spec.camera).project(rim)
    assert (np.ptp(image, axis=0) / [640, 480]).max() == pytest.approx(0.6, rel=1e-3)


@pytest.mark.parametrize("lens", [{}, {"k1": -0.15, "p1": 0.01}, FISHEYE])
@pytest.mark.parametrize("matrix", [{}, {"cx": 250, "cy": 270, "fy": 800}])
def test_a_shift_puts_the_object_off_the_pictures_centre(lens: dict[str, Any], matrix: dict[str, Any]) -> None:
    spec = drawn(shift_x=0.4, shift_y=-0.3, look_at_jitter=0, roll=0, lens=lens, K=matrix)
    (place,) = Projection.of(spec.camera).project(centre_in(spec)[None])
    np.testing.assert_allclose(place, [319.5 + 0.4 * 640, 239.5 - 0.3 * 480], atol=1e-6)
    same = drawn(look_at_jitter=0, roll=0, lens=lens, K=matrix)
    here, there = (np.array(item.camera.T_world_camera)[:3, 3] for item in (spec, same))
    np.testing.assert_array_equal(here, there)


def test_an_object_stays_in_the_middle_where_the_principal_point_is_not() -> None:
    spec = drawn(look_at_jitter=0, K={"cx": 200})
    (place,) = Projection.of(spec.camera).project(centre_in(spec)[None])
    np.testing.assert_allclose(place, [319.5, 239.5], atol=1e-6)


def test_shifts_reach_over_the_border() -> None:
    views = [drawn(i, shift_x={"uniform": [-0.55, 0.55]}) for i in range(60)]
    places = [Projection.of(spec.camera).project(centre_in(spec)[None])[0, 0] for spec in views]
    assert min(places) < 30
    assert max(places) > 610


def test_a_box_of_viewpoints_is_in_metres_about_the_stand() -> None:
    box = {"x": {"uniform": [-2, 2]}, "y": {"uniform": [1, 3]}, "z": {"uniform": [0.3, 0.5]}}
    specs = [drawn(i, viewpoint="box", box=box, look_at_jitter=0) for i in range(200)]
    eyes = np.array([spec.camera.T_world_camera for spec in specs])[:, :3, 3]
    low, high = np.array([-2, 1, 0.3]), np.array([2, 3, 0.5])
    assert (eyes >= low).all()
    assert (eyes <= high).all()
    assert (np.ptp(eyes, axis=0) > 0.95 * (high - low)).all()
    assert not {"camera.fill", "camera.azimuth"} & specs[0].drawn.keys()
    for spec in specs[:20]:
        assert centre_in(spec)[:2] == pytest.approx([0, 0], abs=1e-9)


def test_turning_onto_a_ray_is_the_smallest_rotation() -> None:
    ray = np.array([0.3, -0.4, 1.0])
    turn = turned_onto(ray)
    np.testing.assert_allclose(turn @ [0, 0, 1], ray / np.linalg.norm(ray))
    assert np.trace(turn) == pytest.approx(1 + 2 * math.cos(math.atan(0.5)))
    np.testing.assert_array_equal(turned_onto(np.array([0.0, 0.0, 2.0])), np.eye(3))


def test_what_a_lens_cannot_see_is_reported() -> None:
    with pytest.raises(RenderError, match=r"camera\.fov: .* sees 93° at most, not 120°"):
        drawn(fov=120, lens={"k1": -0.3})
    with pytest.raises(RenderError, match=r"camera\.shift_x, camera\.shift_y: the lens shows nothing 1 and 0 off"):
        drawn(shift_x=1, focal_length=20, lens={"k1": -0.3})
