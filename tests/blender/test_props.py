"""Things without a label in real renders: seen, under the background's id, counted as what hides others."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import presets
from engine.annotate.build import build_instances
from engine.annotate.redraw import draw_visible
from engine.blender.frame_renderer import FrameRenderer
from engine.frame.spec import FrameSpec, PropSpec
from engine.recipe.load import load_recipe

SMALL = ("render.resolution=[96, 72]", "render.samples=1", "render.denoise=false")
FULL = ("distractors.count=6", "objects[0].count=1", "distractors.scale=1.2", "visibility.least=0.05")


@pytest.fixture(scope="module")
def renderer() -> FrameRenderer:
    return FrameRenderer(load_recipe(presets.find("basic"), (*SMALL, *FULL)), "cpu", lambda path: None)


def before_the_cup(r: FrameRenderer) -> tuple[FrameSpec, FrameSpec]:
    """A frame, and the same with one of its props half-way before the cup."""
    spec = draw_visible(r.recipe, r.prepared.catalog, r.prepared.bodies, 0, 0)
    alone = msgspec.structs.replace(spec, props=())
    eye = np.array(spec.camera.T_world_camera)
    T = np.eye(4)
    T[:3, 3] = eye[:3, 3] + 0.6 * spec.camera.focus_distance * eye[:3, 2] + 0.02 * eye[:3, 0]
    prop: PropSpec = msgspec.structs.replace(spec.props[0], T_world_model=tuple(map(tuple, T.tolist())), scale=0.4)
    return alone, msgspec.structs.replace(spec, props=(prop,))


def test_a_prop_hides_under_the_id_of_the_background(renderer: FrameRenderer) -> None:
    alone, hidden = before_the_cup(renderer)
    free, seen = renderer.render(alone), renderer.render(hidden)
    assert set(np.unique(seen.instance_id)) <= {0, 1}
    covered = (free.instance_id == 1) & (seen.instance_id == 0)
    assert covered.sum() > 10
    assert (seen.depth[covered] < free.depth[covered]).all()
    (whole,) = build_instances(free, alone, renderer.bodies)
    (part,) = build_instances(seen, hidden, renderer.bodies)
    assert whole.visibility == 1
    assert part.visibility < 0.9


def test_frames_with_props_leave_nothing_behind_and_render_again_from_their_specs(renderer: FrameRenderer) -> None:
    specs = [draw_visible(renderer.recipe, renderer.prepared.catalog, renderer.prepared.bodies, 0, i) for i in (0, 1)]
    first = [renderer.render(spec) for spec in specs]
    stored = msgspec.json.decode(msgspec.json.encode(specs[0]), type=FrameSpec)
    again = renderer.render(stored)
    assert np.array_equal(again.rgb, first[0].rgb)
    assert np.array_equal(again.depth, first[0].depth)
    assert len(specs[0].props) == 6
    assert not np.array_equal(first[0].rgb, first[1].rgb)
