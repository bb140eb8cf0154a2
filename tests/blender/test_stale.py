"""Changes that Blender does not notice by itself: each is made through its helper and compared with a fresh render.

The second test makes the same change without reporting it. While Blender is blind to it, the render stays stale; the
day it sees it, the test fails and the helper's `update_tag` can go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import numpy as np
import pytest

from engine.blender import stale
from engine.blender.render import configure
from engine.blender.tap import inside_render
from tests.blender import small_scene

W, H = 48, 36
GREEN, RED = (0.0, 1.0, 0.0, 1.0), (1.0, 0.0, 0.0, 1.0)


def plain(height: int, width: int, rgba: tuple[float, ...]) -> np.ndarray:
    return np.full((height, width, 4), rgba, np.float32)


@pytest.fixture
def scene() -> Any:
    """A scene whose objects show an image, a custom property and plain paint, under a textured sky."""
    built = small_scene.objects_on_a_floor(4)
    image = bpy.data.images.new("print", 8, 8)
    stale.set_image_pixels(image, plain(8, 8, GREEN))
    _paint(built.objects["thing 0"], "ShaderNodeTexImage").image = image
    attribute = _paint(built.objects["thing 1"], "ShaderNodeAttribute")
    attribute.attribute_type, attribute.attribute_name = "OBJECT", "tint"
    built.objects["thing 1"]["tint"] = GREEN[:3]
    _sky_with_a_bright_spot(built.world)
    configure(built)
    built.render.resolution_x, built.render.resolution_y = W, H
    stale.set_cycles(built, samples=2, seed=1)
    stale.set_world_cycles(built.world, sampling_method="MANUAL", sample_map_resolution=256)
    return built


def _paint(thing: Any, node_type: str) -> Any:
    tree = thing.material_slots[0].material.node_tree
    node = tree.nodes.new(node_type)
    tree.links.new(node.outputs["Color"], small_scene.principled(thing.material_slots[0].material).inputs["Base Color"])
    return node


def _sky_with_a_bright_spot(world: Any) -> None:
    image = bpy.data.images.new("hdri", 256, 128, float_buffer=True)
    pixels = plain(128, 256, (0.3, 0.3, 0.3, 1.0))
    pixels[30:33, 60:63, :3] = 500.0
    stale.set_image_pixels(image, pixels)
    texture = world.node_tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = image
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    world.node_tree.links.new(texture.outputs["Color"], background.inputs["Color"])


def picture(scene: Any) -> np.ndarray:
    found = {}

    def body(call: Any) -> None:
        call.trace()
        found.update(call.read(["Combined"]))

    inside_render(scene, body)
    return found["Combined"]


def fresh(scene: Any) -> np.ndarray:
    """The picture by a Cycles that remembers nothing."""
    scene.render.use_persistent_data = False
    picture(scene)
    return picture(scene)


def _image_pixels_untagged(scene: Any) -> None:
    image = bpy.data.images["print"]
    image.pixels.foreach_set(plain(8, 8, RED).ravel())
    image.update()


Change = Callable[[Any], None]
CASES: dict[str, tuple[Change, Change]] = {
    "samples": (
        lambda scene: stale.set_cycles(scene, samples=5),
        lambda scene: setattr(scene.cycles, "samples", 5),
    ),
    "seed": (
        lambda scene: stale.set_cycles(scene, seed=5),
        lambda scene: setattr(scene.cycles, "seed", 5),
    ),
    "filter width": (
        lambda scene: stale.set_cycles(scene, filter_width=0.01),
        lambda scene: setattr(scene.cycles, "filter_width", 0.01),
    ),
    "bounces": (
        lambda scene: stale.set_cycles(scene, max_bounces=0),
        lambda scene: setattr(scene.cycles, "max_bounces", 0),
    ),
    "size of the HDRI's map": (
        lambda scene: stale.set_world_cycles(scene.world, sample_map_resolution=16),
        lambda scene: setattr(scene.world.cycles, "sample_map_resolution", 16),
    ),
    "custom property": (
        lambda scene: stale.set_custom_property(scene.objects["thing 1"], "tint", RED[:3]),
        lambda scene: scene.objects["thing 1"].__setitem__("tint", RED[:3]),
    ),
    "pixels of an image": (
        lambda scene: stale.set_image_pixels(bpy.data.images["print"], plain(8, 8, RED)),
        _image_pixels_untagged,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_reported_change_is_rendered(scene: Any, case: str) -> None:
    before = picture(scene)
    CASES[case][0](scene)
    after = picture(scene)
    assert not np.array_equal(after, before)
    assert np.array_equal(after, fresh(scene))


@pytest.mark.parametrize("case", CASES)
def test_without_the_report_blender_would_not_see_it(scene: Any, case: str) -> None:
    picture(scene)
    CASES[case][1](scene)
    after = picture(scene)
    assert not np.array_equal(after, fresh(scene)), (
        f"Blender {bpy.app.version_string} now sees changed {case} by itself"
    )


def test_nothing_is_reported_where_nothing_changes(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[str] = []

    class Owner:
        cycles = scene.cycles

        def update_tag(self) -> None:
            reported.append("tag")

    stale.set_cycles(Owner(), filter_width=0.1)
    reported.clear()
    stale.set_cycles(Owner(), filter_width=0.1, samples=scene.cycles.samples)
    assert reported == []
    stale.set_cycles(Owner(), filter_width=0.2, samples=scene.cycles.samples)
    assert reported == ["tag"]


def test_image_pixels_run_from_the_top() -> None:
    image = bpy.data.images.new("rows", 1, 2, float_buffer=True)
    stale.set_image_pixels(image, np.array([[RED], [GREEN]], np.float32))
    assert tuple(image.pixels) == GREEN + RED
