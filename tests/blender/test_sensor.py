"""The sensor's effects are in the picture alone, and the same in the frame and in its preview."""

from __future__ import annotations

import msgspec
import numpy as np

from engine.annotate.passes import Passes
from engine.blender import colour
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.preview import PreviewRenderer
from engine.frame.spec import FrameSpec
from engine.recipe.load import recipe_from_plain
from engine.recipe.model import Recipe
from tests.blender import small_scene

EFFECTS = {
    "blur": 0.7, "red_shift": 5, "vignetting": 0.6, "iso": 6400, "demosaic": "malvar",
    "white_balance": 4500, "sharpening": 0.5, "jpeg": 60,
}  # fmt: skip


def recipe(size: tuple[int, int], **sensor: object) -> Recipe:
    plain = {
        "surroundings": {"hdris": ["builtin:studio"]},
        "render": {"resolution": list(size), "samples": 2, "passes": ["normal"]},
        "sensor": sensor,
    }
    return recipe_from_plain(plain, "test")


def full(r: PreviewRenderer, what: Recipe) -> tuple[FrameSpec, Passes]:
    r.load(what, lambda path: None)
    spec = r.draw(0, 0)
    return spec, r.full(spec, lambda done, total: None, lambda: False)


def test_masks_and_depth_know_nothing_of_the_sensor_and_the_frame_comes_out_alike_everywhere() -> None:
    r = PreviewRenderer()
    _, plain = full(r, recipe((64, 48)))
    spec, rich = full(r, recipe((64, 48), **EFFECTS))
    for name in ("instance_id", "depth"):
        assert np.array_equal(getattr(plain, name), getattr(rich, name))
    assert np.abs(plain.rgb.astype(int) - rich.rgb).mean() > 5

    own = FrameRenderer(recipe((64, 48), **EFFECTS), "auto", lambda path: None)
    stored = msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec)
    assert np.array_equal(own.render(stored).rgb, rich.rgb)


def test_a_small_preview_has_the_colours_and_corners_of_the_frame() -> None:
    r = PreviewRenderer()
    lens = {"vignetting": 0.9, "white_balance": 4000, "blur": 2.0}
    spec, large = full(r, recipe((128, 96), **lens))
    found: list[Passes] = []
    r.refine(spec, (64, 48), [4], {4}, 4, found.append, None)
    together = large.rgb.reshape(48, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(found[0].rgb - together).mean() < 6
    _, plain = full(r, recipe((128, 96)))
    without = plain.rgb.reshape(48, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(found[0].rgb - without).mean() > 15


def test_without_a_sensor_colours_are_those_of_the_display_alone() -> None:
    linear = small_scene.linear_gradient(60, 40)
    developed = colour.develop(linear, "AgX", 0.7, None)
    assert np.array_equal(developed, colour.to_display(linear, "AgX", 0.7))
