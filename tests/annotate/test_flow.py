"""Optical flow against points projected by hand, and what it says of the surroundings."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from engine.annotate.falsecolor import NOTHING, flow_picture
from engine.annotate.flow import flow_to, with_flow
from engine.annotate.passes import Passes
from engine.dataset.diff_pixels import measured
from engine.errors import RecipeError
from engine.frame.backdrop_spec import BackdropSpec, HdriCrop, PhotoCrop
from engine.frame.draw import draw
from engine.frame.projection import Projection
from engine.frame.spec import AssetRef, FrameSpec, rigid_inverse
from engine.recipe.load import recipe_from_plain
from engine.worker.fake_renderer import FakeRenderer
from tests.frame.catalogs import catalog

MOTION = {"frames": 4, "rate": 5, "moves": "both", "speed": 30, "turn": 60, "drift": 1}


def frame(**plain: Any) -> tuple[FrameSpec, Passes]:
    """A frame of boxes in motion, traced through the pixels' centres."""
    render = {"resolution": [64, 48], "samples": 16, "passes": ["flow_forward", "flow_backward"]}
    recipe = recipe_from_plain({"motion": MOTION, "render": render, "objects": [{"count": 2}]} | plain, "t")
    spec = draw(recipe, catalog(), 1, 1)
    renderer = FakeRenderer(recipe, "cpu", lambda path: None)
    passes = renderer.render(spec, lambda done, total: None, lambda: False)
    return spec, with_flow(passes, spec, ("depth", "flow_forward", "flow_backward"))


@pytest.mark.parametrize("lens", [{}, {"k1": -0.2, "p1": 0.01}, {"model": "fisheye", "k1": 0.05}])
def test_flow_leads_to_where_the_point_is_seen(lens: dict[str, Any]) -> None:
    spec, passes = frame(camera={"lens": lens, "shift_x": 0.1})
    assert spec.sequence is not None
    projection = Projection.of(spec.camera)
    for flow, other in ((passes.flow_forward, spec.sequence.next), (passes.flow_backward, spec.sequence.previous)):
        assert flow is not None
        assert (flow.dtype, flow.shape) == (np.float32, (48, 64, 2))
        for number, it in enumerate(spec.objects):
            for v, u in np.argwhere(passes.instance_id == it.instance_id)[::17]:
                ray = projection.rays(np.array(float(u)), np.array(float(v)))
                world = np.array(spec.camera.T_world_camera) @ [*(ray * passes.depth[v, u]), 1.0]
                model = rigid_inverse(np.array(it.T_world_model)) @ world
                camera = rigid_inverse(np.array(other.T_world_camera)) @ np.array(other.T_world_model[number]) @ model
                (there,) = projection.project(camera[None, :3])
                np.testing.assert_allclose([u, v] + flow[v, u], there, atol=1e-3)
        assert np.abs(flow[passes.instance_id > 0]).mean() > 0.3


def test_the_surroundings_are_infinitely_far() -> None:
    spec, passes = frame(motion=MOTION | {"moves": "camera"})
    assert spec.sequence is not None
    assert passes.flow_forward is not None
    far = np.isinf(passes.depth)
    turn = np.array(spec.sequence.next.T_world_camera)[:3, :3].T @ np.array(spec.camera.T_world_camera)[:3, :3]
    rays = Projection.of(spec.camera).pixel_rays(64, 48)[far] @ turn.T
    v, u = np.nonzero(far)
    expected = Projection.of(spec.camera).project(rays) - np.stack([u, v], axis=1)
    np.testing.assert_allclose(passes.flow_forward[far], expected, atol=1e-4)
    for picture, there in ((HdriCrop(0, 0, 60), np.nan), (PhotoCrop(AssetRef("photo", "p"), (0, 0, 64, 48)), 0.0)):
        before = flow_to(spec.sequence.next, passes, msgspec.structs.replace(spec, backdrop=BackdropSpec(picture)))
        np.testing.assert_array_equal(before[far], there)
        assert np.array_equal(before[~far], passes.flow_forward[~far])


def test_nothing_flows_where_nothing_moves_and_what_is_behind_the_camera_is_not_known() -> None:
    spec, passes = frame(motion=MOTION | {"moves": "none"})
    assert passes.flow_forward is not None
    assert np.abs(passes.flow_forward).max() < 1e-4
    assert spec.sequence is not None
    T = np.array(spec.camera.T_world_camera)
    T[:3, :3] = T[:3, :3] @ np.diag([-1.0, 1.0, -1.0])
    away = msgspec.structs.replace(spec.sequence.next, T_world_camera=tuple(map(tuple, T.tolist())))
    assert np.isnan(flow_to(away, passes, spec)).all()
    assert with_flow(passes, msgspec.structs.replace(spec, sequence=None), ("depth",)) is passes


def test_flow_as_a_picture() -> None:
    flow = np.array([[[5, 0], [0, 0], [-5, 0], [np.nan, np.nan]]], np.float32)
    (red, white, cyan, unknown) = flow_picture(flow)[0].tolist()
    assert (red, white, cyan, tuple(unknown)) == ([255, 0, 0], [255, 255, 255], [0, 255, 255], NOTHING)
    assert measured(0, "flow_forward", flow, flow.copy()) is None


def test_flow_is_refused_where_frames_stand_alone() -> None:
    with pytest.raises(RecipeError, match=r"render\.passes: flow_forward needs frames that follow each other"):
        recipe_from_plain({"render": {"passes": ["flow_forward"]}}, "t")
    assert (
        recipe_from_plain({"render": {"passes": ["flow_forward"]}, "motion": {"moves": "camera"}}, "t").motion.frames
        == 1
    )
