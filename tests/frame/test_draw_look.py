"""Materials and wear are drawn as the recipe says, and change nothing where it says nothing of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from engine.frame.catalog import Catalog
from engine.frame.draw import draw
from engine.frame.looks_spec import AssetRef, CupLook, JitterLook, SlotLooks, SurfaceLook
from engine.frame.palettes import natural
from engine.frame.rng import Stream
from engine.frame.spec import FrameSpec
from engine.recipe.ground import FINISHES
from engine.recipe.load import recipe_from_plain
from engine.recipe.materials import MATERIALS
from tests.frame.catalogs import catalog

SETS = (AssetRef("a", "hash of a"), AssetRef("b", "hash of b"))


def drawn(item: dict[str, Any], index: int = 0, assets: Catalog | None = None, **parts: Any) -> FrameSpec:
    plain = {"objects": [{"model": "cup", **item}], **parts}
    return draw(recipe_from_plain(plain, "t"), assets or catalog(), 0, index)


def with_model(**changes: Any) -> Catalog:
    base = catalog(models=2)
    facts = dataclasses.replace(base.models[1], **changes)
    sets = {"objects[0].textures": SETS, "ground.textures": SETS}
    return dataclasses.replace(base, models=(facts,), texture_sets=sets)


def test_without_a_word_of_materials_looks_are_as_ever() -> None:
    spec = drawn({})
    assert isinstance(spec.objects[0].look, CupLook)
    assert spec.objects[0].look.wear is None
    assert not any(".material" in name or ".wear" in name for name in spec.drawn)
    assert isinstance(drawn({}, assets=with_model()).objects[0].look, JitterLook)


@pytest.mark.parametrize("material", MATERIALS)
def test_each_material_has_colours_of_its_own_by_nature(material: str) -> None:
    looks = [drawn({"material": material}, index).objects[0].look for index in range(20)]
    assert all(isinstance(look, SurfaceLook) and look.material == material for look in looks)
    assert len({look.base_color for look in looks if isinstance(look, SurfaceLook)}) > 4
    for look in looks:
        assert isinstance(look, SurfaceLook)
        assert all(0.0 <= part <= 1.0 for part in (*look.base_color, *look.second_color, look.roughness))


@pytest.mark.parametrize("finish", FINISHES)
def test_each_finish_of_the_ground_has_a_palette(finish: str) -> None:
    base, second, roughness = natural(finish, Stream(0, 0, 0, "x"))
    assert all(0.0 <= part <= 1.0 for part in (*base, *second, roughness))


def test_the_material_may_vary_and_own_is_one_of_them() -> None:
    item = {"material": {"choice": ["own", "wood", "tiles"]}}
    kinds = {type(drawn(item, index).objects[0].look) for index in range(20)}
    assert kinds == {CupLook, SurfaceLook}


def test_colours_of_the_paint_where_nature_is_not_wanted() -> None:
    item = {"material": "plastic", "surface": {"natural": False}, "paint": {"hue": 0, "saturation": 1, "value": 1}}
    look = drawn(item).objects[0].look
    assert isinstance(look, SurfaceLook)
    assert look.base_color == (1.0, 0.0, 0.0)


def test_sets_are_drawn_from_the_list_of_the_object() -> None:
    item = {"material": "pbr", "surface": {"texture_size": 0.4}}
    looks = [drawn(item, index, with_model()).objects[0].look for index in range(12)]
    assert {look.textures for look in looks if isinstance(look, SurfaceLook)} == set(SETS)
    assert {look.texture_size for look in looks if isinstance(look, SurfaceLook)} == {0.4}


def test_uv_maps_are_followed_where_there_are_any_in_the_size_of_the_object() -> None:
    item = {"material": "pbr", "scale": 3, "surface": {"mapping": "uv"}, "wear": {"dust": 0.5}}
    look = drawn(item, assets=with_model(uv_metres=0.2)).objects[0].look
    assert isinstance(look, SurfaceLook)
    assert look.wear is not None
    assert (look.uv_metres, look.wear.uv_metres) == pytest.approx((0.6, 0.6))
    without = drawn(item, assets=with_model()).objects[0].look
    assert isinstance(without, SurfaceLook)
    assert without.uv_metres == 0.0


def test_slots_get_the_same_material_or_each_its_own_or_some_keep_theirs() -> None:
    assets = with_model(slots=6)
    item = {"material": {"choice": ["wood", "tiles", "leather"]}}
    assert isinstance(drawn(item, assets=assets).objects[0].look, SurfaceLook)
    each = drawn({**item, "slots": "each"}, assets=assets).objects[0].look
    assert isinstance(each, SlotLooks)
    assert len({look.material for look in each.looks if isinstance(look, SurfaceLook)}) > 1
    some = drawn({**item, "slots": "some"}, assets=assets).objects[0].look
    assert isinstance(some, SlotLooks)
    assert {type(look) for look in some.looks} == {JitterLook, SurfaceLook}


@pytest.mark.parametrize("material", ["own", "wood"])
def test_wear_is_drawn_for_any_material(material: str) -> None:
    item = {"material": material, "wear": {"scratches": {"uniform": [0.2, 0.6]}, "scale": 2}}
    look = drawn(item, assets=with_model()).objects[0].look
    assert isinstance(look, JitterLook | SurfaceLook)
    assert look.wear is not None
    assert 0.2 <= look.wear.scratches <= 0.6
    assert (look.wear.dust, look.wear.scale) == (0.0, 2.0)


def test_the_ground_takes_all_materials_and_wear() -> None:
    ground = drawn({}, assets=with_model(), ground={"finish": "pbr", "texture_size": 0.7}).ground
    assert ground is not None
    assert ground.textures in SETS
    assert ground.texture_size == 0.7
    by_nature = drawn({}, ground={"finish": "brushed-metal", "natural": True, "wear": {"stains": 1}}).ground
    assert by_nature is not None
    assert by_nature.wear is not None
    assert by_nature.base_color == by_nature.second_color


def test_the_metallic_of_a_models_materials_strays_where_that_is_wanted() -> None:
    plain = drawn({}, assets=with_model())
    varied = drawn({"jitter": {"metallic_shift": {"uniform": [0.2, 0.4]}}}, assets=with_model())
    assert {name: varied.drawn[name] for name in plain.drawn} == plain.drawn
    look, before = varied.objects[0].look, plain.objects[0].look
    assert isinstance(look, JitterLook)
    assert isinstance(before, JitterLook)
    assert before.metallic_shift == 0.0
    assert look.metallic_shift == varied.drawn["objects[0][0].jitter.metallic_shift"]
    assert 0.2 <= look.metallic_shift <= 0.4
