"""Rooms in real renders: lit, the object seen, the same again from the spec."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import presets
from engine.annotate.build import build_instances
from engine.annotate.redraw import draw_visible
from engine.blender.frame_renderer import FrameRenderer
from engine.frame.spec import FrameSpec
from engine.recipe.load import load_recipe

SMALL = ("render.resolution=[64, 48]", "render.samples=4", "objects[0].count=1", "distractors.count=0")


@pytest.fixture(scope="module")
def renderer() -> FrameRenderer:
    return FrameRenderer(load_recipe(presets.find("room"), SMALL), "cpu", lambda path: None)


def test_frames_in_rooms_are_lit_and_show_their_object(renderer: FrameRenderer) -> None:
    for index in range(3):
        spec = draw_visible(renderer.recipe, renderer.prepared.catalog, renderer.prepared.bodies, 3, index)
        passes = renderer.render(spec)
        (cup,) = build_instances(passes, spec, renderer.bodies)
        assert cup.visibility > 0.35
        assert 25 < passes.rgb.mean() < 235
        assert np.isfinite(passes.depth).mean() > 0.6  # walls all round, the rest is windows
        assert passes.depth[np.isfinite(passes.depth)].max() < np.linalg.norm(spec.room.size)
    again = renderer.render(msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec))
    assert np.array_equal(again.rgb, passes.rgb)


def test_lamps_light_the_room(renderer: FrameRenderer) -> None:
    spec = draw_visible(renderer.recipe, renderer.prepared.catalog, renderer.prepared.bodies, 3, 0)
    lit = renderer.render(spec).rgb.mean()
    dark = renderer.render(msgspec.structs.replace(spec, lights=())).rgb.mean()
    assert lit > dark + 8
