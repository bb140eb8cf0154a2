"""Lenses: OpenCV's formulas, written out here once more, and their inverse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.frame.lens import Lens, distort, field_angle, field_end, undistort
from engine.frame.projection import Projection

BARREL = Lens("brown_conrady", (-0.28, 0.09, 0.001, -0.0015, -0.012))
STRONG = Lens("brown_conrady", (-0.3, 0.02, 0.0, 0.0, 0.0))
CUSHION = Lens("brown_conrady", (0.2, 0.05, 0.002, 0.003, 0.01))
SKEWED = Lens("brown_conrady", (-0.1, 0.0, 0.04, 0.03, 0.0))
FISHEYE = Lens("fisheye", (-0.02, 0.004, -0.001, 0.0002))
TURNING = Lens("fisheye", (0.1, -0.3, 0.05, 0.0))
LENSES = (BARREL, STRONG, CUSHION, SKEWED, FISHEYE, TURNING, Lens("fisheye", (0.0, 0.0, 0.0, 0.0)))


def opencv(lens: Lens, x: float, y: float) -> tuple[float, float]:
    """`cv2.projectPoints` and `cv2.fisheye.projectPoints` of the point (x, y, 1) with the identity as camera matrix."""
    r2 = x**2 + y**2
    if lens.model == "brown_conrady":
        k1, k2, p1, p2, k3 = lens.coefficients
        radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
        return (
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2),
            y * radial + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y,
        )
    k1, k2, k3, k4 = lens.coefficients
    r = math.sqrt(r2)
    theta = math.atan(r)
    theta_d = theta * (1 + k1 * theta**2 + k2 * theta**4 + k3 * theta**6 + k4 * theta**8)
    scale = theta_d / r if r > 0 else 1.0
    return x * scale, y * scale


def points_in(lens: Lens, count: int, share: float = 0.999) -> np.ndarray:
    """Spread over the field, or over 70 degrees about the axis where it is wider."""
    number = np.arange(count)
    angle = min(field_angle(lens), math.radians(70)) * share
    r, turn = math.tan(angle) * np.sqrt((number + 0.5) / count), number * 2.399963  # a sunflower's seeds
    return np.stack([r * np.cos(turn), r * np.sin(turn)], axis=1)


@pytest.mark.parametrize("lens", LENSES)
def test_points_go_where_opencv_puts_them(lens: Lens) -> None:
    points = np.vstack([[0.0, 0.0], points_in(lens, 200)])
    expected = [opencv(lens, x, y) for x, y in points.tolist()]
    np.testing.assert_allclose(distort(lens, points), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("lens", LENSES)
def test_undistorting_finds_the_way_back(lens: Lens) -> None:
    points = np.vstack([[0.0, 0.0], points_in(lens, 2000)])
    np.testing.assert_allclose(undistort(lens, distort(lens, points)), points, atol=1e-11)


@pytest.mark.parametrize("lens", LENSES)
def test_what_the_lens_shows_it_shows_once(lens: Lens) -> None:
    """All over a picture larger than the field's image: a place either has its one origin, or shows nothing."""
    reach = 1.3 * np.abs(distort(lens, points_in(lens, 500))).max()
    grid = np.stack(np.meshgrid(np.linspace(-reach, reach, 61), np.linspace(-reach, reach, 61)), axis=-1)
    found = undistort(lens, grid)
    seen = ~np.isnan(found).any(axis=-1)
    np.testing.assert_allclose(distort(lens, found[seen]), grid[seen], atol=1e-9)
    assert seen[30, 30]
    if field_angle(lens) < math.radians(80):
        assert not seen.all()


def test_beyond_the_field_nothing_is_shown_twice() -> None:
    """r (1 - 0.3 r²) is largest at r = 1 / sqrt(0.9); OpenCV would fold what lies beyond back into the picture."""
    lens = Lens("brown_conrady", (-0.3, 0.0, 0.0, 0.0, 0.0))
    assert field_end(lens) == pytest.approx(1 / math.sqrt(0.9))
    assert abs(opencv(lens, 1.6, 0.0)[0]) < opencv(lens, 1.0, 0.0)[0]
    assert np.isnan(distort(lens, np.array([1.6, 0.0]))).all()
    assert np.isnan(undistort(lens, np.array([opencv(lens, 1 / math.sqrt(0.9), 0.0)[0] + 1e-6, 0.0]))).all()


@given(
    st.tuples(*[st.floats(-0.5, 0.5)] * 2, *[st.floats(-0.05, 0.05)] * 2, st.floats(-0.2, 0.2)),
    st.floats(0, 0.99),
    st.floats(0, 6.28),
)
@settings(max_examples=60, deadline=None)
def test_any_brown_conrady_lens_has_an_inverse_in_its_field(
    coefficients: tuple[float, ...], share: float, turn: float
) -> None:
    lens = Lens("brown_conrady", coefficients)
    r = share * min(field_end(lens), 2.0)
    point = np.array([r * math.cos(turn), r * math.sin(turn)])
    np.testing.assert_allclose(undistort(lens, distort(lens, point)), point, atol=1e-6)


@pytest.mark.parametrize("lens", [None, BARREL, FISHEYE])
def test_rays_through_pixels_are_projected_onto_them(lens: Lens | None) -> None:
    projection = Projection(np.array([[50.0, 0, 31.0], [0, 64.0, 20.0], [0, 0, 1]]), lens)
    rays = projection.pixel_rays(64, 48)
    seen = ~np.isnan(rays[..., 0])
    assert seen.mean() > 0.9
    v, u = np.nonzero(seen)
    distances = np.linspace(0.1, 9, len(u))
    np.testing.assert_allclose(projection.project(rays[seen] * distances[:, None]), np.stack([u, v], 1), atol=1e-8)
    assert np.isnan(projection.project(np.array([[0.1, 0.1, -1.0], [0.0, 0.0, 0.0]]))).all()


@pytest.mark.parametrize("lens", [None, BARREL, FISHEYE])
def test_extremes_hold_all_of_a_body_and_no_more(lens: Lens | None) -> None:
    """Against every point of a box's surface, for a box as large as the picture."""
    projection = Projection(np.array([[50.0, 0, 31.5], [0, 50.0, 23.5], [0, 0, 1]]), lens)
    corners = np.array([[x, y, z] for x in (-0.3, 0.4) for y in (-0.25, 0.3) for z in (0.7, 1.1)])
    extremes = projection.extremes(corners)
    assert extremes is not None
    share = np.linspace(0, 1, 60)
    a, b = (grid.ravel() for grid in np.meshgrid(share, share))
    faces = [np.insert(np.stack([a, b], 1), axis, end, axis=1) for axis in range(3) for end in (0.0, 1.0)]
    low, high = corners.min(axis=0), corners.max(axis=0)
    image = projection.project(low + np.vstack(faces) * (high - low))
    np.testing.assert_allclose(extremes, [image.min(axis=0), image.max(axis=0)], atol=0.02)
    if lens is not None:
        at_corners = projection.project(corners)
        assert (at_corners.min(axis=0) > image.min(axis=0) + 0.2).any(), "the box's sides bulge"
    assert projection.extremes(corners - [0, 0, 1]) is None


def test_a_body_that_reaches_out_of_the_field_has_no_extremes() -> None:
    projection = Projection(np.eye(3), STRONG)
    wide = np.array([[-3.0, 0, 1], [3, 0, 1], [0, 0.1, 1]])
    assert projection.extremes(wide) is None
    assert projection.extremes(wide * [0.1, 1, 1]) is not None
