"""The examples of plug-ins, in real renders."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

import presets
from engine.annotate.redraw import draw_visible
from engine.blender.frame_renderer import FrameRenderer
from engine.plugins.trust import trust
from engine.recipe.load import load_recipe

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "docs" / "plugins" / "blinds.py"
SERVED = REPOSITORY / "examples" / "cup_detector" / "served.py"
SMALL = ("render.resolution=[64, 48]", "render.samples=4", "objects[0].count=1", "camera.elevation=8")
MUCH = ("plugins[0].options.turn=180", "plugins[0].options.slats=4", "plugins[0].options.gap=0.1")


def renderer(*overrides: str) -> FrameRenderer:
    return FrameRenderer(load_recipe(presets.find("basic"), (*SMALL, *overrides)), "cpu", lambda path: None)


def test_the_example_is_short_and_changes_the_picture_but_no_label() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line]
    assert len(lines) <= 30
    trust(EXAMPLE)
    plain = renderer()
    spec = draw_visible(plain.recipe, plain.prepared.catalog, plain.prepared.bodies, 0, 0)
    bare = plain.render(spec)
    with_slats = renderer(f"plugins[0].module={EXAMPLE}", *MUCH)
    changed = draw_visible(with_slats.recipe, with_slats.prepared.catalog, with_slats.prepared.bodies, 0, 0)
    assert changed.objects == spec.objects
    assert changed.drawn["plugins[0].options.slats"] == 4
    seen = with_slats.render(changed)
    assert np.abs(seen.rgb.astype(int) - bare.rgb).mean() > 3
    assert np.array_equal(seen.instance_id == 1, bare.instance_id == 1), "the slats are behind the cup"
    assert (seen.depth < bare.depth - 0.05)[seen.instance_id == 0].mean() > 0.1, "and seen there"
    assert [thing.name for thing in bpy.data.objects if thing.name.startswith("slats")] == ["slats"]
    assert np.array_equal(with_slats.render(changed).rgb, seen.rgb)
    assert sum(mesh.name.startswith("slats") for mesh in bpy.data.meshes) == 1, "nothing is left of the frame before"
    assert [file.role for file in with_slats.prepared.files if file.name == "blinds.py"] == ["plugins[0].module"]


def test_drinks_are_in_upright_cups_and_saucers_under_them() -> None:
    trust(SERVED)
    above = ("camera.elevation=50", "camera.fill=0.5")
    always = (f"plugins[0].module={SERVED}", "plugins[0].options.full=1", "plugins[0].options.saucers=1")
    plain = renderer(*above)
    spec = draw_visible(plain.recipe, plain.prepared.catalog, plain.prepared.bodies, 0, 0)
    empty = plain.render(spec)
    with_all = renderer(*above, *always)
    served = with_all.render(draw_visible(with_all.recipe, with_all.prepared.catalog, with_all.prepared.bodies, 0, 0))
    here = served.instance_id == 1
    assert (here <= (empty.instance_id == 1)).all(), "they are background"
    drink = (empty.instance_id == 1) & ~here
    assert 0.1 < drink.sum() / here.sum() < 1, "it is seen in the cup"
    assert (served.depth[drink] < empty.depth[drink]).mean() > 0.9, "above its bottom"
    saucer = (served.depth < empty.depth - 0.002) & ~here & ~drink
    assert saucer.sum() > 0.2 * here.sum()
    tilted = renderer(*above, *always, "objects[0].tilt=90")
    spec = draw_visible(tilted.recipe, tilted.prepared.catalog, tilted.prepared.bodies, 0, 0)
    tilted.render(spec)
    assert not [thing for thing in bpy.data.objects if thing.name.startswith(("drink", "saucer"))]
