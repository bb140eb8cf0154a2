"""Each effect does what its name says, by its own measure."""

from __future__ import annotations

import numpy as np
import pytest

from engine.frame.blackbody import light_color
from engine.sensor.balance import gains
from engine.sensor.file import compress, sharpen
from engine.sensor.filters import Picture, disc, gaussian
from engine.sensor.lens import disperse, vignette
from engine.sensor.mosaic import demosaic, mosaic


def point(height: int = 61, width: int = 81) -> Picture:
    picture = np.zeros((height, width, 3), np.float32)
    picture[height // 2, width // 2] = 1
    return picture


def spread_of(plane: Picture) -> tuple[float, float]:
    """Standard deviations down and across."""
    rows, columns = np.arange(plane.shape[0]), np.arange(plane.shape[1])
    down, across = plane.sum(axis=1), plane.sum(axis=0)
    return tuple(  # type: ignore[return-value]
        float(np.sqrt((line * (at - (line * at).sum() / line.sum()) ** 2).sum() / line.sum()))
        for line, at in ((down, rows), (across, columns))
    )


def scenery(height: int = 120, width: int = 160) -> Picture:
    """Coloured waves that grow finer to the right, and slanted edges."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    wave = 0.5 + 0.3 * np.sin(x * x / width * 0.7 + y * 0.2)
    edge = ((x + 0.4 * y) % 40 > 20) * 0.15
    return np.stack([wave + edge, 0.9 * wave + 0.5 * edge, 0.6 * wave + 0.1], axis=-1).astype(np.float32)


@pytest.mark.parametrize("sigma", [0.8, 1.5, 4.0])
def test_a_blur_has_its_standard_deviation_and_keeps_the_light(sigma: float) -> None:
    blurred = gaussian(point(), sigma)
    assert spread_of(blurred[..., 1]) == pytest.approx((sigma, sigma), rel=0.04)
    assert blurred.sum() == pytest.approx(3, rel=1e-5)
    flat = np.full((20, 30, 3), 0.7, np.float32)
    assert gaussian(flat, sigma) == pytest.approx(flat, rel=1e-5)


@pytest.mark.parametrize("radius", [1.5, 3.0, 6.2])
def test_a_missed_focus_makes_discs(radius: float) -> None:
    blurred = disc(point(), radius)[..., 0]
    assert blurred.sum() == pytest.approx(1, rel=1e-5)
    assert (blurred > 0.5 * blurred.max()).sum() == pytest.approx(np.pi * radius**2, rel=0.3)
    assert blurred.max() == pytest.approx(1 / (np.pi * radius**2), rel=0.15)


def test_colours_part_towards_the_corners_and_green_stays() -> None:
    picture = np.zeros((101, 201, 3), np.float32)
    picture[50, [20, 100, 180]] = 1
    parted = disperse(picture, 10, -10)
    assert np.array_equal(parted[..., 1], picture[..., 1])
    columns = np.arange(201)

    def places(channel: int) -> list[float]:
        line = parted[50, :, channel]
        return [float((line[a:b] * columns[a:b]).sum() / line[a:b].sum()) for a, b in ((0, 60), (60, 140), (140, 201))]

    assert places(0) == pytest.approx([100 - 80.8, 100, 180.8], abs=0.05)
    assert places(2) == pytest.approx([100 - 79.2, 100, 179.2], abs=0.05)


@pytest.mark.parametrize("size", [(60, 80), (81, 61)])
def test_corners_lose_the_light_that_they_are_said_to_lose(size: tuple[int, int]) -> None:
    dark = vignette(np.ones((*size, 3), np.float32), 0.6)
    assert dark[size[0] // 2, size[1] // 2].min() > 0.99
    corners = [dark[i, j, 0] for i in (0, -1) for j in (0, -1)]
    assert corners == pytest.approx([0.4] * 4, abs=0.03)
    assert np.ptp(corners) < 1e-6


def test_the_lens_is_centred_on_the_optical_axis() -> None:
    even = np.ones((81, 121, 3), np.float32)
    bright = vignette(even, 0.5, (0.25, -0.25))[..., 0]
    assert np.unravel_index(bright.argmax(), bright.shape) == (40 - 20, 60 + 30)
    picture = np.zeros((81, 121, 3), np.float32)
    picture[20, 90] = 1
    assert disperse(picture, 15, -15, (30 / 121, -20 / 81)) == pytest.approx(picture, abs=0.04)


@pytest.mark.parametrize("method", ["bilinear", "malvar"])
@pytest.mark.parametrize("size", [(24, 30), (9, 11)])
def test_a_mosaic_of_even_light_and_of_ramps_is_undone(method: str, size: tuple[int, int]) -> None:
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    ramp = (0.01 * x + 0.02 * y)[..., None] + np.array([0.2, 0.2, 0.2], np.float32)
    inner = (slice(3, -3), slice(3, -3))
    assert demosaic(mosaic(ramp), method)[inner] == pytest.approx(ramp[inner], abs=1e-6)  # type: ignore[arg-type]
    flat = np.broadcast_to(np.array([0.8, 0.4, 0.1], np.float32), (*size, 3))
    assert demosaic(mosaic(flat), method) == pytest.approx(flat, abs=1e-6)  # type: ignore[arg-type]


def test_malvars_filters_come_nearer_than_bilinear_ones() -> None:
    picture = scenery()
    raw = mosaic(picture)
    errors = [float(((demosaic(raw, method) - picture)[4:-4, 4:-4] ** 2).mean()) for method in ("bilinear", "malvar")]
    # The paper reports 5.5 dB on photographs.
    assert 10 * np.log10(errors[0] / errors[1]) > 3


def test_the_camera_that_takes_the_right_light_for_white_makes_it_white() -> None:
    for kelvin in (2800, 5000, 12_000):
        white = np.array(light_color(kelvin)) * gains(kelvin, 0)
        assert white / np.array(light_color(6500)) == pytest.approx([white[1] / light_color(6500)[1]] * 3, rel=1e-5)


def test_white_balance_leaves_greys_luminance() -> None:
    assert gains(6500, 0) == pytest.approx([1, 1, 1], abs=1e-6)
    for kelvin, tint in ((3000, 0), (10_000, 0.4), (6500, -1)):
        assert gains(kelvin, tint) @ [0.2126, 0.7152, 0.0722] == pytest.approx(1, abs=1e-6)
    warm, cold = gains(9000, 0), gains(4500, 0)
    assert warm[0] > 1 > warm[2]
    assert cold[0] < 1 < cold[2]
    magenta = gains(6500, 0.5)
    assert magenta[1] / magenta[0] == pytest.approx(2**-0.5, rel=1e-5)


def test_sharpening_makes_edges_steeper_and_leaves_even_places() -> None:
    rgb = np.full((20, 40, 3), 90, np.uint8)
    rgb[:, 20:] = 160
    sharp = sharpen(rgb, 1.0, 1.0)
    assert (sharp[:, 19] < 80).all()
    assert (sharp[:, 20] > 170).all()
    assert np.array_equal(sharp[:, :15], rgb[:, :15])


def test_jpeg_loses_more_the_lower_the_quality() -> None:
    rgb = (scenery() * 200).clip(0, 255).astype(np.uint8)
    errors = [float((np.abs(compress(rgb, quality).astype(int) - rgb)).mean()) for quality in (98, 80, 40, 10)]
    assert errors == sorted(errors)
    assert errors[0] < 3 < errors[-1]


def test_a_small_picture_shows_the_blocks_of_the_large_one() -> None:
    rgb = (scenery(240, 320) * 200).clip(0, 255).astype(np.uint8)
    small = rgb.reshape(120, 2, 160, 2, 3).mean(axis=(1, 3)).astype(np.uint8)
    wanted = compress(rgb, 5).reshape(120, 2, 160, 2, 3).mean(axis=(1, 3))
    scaled = np.abs(compress(small, 5, pixel=0.5) - wanted).mean()
    assert scaled < 0.7 * np.abs(compress(small, 5) - wanted).mean()
    assert np.array_equal(compress(small, 5, pixel=0.1), small)
