"""Facts of an HDRI against skies whose light is known, and the chrome ball against reflections worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.library.panorama import brightness, chrome_ball, find_sun, look_up, shrink, solid_angles

HEIGHT, WIDTH = 128, 256


def sky(value: float = 1.0) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), value, np.float32)


def pixel_of(azimuth: float, elevation: float) -> tuple[int, int]:
    """(row, column) of the pixel that a direction in degrees lies in."""
    return int((90 - elevation) / 180 * HEIGHT), int((180 - azimuth) % 360 / 360 * WIDTH)


def direction(azimuth: float, elevation: float) -> np.ndarray:
    around, up = np.radians(azimuth), np.radians(elevation)
    return np.array([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])


def test_solid_angles_make_one_sphere() -> None:
    assert (solid_angles(HEIGHT, WIDTH) * WIDTH).sum() == pytest.approx(1.0)


def test_an_even_sky_has_no_range_and_no_sun() -> None:
    light = brightness(sky(0.5))
    assert (light.mean, light.peak, light.range_ev, light.middle) == pytest.approx((0.5, 0.5, 0.0, 0.5), abs=1e-6)
    assert find_sun(sky(0.5)) is None


def test_the_range_is_told_in_powers_of_two() -> None:
    pixels = sky(1.0)
    pixels[HEIGHT // 2 :] = 0.25
    pixels[pixel_of(0, 45)] = 64.0
    assert brightness(pixels).range_ev == pytest.approx(8.0, abs=1e-5)


def test_a_few_black_pixels_do_not_stretch_the_range() -> None:
    pixels = sky(1.0)
    pixels[0, :50] = 0.0
    assert brightness(pixels).range_ev == pytest.approx(0.0, abs=1e-6)


def test_a_black_picture_has_no_light() -> None:
    assert brightness(sky(0.0)).peak == 0
    assert find_sun(sky(0.0)) is None


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 30), (90, 10), (-120, 60), (179, 45), (-36, 80)])
def test_the_sun_is_found_where_it_is(azimuth: float, elevation: float) -> None:
    pixels = sky(1.0)
    pixels[pixel_of(azimuth, elevation)] = 20_000.0
    sun = find_sun(pixels)
    assert sun is not None
    found = direction(sun.azimuth, sun.elevation)
    assert np.degrees(np.arccos(found @ direction(azimuth, elevation))) < 180 / HEIGHT
    share = 20_000 * solid_angles(HEIGHT, WIDTH)[pixel_of(azimuth, elevation)[0], 0]
    assert sun.share == pytest.approx((share + 0.0019) / (share + 1), rel=0.05)


def test_a_bright_cloud_is_no_sun() -> None:
    pixels = sky(1.0)
    pixels[20:50, 40:120] = 20.0
    assert find_sun(pixels) is None


def test_looking_up_a_pixels_centre_gives_the_pixel() -> None:
    pixels = np.linspace(0, 1, HEIGHT * WIDTH * 3, dtype=np.float32).reshape(HEIGHT, WIDTH, 3)
    for row, column in [(10, 0), (64, 128), (100, 255)]:
        ray = direction(180 - (column + 0.5) / WIDTH * 360, 90 - (row + 0.5) / HEIGHT * 180)
        assert look_up(pixels, ray) == pytest.approx(pixels[row, column], abs=1e-5)


def test_the_ball_shows_what_a_mirror_would() -> None:
    """The camera looks along +x: the middle of the ball shows -x, its top what is above at 45 degrees of normal."""
    pixels = sky(0.0)
    pixels[pixel_of(179.5, 0)[0] - 8 : pixel_of(179.5, 0)[0] + 8, :8] = (1, 0, 0)
    pixels[pixel_of(179.5, 0)[0] - 8 : pixel_of(179.5, 0)[0] + 8, -8:] = (1, 0, 0)
    pixels[:12] = (0, 1, 0)
    left = pixel_of(90, 0)
    pixels[left[0] - 8 : left[0] + 8, left[1] - 8 : left[1] + 8] = (0, 0, 1)
    side = 101
    ball, covered = chrome_ball(pixels, side)
    assert ball.shape == (side, side, 3)
    assert covered.shape == (side, side, 1)
    middle, off = side // 2, round(side / 2 * np.sin(np.radians(45)))
    assert ball[middle, middle] == pytest.approx((1, 0, 0), abs=1e-3)
    assert ball[middle - off, middle] == pytest.approx((0, 1, 0), abs=1e-3)
    # The camera's right is -y: what stands at +y is mirrored on the left of the ball.
    assert ball[middle, middle - off] == pytest.approx((0, 0, 1), abs=1e-3)
    assert covered[middle, middle, 0] == 1
    assert covered[0, 0, 0] == 0
    assert covered.mean() == pytest.approx(np.pi / 4, abs=0.005)


def test_shrinking_keeps_the_light() -> None:
    pixels = np.abs(np.sin(np.arange(HEIGHT * WIDTH * 3, dtype=np.float32))).reshape(HEIGHT, WIDTH, 3)
    pixels[40, 70] = 5000
    small = shrink(pixels, 96)
    assert small.shape == (48, 96, 3)
    assert small.mean() == pytest.approx(pixels.mean(), rel=1e-4)
    assert shrink(pixels, 1000) is pixels
