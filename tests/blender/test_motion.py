"""Motion blur: the picture of the time in which the shutter is open, the labels of its middle."""

from __future__ import annotations

import bpy
import msgspec
import numpy as np

from engine.annotate.passes import Passes
from engine.frame.spec import FrameSpec
from tests.blender.test_frame_renderer import assert_same, renderer, spec_of

MOTION = (
    "motion.frames=4", "motion.rate=10", "motion.moves=both", "motion.speed=70", "motion.turn=250", "motion.drift=1",
    "camera.shutter=1", "objects[0].count=2", "render.resolution=[64, 48]", "render.samples=4", "render.denoise=false",
    "visibility.least=0",
)  # fmt: skip


def sharp(spec: FrameSpec) -> FrameSpec:
    assert spec.sequence is not None
    return msgspec.structs.replace(spec, sequence=msgspec.structs.replace(spec.sequence, shutter=None))


def assert_labels_of_the_middle(blurred: Passes, still: Passes) -> None:
    assert np.array_equal(blurred.instance_id, still.instance_id)
    assert np.array_equal(np.isinf(blurred.depth), np.isinf(still.depth))
    seen = np.isfinite(still.depth)
    np.testing.assert_allclose(blurred.depth[seen], still.depth[seen], rtol=1e-5)
    assert np.abs(blurred.rgb.astype(int) - still.rgb).mean() > 2, "the picture is blurred"


def test_a_blurred_frame_is_the_same_whatever_was_rendered_before_it() -> None:
    r = renderer(*MOTION)
    specs = [spec_of(r, 0), spec_of(r, 1), sharp(spec_of(r, 1)), spec_of(r, 5)]
    frames = [r.render(spec) for spec in specs]
    assert_labels_of_the_middle(frames[1], frames[2])
    assert_same(r.render(specs[1]), frames[1])
    alone = renderer(*MOTION)
    for number in (3, 2):
        assert_same(alone.render(specs[number]), frames[number])
    assert not bpy.data.actions, "animations go with the frame that they are of"


def test_labels_seen_through_a_lens_are_those_of_the_middle_of_the_exposure() -> None:
    r = renderer(*MOTION, "camera.lens.model=fisheye", "camera.fov=100")
    spec = spec_of(r, 1)
    assert_labels_of_the_middle(r.render(spec), r.render(sharp(spec)))


def test_a_blurred_picture_is_the_mean_of_sharp_ones() -> None:
    r = renderer(*MOTION, "render.samples=48")
    blurred = r.render(spec_of(r, 1)).rgb.astype(float)
    fine = renderer(*MOTION, "render.samples=12", "motion.frames=32", "motion.rate=80", "camera.shutter=0")
    # The same motion at eight times the rate: its frames 4 to 12 are in the exposure of frame 1.
    moments = [fine.render(spec_of(fine, index)).rgb.astype(float) for index in range(4, 13)]
    weights = np.array([0.5, *[1.0] * 7, 0.5]) / 8
    error = np.abs(blurred - np.tensordot(weights, moments, 1)).mean()
    for number in (0, 4, 8):
        assert error < 0.6 * np.abs(blurred - moments[number]).mean()
