"""Materials are judged by what they look like: small real renders of the mug."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import bpy
import numpy as np
import pytest

from engine.blender.cup import cup_mesh
from engine.blender.imperfections import imperfect
from engine.blender.looks import cup_material, jitter_material, painted_material
from engine.blender.nodes import linear, offset
from engine.frame.looks_spec import CupLook
from tests.blender.little_stage import LittleStage, difference, mean_color

PATTERNS = get_args(get_type_hints(CupLook)["pattern"])
WHITE, BLUE = (0.9, 0.88, 0.84), (0.1, 0.2, 0.6)


def look(name: str = "textured", **changes: Any) -> CupLook:
    values: dict[str, Any] = {
        "look": name,
        "base_color": WHITE,
        "second_color": BLUE,
        "roughness": 0.3,
        "metallic": 0.0,
        "pattern": "stripes",
        "pattern_scale": 1.0,
        "pattern_seed": 0.2,
        "bump": 0.5,
        "imperfection": 0.6,
        "imperfection_seed": 0.3,
    }
    return CupLook(**(values | changes))


@pytest.fixture
def stage(tmp_path: Path) -> LittleStage:
    stage = LittleStage(tmp_path)
    stage.aim((0.3, -1.0, 0.4), (0.01, 0.0, 0.045), 0.26)
    return stage


@pytest.fixture
def mug(stage: LittleStage) -> bpy.types.Object:
    return stage.add(cup_mesh())


def principled(material: bpy.types.Material) -> bpy.types.Node:
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def test_bare_is_grey_whatever_the_colours(stage: LittleStage, mug: bpy.types.Object) -> None:
    first = stage.show(mug, cup_material("a", look("bare")))
    second = stage.show(mug, cup_material("b", look("bare", base_color=(1.0, 0.0, 0.0), pattern="dots")))
    assert np.array_equal(first, second)
    assert np.ptp(mean_color(first)) < 0.02


def test_colored_has_the_colour_asked_for_and_no_pattern(stage: LittleStage, mug: bpy.types.Object) -> None:
    material = cup_material("red mug", look("colored", base_color=(0.7, 0.1, 0.1)))
    assert material.name == "red mug"
    red, green, blue = mean_color(stage.show(mug, material))
    assert red > 2.0 * green
    assert red > 2.0 * blue
    other = cup_material("b", look("colored", base_color=(0.7, 0.1, 0.1), pattern="dots", second_color=WHITE))
    assert np.array_equal(stage.show(mug, material), stage.show(mug, other))


def test_roughness_and_metal_can_be_seen(stage: LittleStage, mug: bpy.types.Object) -> None:
    # Under an even sky gloss is invisible: light comes from one side alone.
    light = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    light.rotation_euler = (0.9, 0.3, 0.0)
    stage.scene.collection.objects.link(light)
    dark = {"base_color": (0.2, 0.2, 0.2), "roughness": 0.2}
    plain = stage.show(mug, cup_material("a", look("colored", **dark)))
    for changes in ({"roughness": 0.9}, {"metallic": 1.0}):
        assert difference(plain, stage.show(mug, cup_material("b", look("colored", **(dark | changes))))) > 0.003


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("seed", [0.1, 0.55, 0.9])
def test_every_pattern_shows_both_colours(stage: LittleStage, mug: bpy.types.Object, pattern: str, seed: float) -> None:
    material = cup_material("m", look(pattern=pattern, pattern_seed=seed))
    picture = stage.show(mug, material)
    filled = picture[picture[..., 3] > 0.99]
    warmth = filled[:, 2] - filled[:, 0]
    # A speck is smaller than a pixel here.
    least = warmth.min() + 0.03 if pattern == "speckled" else 0.15
    assert (warmth > least).mean() > 0.02, "no pixel in the second colour"
    assert (warmth < 0.02).mean() > 0.15, "no pixel in the base colour"


@pytest.mark.parametrize("pattern", PATTERNS)
def test_seed_and_scale_change_a_pattern_and_its_bits_repeat(
    stage: LittleStage, mug: bpy.types.Object, pattern: str
) -> None:
    first = stage.show(mug, cup_material("a", look(pattern=pattern)))
    assert np.array_equal(first, stage.show(mug, cup_material("b", look(pattern=pattern))))
    for changes in ({"pattern_seed": 0.85}, {"pattern_scale": 2.0}, {"pattern_scale": 0.5}):
        assert difference(first, stage.show(mug, cup_material("c", look(pattern=pattern, **changes)))) > 1e-3


@pytest.mark.parametrize("pattern", ["stripes", "dots", "checks", "waves", "band"])
def test_prints_stay_outside_and_off_the_handle(stage: LittleStage, mug: bpy.types.Object, pattern: str) -> None:
    """Seen from straight above, only the inside, the rim and the handle show: no print but at the very edge."""
    stage.aim((0.0, 0.0, 1.0), (0.0, 0.0, 0.09), 0.6)
    picture = stage.show(mug, cup_material("m", look(pattern=pattern, pattern_seed=0.6)))
    filled = picture[picture[..., 3] > 0.99]
    assert (filled[:, 2] - filled[:, 0] > 0.15).mean() < 0.02


def test_the_pattern_has_no_seam_behind_the_handle(stage: LittleStage, mug: bpy.types.Object) -> None:
    """A pattern repeats a whole number of times: turned by one repeat, the mug's far side looks as before."""
    stage.aim((-1.0, 0.0, 0.0), (0.0, 0.0, 0.046), 0.2)
    material = cup_material("m", look(pattern="checks", pattern_seed=0.1, bump=0.0))
    before = stage.show(mug, material)
    mug.rotation_euler[2] = 2.0 * np.pi / 11.0
    after = stage.show(mug, material)
    centre = (slice(18, 30), slice(26, 38))
    assert difference(before[centre], after[centre]) < 0.02
    mug.rotation_euler[2] = np.pi / 11.0
    assert difference(before[centre], stage.show(mug, material)[centre]) > 0.1


