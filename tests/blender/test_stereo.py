"""Stereo pairs: the right picture, fetched along the disparity, is the left one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

import presets
from engine.annotate.redraw import draw_visible
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.render import RenderRequest
from engine.frame.spec import intrinsics
from engine.frame.stereo import right_of
from engine.recipe.load import load_recipe
from tests.blender.test_frame_renderer import SMALL, assert_same, renderer, spec_of

W, H = 64, 48
PAIR = (
    f"render.resolution=[{W}, {H}]", "render.samples=16", 'render.passes=["right"]', "camera.distance=0.6",
    "camera.baseline={ uniform = [0.05, 0.08] }", "objects[0].count=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def pair() -> FrameRenderer:
    return renderer(*PAIR)


def test_the_right_picture_fetched_along_the_disparity_is_the_left_one(pair: FrameRenderer) -> None:
    spec = spec_of(pair, 1)
    assert spec.stereo is not None
    assert 0.05 < spec.stereo.baseline < 0.08
    assert spec.drawn["camera.baseline"] == spec.stereo.baseline
    left = pair.render(spec)
    assert left.right is not None
    seen = pair.render(right_of(spec))
    assert np.array_equal(seen.rgb, left.right), "it is a frame by itself, rendered as any other"

    v, u = np.nonzero(np.isfinite(left.depth))
    depth = left.depth[v, u]
    disparity = intrinsics(spec.camera)[0, 0] * spec.stereo.baseline / depth
    assert np.ptp(disparity) > 2
    shown = apart = 0.0
    other = {}
    for sense in (1, 0, -1):
        column = np.rint(u - sense * disparity).astype(int)
        inside = (column >= 0) & (column < W)
        at = v[inside], column[inside]
        same = np.abs(seen.depth[at] - depth[inside]) < 0.02 * depth[inside]
        if sense == 1:
            shown = same.mean()
            apart = float((seen.instance_id[at] != left.instance_id[v, u][inside])[same].mean())
        light = left.right[at].astype(float) - left.rgb[v, u][inside]
        other[sense] = np.abs(light[same]).mean()
    assert shown > 0.8, "little is hidden from one of the two"
    assert apart < 0.03, "nothing but edges, by the rounding to whole pixels"
    assert other[1] < 0.6 * other[0]
    assert other[1] < 0.6 * other[-1]


def test_pairs_are_exposed_alike_as_the_left_camera_meters(
    pair: FrameRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, of = spec_of(pair, 2), RenderRequest.of
    with monkeypatch.context() as metering:
        metering.setattr(RenderRequest, "of", lambda *args, **kinds: replace(of(*args, **kinds), exposes_itself=True))
        left = pair.render(spec)
    assert abs(left.exposure - spec.exposure) > 0.01
    alone = pair.render(msgspec.structs.replace(right_of(spec), exposure=left.exposure))
    assert np.array_equal(left.right, alone.rgb)


def test_a_pair_leaves_the_left_picture_as_it_is_alone_and_shares_no_noise() -> None:
    noisy = ("sensor.iso=3200", "render.denoise=false", "motion.moves=camera", "motion.frames=2", "camera.shutter=0.5")
    r = renderer(*SMALL, *noisy, 'render.passes=["right"]')
    without = load_recipe(presets.find("basic"), (*SMALL, *noisy))
    spec = draw_visible(without, r.prepared.catalog, r.prepared.bodies, 0, 1)
    of_pair = spec_of(r, 1)
    stereo = of_pair.stereo
    assert stereo is not None
    assert spec.stereo is None
    assert "camera.baseline" not in spec.drawn
    drawn: dict[str, Any] = {**spec.drawn, "camera.baseline": 0.1}
    assert msgspec.structs.replace(spec, stereo=stereo, drawn=drawn) == of_pair
    once, again = r.render(of_pair), r.render(of_pair)
    assert_same(once, r.render(spec))
    assert np.array_equal(once.right, again.right)
    right = right_of(of_pair)
    assert right.cycles_seed != spec.cycles_seed
    assert right.sensor is not None
    assert spec.sensor is not None
    assert right.sensor.noise_seed != spec.sensor.noise_seed
    shutter, moved = spec.sequence and spec.sequence.shutter, right.sequence and right.sequence.shutter
    assert shutter
    assert moved
    for one, other in ((shutter.opened, moved.opened), (shutter.closed, moved.closed)):
        T, there = np.array(one.T_world_camera), np.array(other.T_world_camera)
        assert np.allclose(np.linalg.inv(T) @ there, [[1, 0, 0, 0.1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
