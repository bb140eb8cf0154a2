"""Optical flow between rendered frames: one frame, fetched along the flow, is the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from engine.annotate.flow import with_flow
from engine.annotate.passes import Passes
from engine.frame.straight_views import _sampled
from tests.blender.test_frame_renderer import renderer, spec_of

Array = npt.NDArray[np.float32]
W, H = 128, 96
FLOW = (
    "motion.frames=4", "motion.rate=10", "motion.moves=both", "motion.speed=25", "motion.turn=60", "motion.drift=0.5",
    "objects[0].count=2", f"render.resolution=[{W}, {H}]", "render.samples=16", "visibility.least=0.2",
    'render.passes=["flow_forward", "flow_backward"]',
)  # fmt: skip


def fetched(array: Array, flow: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
    """An array (H, W, C) of the other frame at the ends of the flow, and where these are in the picture."""
    places = np.stack(np.meshgrid(np.arange(W), np.arange(H)), axis=-1) + np.nan_to_num(flow, nan=-9.0)
    inside = ((places >= 0) & (places <= [W - 1, H - 1])).all(axis=-1)
    return _sampled(array, places.reshape(-1, 2)).reshape(H, W, -1), inside


@pytest.mark.parametrize("lens", [(), ("camera.lens.k1=-0.15", "camera.lens.p1=0.01")])
def test_the_next_frame_fetched_along_the_flow_is_this_one(lens: tuple[str, ...]) -> None:
    r = renderer(*FLOW, *lens)
    specs = [spec_of(r, index) for index in (1, 2)]
    this, following = (with_flow(r.render(spec), spec, ("flow_forward", "flow_backward")) for spec in specs)
    assert this.flow_forward is not None
    assert following.flow_backward is not None
    assert np.median(np.linalg.norm(this.flow_forward[this.instance_id > 0], axis=-1)) > 1

    back, inside = fetched(following.flow_backward, this.flow_forward)
    agree = inside & (np.linalg.norm(back + this.flow_forward, axis=-1) < 0.1)
    ids, _ = fetched(following.instance_id[..., None].astype(np.float32), this.flow_forward)
    surface = inside & (np.abs(ids[..., 0] - this.instance_id) < 1e-3)
    assert agree[surface].mean() > 0.9, "there and back again ends where it began, but for what is hidden"
    for shown in (agree, agree & (this.instance_id > 0)):
        assert_same_colours(this, following, shown)


def assert_same_colours(this: Passes, following: Passes, shown: npt.NDArray[np.bool_]) -> None:
    assert this.flow_forward is not None
    assert shown.sum() > 100
    apart = {
        sense: np.abs(fetched(following.rgb.astype(np.float32), sense * this.flow_forward)[0] - this.rgb)[shown].mean()
        for sense in (-1, 0, 1)
    }
    assert apart[1] < 0.7 * apart[0]
    assert apart[1] < 0.5 * apart[-1]