def test_bump_shows(stage: LittleStage, mug: bpy.types.Object) -> None:
    flat = stage.show(mug, cup_material("a", look(bump=0.0)))
    assert difference(flat, stage.show(mug, cup_material("b", look(bump=1.0)))) > 1e-4


def test_wear_of_zero_is_invisible_and_more_wear_shows_more(stage: LittleStage, mug: bpy.types.Object) -> None:
    clean = stage.show(mug, cup_material("clean", look("textured")))
    assert np.array_equal(clean, stage.show(mug, cup_material("zero", look("imperfect", imperfection=0.0))))
    worn = [
        difference(clean, stage.show(mug, cup_material(f"w{amount}", look("imperfect", imperfection=amount))))
        for amount in (0.1, 0.4, 1.0)
    ]
    assert 1e-4 < worn[0] < worn[1] < worn[2]
    assert worn[2] > 0.01


def test_the_seed_of_the_wear_moves_it(stage: LittleStage, mug: bpy.types.Object) -> None:
    first, again, other = (
        stage.show(mug, cup_material("m", look("imperfect", imperfection=1.0, imperfection_seed=seed)))
        for seed in (0.0, 0.0, 0.5)
    )
    assert np.array_equal(first, again)
    assert difference(first, other) > 1e-3


def test_any_material_with_a_principled_shader_can_be_worn(stage: LittleStage, mug: bpy.types.Object) -> None:
    material = painted_material("paint", BLUE, 0.4, 1.0)
    picture = material.node_tree.nodes.new("ShaderNodeTexChecker")
    material.node_tree.links.new(picture.outputs["Color"], principled(material).inputs["Base Color"])
    before = stage.show(mug, material)
    imperfect(material, 0.0, 0.4)
    assert np.array_equal(before, stage.show(mug, material))
    imperfect(material, 0.8, 0.4)
    assert difference(before, stage.show(mug, material)) > 1e-3

    glow = bpy.data.materials.new("glow")
    glow.node_tree.nodes.clear()
    glow.node_tree.nodes.new("ShaderNodeEmission")
    imperfect(glow, 1.0, 0.4)
    assert len(glow.node_tree.nodes) == 1


