"""Materials look different, repeat to the bit, keep their size in metres; pictures lie right; wear shows anywhere."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

import presets
from engine.annotate.redraw import draw_visible
from engine.blender.asset_store import AssetStore
from engine.blender.cup import cup_mesh
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.imperfections import wear_out
from engine.blender.looks import painted_material
from engine.blender.preview import PreviewRenderer
from engine.blender.surfaces import surface_material
from engine.blender.texture_sets import LoadedSet, load_set
from engine.blender.uv_scale import uv_metres
from engine.errors import AssetError
from engine.frame.draw_surface import KINDS
from engine.frame.looks_spec import AssetRef, SurfaceLook, Wear
from engine.library.pbr import find_sets
from engine.recipe.load import load_recipe
from engine.recipe.materials import MATERIALS
from tests.blender.little_stage import LittleStage, Picture, difference, mean_color
from tests.library.texture_sets import bumps, poly_haven, write

REF = AssetRef("set", "hash")


def look(material: str, **changes: Any) -> SurfaceLook:
    values: dict[str, Any] = {
        "base_color": (0.6, 0.45, 0.3),
        "second_color": (0.2, 0.15, 0.1),
        "roughness": 0.4,
        "seed": 0.2,
    }
    return SurfaceLook(material=material, **(values | changes))


@pytest.fixture
def stage(tmp_path: Path) -> LittleStage:
    stage = LittleStage(tmp_path, (48, 36))
    stage.aim((0.3, -1.0, 0.4), (0.01, 0.0, 0.045), 0.26)
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 2.0, (0.9, 0.5, 0.0)
    stage.scene.collection.objects.link(sun)
    return stage


@pytest.fixture
def mug(stage: LittleStage) -> bpy.types.Object:
    return stage.add(cup_mesh())


def cube(stage: LittleStage, side: float, scale: float) -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add(size=side, calc_uvs=True)
    thing = bpy.context.object
    thing.scale = (scale,) * 3
    return thing


def test_materials_look_different_and_their_bits_repeat(stage: LittleStage, mug: bpy.types.Object) -> None:
    pictures = [stage.show(mug, surface_material(name, look(name))) for name in MATERIALS]
    assert min(difference(a, b) for a, b in itertools.combinations(pictures, 2)) > 0.003
    assert np.array_equal(pictures[3], stage.show(mug, surface_material("again", look(MATERIALS[3]))))


@pytest.mark.parametrize("material", ["wood", "tiles", "brushed-metal", "dirty-paint"])
def test_patterns_have_their_size_in_metres_whatever_the_object_is_scaled_by(stage: LittleStage, material: str) -> None:
    stage.aim((0.4, -1.0, 0.7), (0.0, 0.0, 0.0), 0.3)
    pictures = []
    for side, scale in ((0.08, 1.0), (0.04, 2.0), (0.8, 0.1)):
        thing = cube(stage, side, scale)
        wear = Wear(scratches=1.0, dents=1.0, stains=1.0)
        pictures.append(stage.show(thing, surface_material("m", look(material, wear=wear))))
        bpy.data.objects.remove(thing)
    assert max(difference(pictures[0], other) for other in pictures[1:]) < 2e-3


def test_a_scale_enlarges_the_pattern(stage: LittleStage, mug: bpy.types.Object) -> None:
    pictures = [stage.show(mug, surface_material("m", look("tiles", scale=scale))) for scale in (1.0, 2.0)]
    assert difference(*pictures) > 0.005


def loaded(folder: Path) -> LoadedSet:
    (found,) = find_sets(folder)
    return load_set(found)


def with_pictures(stage: LittleStage, thing: bpy.types.Object, folder: Path, **changes: Any) -> Picture:
    spec = look("pbr", textures=REF, texture_size=0.05, **changes)
    return stage.show(thing, surface_material("m", spec, {REF.content_hash: loaded(folder)}))


@pytest.mark.parametrize("by_uv", [False, True])
def test_both_conventions_of_normals_raise_the_same_hills(
    stage: LittleStage, mug: bpy.types.Object, tmp_path: Path, by_uv: bool
) -> None:
    spans = uv_metres(mug.data) if by_uv else 0.0
    flat = poly_haven(tmp_path / "flat")
    write(flat / "hills_nor_gl_1k.png", (0.5, 0.5, 1.0))
    flat_picture = with_pictures(stage, mug, flat, uv_metres=spans)
    gl, dx = (
        with_pictures(stage, mug, poly_haven(tmp_path / kind, normals=kind), uv_metres=spans) for kind in ("gl", "dx")
    )
    assert difference(gl, dx) < 1e-3
    assert difference(gl, flat_picture) > 0.01


def test_normals_agree_with_the_height_map_of_the_same_hills(
    stage: LittleStage, mug: bpy.types.Object, tmp_path: Path
) -> None:
    """Light and shade fall on the same sides: were a convention taken for the other, hills would be hollows."""
    height, _ = bumps()
    write(tmp_path / "high/hills_disp_1k.png", height)
    raised = with_pictures(stage, mug, tmp_path / "high", seed=0.4)
    write(tmp_path / "level/hills_disp_1k.png", np.full_like(height, 0.5))
    level = with_pictures(stage, mug, tmp_path / "level", seed=0.4)
    sides = {}
    for kind in ("gl", "dx"):
        # Whatever its name says, the file holds normals of OpenGL's convention.
        folder = tmp_path / kind
        write(folder / f"hills_nor_{kind}_1k.png", bumps()[1] / 2 + 0.5)
        shaded = with_pictures(stage, mug, folder, seed=0.4)
        sides[kind] = float(((shaded - level)[..., :3] * (raised - level)[..., :3]).mean())
    assert sides["gl"] > 0
    assert sides["gl"] > 1.5 * sides["dx"]


def test_maps_go_where_they_belong_and_missing_ones_are_as_the_look_says(
    stage: LittleStage, mug: bpy.types.Object, tmp_path: Path
) -> None:
    green = poly_haven(tmp_path / "green")
    assert mean_color(with_pictures(stage, mug, green)).argmax() == 1
    write(tmp_path / "rough/a_rough.png", (0.1, 0.1, 0.1))
    picture = with_pictures(stage, mug, tmp_path / "rough", base_color=(0.7, 0.1, 0.1))
    assert mean_color(picture).argmax() == 0
    write(tmp_path / "metal/a_rough.png", (0.1, 0.1, 0.1))
    write(tmp_path / "metal/a_metal.png", (1.0, 1.0, 1.0))
    metal = with_pictures(stage, mug, tmp_path / "metal", base_color=(0.7, 0.1, 0.1))
    assert difference(picture, metal) > 0.01


def test_maps_that_do_not_belong_together_are_an_error_and_leave_no_pictures(tmp_path: Path) -> None:
    poly_haven(tmp_path)
    write(tmp_path / "hills_arm_1k.png", np.zeros((16, 32, 3)))
    before = len(bpy.data.images)
    with pytest.raises(AssetError, match=r"hills_\w+_1k\.png: the picture has another shape than hills_"):
        loaded(tmp_path)
    assert len(bpy.data.images) == before


def test_the_span_of_a_uv_map(stage: LittleStage) -> None:
    thing = cube(stage, 0.4, 1.0)
    # Blender lays a cube's six faces out in a cross of quarters.
    assert uv_metres(thing.data) == pytest.approx(1.6, rel=1e-5)
    thing.data.uv_layers.remove(thing.data.uv_layers[0])
    assert uv_metres(thing.data) == 0.0


@pytest.mark.parametrize("by_uv", [False, True])
def test_each_kind_of_wear_shows_on_any_material_and_more_of_it_shows_more(
    stage: LittleStage, mug: bpy.types.Object, by_uv: bool
) -> None:
    def worn(**amounts: float) -> Picture:
        material = painted_material("paint", (0.3, 0.1, 0.1), 0.3, 0.0)
        if amounts:
            wear_out(material, Wear(seed=0.3, uv_metres=uv_metres(mug.data) if by_uv else 0.0, **amounts))
        return stage.show(mug, material)

    clean = worn()
    for kind in KINDS:
        little, much = (difference(clean, worn(**{kind: amount})) for amount in (0.1, 1.0))
        assert little < much, kind
        assert much > 2e-4, kind


def test_frames_hold_sets_of_pictures_and_wear_and_previews_show_the_same(tmp_path: Path) -> None:
    """From the recipe to pixels: on the object by slots, on the ground, and in both kinds of stage."""
    poly_haven(tmp_path)
    recipe = load_recipe(
        presets.find("basic"),
        (
            "render.resolution=[64, 48]",
            "render.samples=2",
            "surroundings.hdris='builtin:studio'",
            "objects[0].material=pbr",
            f"objects[0].textures={tmp_path}",
            "objects[0].wear.dents=1",
            "ground.finish=pbr",
            f"ground.textures={tmp_path}",
            "ground.texture_size=0.1",
        ),
    )
    frames = FrameRenderer(recipe, "cpu", lambda path: None)
    assert {entry.role for entry in frames.prepared.files if "textures" in entry.role} == {
        f"{place}.textures[0].{kind}" for place in ("objects[0]", "ground") for kind in ("arm", "color", "normal_gl")
    }
    spec = draw_visible(recipe, frames.prepared.catalog, frames.bodies, 0, 0)
    first = frames.render(spec)
    assert np.array_equal(first.rgb, frames.render(spec).rgb)
    green = first.rgb[first.instance_id > 0].mean(axis=0)
    assert green.argmax() == 1
    preview = PreviewRenderer()
    preview.load(recipe, lambda path: None)
    assert np.array_equal(preview.full(spec, lambda done, total: None, lambda: False).rgb, first.rgb)


def test_sets_that_were_used_longest_ago_are_forgotten(stage: LittleStage, tmp_path: Path) -> None:
    store = AssetStore()
    for name in ("a", "b"):
        (found,) = find_sets(poly_haven(tmp_path / name))
        store.texture_set(found, lambda path: None)
    assert (store.exceeds(9, 9, 1, 9), store.exceeds(9, 9, 2, 9)) == (True, False)
    store.forget_all_but(9, 9, 1, 9)
    assert {Path(image.filepath).parent.name for image in bpy.data.images if image.filepath} == {"b"}


def test_pbr_without_sets_is_an_error_that_says_what_to_do() -> None:
    recipe = load_recipe(presets.find("basic"), ("ground.finish=pbr",))
    with pytest.raises(AssetError, match=r"ground\.textures: no set of pictures is named.*name a folder"):
        FrameRenderer(recipe, "cpu", lambda path: None)
