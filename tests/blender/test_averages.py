"""Passes that are averages over a picture's samples: light adds up to the picture, coverage follows its blur."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.blender.frame_renderer import FrameRenderer
from tests.blender.test_frame_renderer import renderer, spec_of
from tests.blender.test_motion import MOTION


def test_albedo_times_diffuse_and_specular_are_the_light_of_the_picture() -> None:
    """`Standard` shows linear light in sRGB's own curve, so that it can be read off the picture."""
    r = renderer(
        "render.resolution=[64, 48]", "render.samples=8", "render.denoise=false", "render.view=Standard",
        "camera.exposure=-1", "objects[0].look=colored", 'render.passes=["albedo", "diffuse", "specular"]',
    )  # fmt: skip
    passes = r.render(spec_of(r, 1))
    assert passes.albedo is not None
    assert passes.diffuse is not None
    assert passes.specular is not None
    shown = passes.rgb / 255.0
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4) * 2
    inner = np.isfinite(passes.depth)[..., None] & (passes.rgb < 250)
    for axis in (0, 1):
        for step in (-1, 1):
            inner &= np.isfinite(np.roll(passes.depth, step, axis))[..., None]
    light = passes.albedo * passes.diffuse + passes.specular
    assert inner.sum() > 3000
    error = np.abs(light - linear)[inner]
    assert (error < 0.01 + 0.03 * linear[inner]).mean() > 0.98
    assert np.median(passes.albedo[inner] * passes.diffuse[inner]) > 10 * np.median(error)


def shares(r: FrameRenderer, index: int) -> npt.NDArray[np.float64]:
    """(2, H, W) how much of each pixel the two instances cover."""
    passes = r.render(spec_of(r, index))
    assert passes.coverage is not None
    ids, covered = passes.coverage[:, 0], passes.coverage[:, 1] / 65535
    return np.stack([(covered * (ids == number)).sum(axis=0) for number in (1, 2)])


def test_coverage_under_motion_blur_is_the_mean_of_that_of_sharp_pictures() -> None:
    coverage = ('render.passes=["coverage"]', "render.samples=24")
    blurred = shares(renderer(*MOTION, *coverage), 1)
    fine = renderer(*MOTION, *coverage, "motion.frames=32", "motion.rate=80", "camera.shutter=0")
    # The same motion at eight times the rate: its frames 4 to 12 are in the exposure of frame 1.
    moments = [shares(fine, index) for index in range(4, 13)]
    mean = np.tensordot(np.array([0.5, *[1.0] * 7, 0.5]) / 8, moments, 1)
    error = np.abs(blurred - mean).sum()
    assert blurred.sum() > 100
    assert abs(blurred.sum() / mean.sum() - 1) < 0.03
    for number in (0, 4, 8):
        assert error < 0.6 * np.abs(blurred - moments[number]).sum()