def test_paint_is_given_in_srgb(stage: LittleStage) -> None:
    material = painted_material("grey", (0.5, 0.5, 0.5), 0.25, 0.75)
    inputs = principled(material).inputs
    assert tuple(inputs["Base Color"].default_value) == pytest.approx((0.21404, 0.21404, 0.21404, 1.0), abs=1e-4)
    assert (inputs["Roughness"].default_value, inputs["Metallic"].default_value) == (0.25, 0.75)
    assert linear((0.0, 0.04, 1.0)) == pytest.approx((0.0, 0.04 / 12.92, 1.0, 1.0))


@pytest.mark.parametrize("linked", [False, True])
def test_jitter_changes_a_copy_and_leaves_the_original(stage: LittleStage, mug: bpy.types.Object, linked: bool) -> None:
    original = painted_material("own", (0.8, 0.1, 0.1), 0.9, 0.0)
    if linked:
        tree = original.node_tree
        for name, kind, value in (
            ("Base Color", "ShaderNodeRGB", linear((0.8, 0.1, 0.1))),
            ("Roughness", "ShaderNodeValue", 0.9),
        ):
            node = tree.nodes.new(kind)
            node.outputs[0].default_value = value
            tree.links.new(node.outputs[0], principled(original).inputs[name])
    before = stage.show(mug, original)
    count = len(original.node_tree.nodes)
    copy = jitter_material(original, 120.0, 1.0, 1.0, 0.5)
    assert copy != original
    red, green, _ = mean_color(stage.show(mug, copy))
    assert green > 2.0 * red, "a third of a turn makes green of red"
    assert len(original.node_tree.nodes) == count
    assert np.array_equal(before, stage.show(mug, original))

    dull = jitter_material(original, 0.0, 0.0, 0.5, -2.0)
    colour = mean_color(stage.show(mug, dull))
    assert np.ptp(colour) < 0.03, "without saturation it is grey"
    if not linked:
        assert principled(copy).inputs["Roughness"].default_value == 1.0
        assert principled(dull).inputs["Roughness"].default_value == 0.0


@pytest.mark.parametrize("linked", [False, True])
def test_jitter_makes_metal_of_paint(stage: LittleStage, mug: bpy.types.Object, linked: bool) -> None:
    """Whether the share of metal is a number or comes from a node."""
    original = painted_material("own", (0.8, 0.8, 0.8), 0.2, 0.3)
    if linked:
        node = original.node_tree.nodes.new("ShaderNodeValue")
        node.outputs[0].default_value = 0.3
        original.node_tree.links.new(node.outputs[0], principled(original).inputs["Metallic"])
    metal = jitter_material(original, 0.0, 1.0, 1.0, 0.0, 0.9)
    same = jitter_material(original, 0.0, 1.0, 1.0, 0.0, 0.0)
    assert difference(stage.show(mug, original), stage.show(mug, same)) < 1e-3
    assert difference(stage.show(mug, original), stage.show(mug, metal)) > 0.01
    if not linked:
        assert principled(metal).inputs["Metallic"].default_value == 1.0


def test_jitter_by_nothing_changes_nothing(stage: LittleStage, mug: bpy.types.Object) -> None:
    original = painted_material("own", (0.8, 0.3, 0.1), 0.4, 0.0)
    same = jitter_material(original, 0.0, 1.0, 1.0, 0.0)
    assert difference(stage.show(mug, original), stage.show(mug, same)) < 1e-3
    turned = jitter_material(original, 360.0, 1.0, 1.0, 0.0)
    assert difference(stage.show(mug, original), stage.show(mug, turned)) < 1e-3


def test_jitter_leaves_other_shaders_alone(stage: LittleStage) -> None:
    glow = bpy.data.materials.new("glow")
    glow.node_tree.nodes.clear()
    glow.node_tree.nodes.new("ShaderNodeEmission")
    copy = jitter_material(glow, 30.0, 0.5, 1.2, 0.1)
    assert [node.type for node in copy.node_tree.nodes] == ["EMISSION"]


def test_offsets_follow_from_seed_and_salt() -> None:
    assert offset(0.3, 1) == offset(0.3, 1)
    assert len({offset(seed / 100.0, salt) for seed in range(100) for salt in range(5)}) == 500
    assert all(0.0 <= part < 4.0 for seed in range(100) for part in offset(seed / 100.0, 3))
