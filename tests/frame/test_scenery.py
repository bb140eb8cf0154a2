"""What is around the objects, as drawn: skies, plain surroundings, backdrops, the light guessed from photographs."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.frame.backdrop_spec import HdriCrop, PhotoCrop
from engine.frame.catalog import Catalog, PhotoFacts
from engine.frame.draw import draw
from engine.frame.draw_backdrop import cells_within
from engine.frame.photo_light import guess_light
from engine.frame.spec import AssetRef, FrameSpec
from engine.recipe.load import recipe_from_plain
from tests.frame.catalogs import catalog

GREY = np.full((24, 24, 3), 0.2)
BESIDE = np.linspace(0.02, 0.4, 24)[None, :, None] * np.ones((24, 1, 3))
"""Brighter towards the right."""


def photos(*cells: np.ndarray, size: tuple[int, int] = (640, 480)) -> Catalog:
    facts = (PhotoFacts(AssetRef(f"{i}.jpg", f"photo{i}"), *size, cell) for i, cell in enumerate(cells))
    return dataclasses.replace(catalog(), photos=tuple(facts))


def spec_of(plain: dict[str, Any], assets: Catalog | None = None, index: int = 0) -> FrameSpec:
    return draw(recipe_from_plain(plain, "t"), assets or catalog(), 5, index)


def test_other_surroundings_change_nothing_else() -> None:
    before = spec_of({})
    for kind in ("sky", "plain"):
        spec = spec_of({"surroundings": {"kind": kind}})
        assert (spec.camera, spec.objects, spec.ground) == (before.camera, before.objects, before.ground)
        assert spec.world.rotation == before.world.rotation
        assert spec.world.tint == before.world.tint
        assert spec.world.hdri is None
        assert "surroundings.hdri" not in spec.drawn
        assert msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec) == spec
    assert before.world.hdri is not None


def test_a_sky_is_exposed_alike_at_noon_and_at_sunset() -> None:
    noon, dusk = (
        spec_of({"surroundings": {"kind": "sky", "sun_elevation": e, "haze": 1, "strength": 1}}).world for e in (60, 4)
    )
    assert noon.sky is not None
    assert dusk.sky is not None
    assert 3 < dusk.strength / noon.strength < 5
    assert max(dusk.sky.land) < 0.2 * max(noon.sky.land)


def test_without_photographs_the_backdrop_is_a_crop_of_the_frames_own_hdri() -> None:
    spec = spec_of({"backdrop": {"kind": "photo", "elevation": -5, "field_of_view": 60}})
    assert spec.world == spec_of({}).world
    assert spec.backdrop is not None
    forward = np.array(spec.camera.T_world_camera)[:3, 2]
    azimuth = math.degrees(math.atan2(forward[1], forward[0]))
    assert spec.backdrop.picture == HdriCrop(pytest.approx(azimuth), -5, 60)  # type: ignore[arg-type]
    assert spec_of({"backdrop": {"kind": "photo"}, "surroundings": {"kind": "sky"}}).backdrop is None


def test_a_crop_has_the_pictures_aspect_and_lies_in_the_photograph() -> None:
    plain = {"backdrop": {"kind": "photo", "zoom": {"uniform": [1, 4]}}, "render": {"resolution": [300, 300]}}
    names, lefts = set(), set()
    for index in range(40):
        spec = spec_of(plain, photos(GREY, BESIDE, size=(640, 480)), index)
        assert spec.backdrop is not None
        crop = spec.backdrop.picture
        assert isinstance(crop, PhotoCrop)
        left, top, right, bottom = crop.box
        assert right - left == pytest.approx(bottom - top)
        assert 0 <= left < right <= 640 + 1e-9
        assert 0 <= top < bottom <= 480 + 1e-9
        names.add(crop.photo.name)
        lefts.add(left)
    assert names == {"0.jpg", "1.jpg"}
    assert len(lefts) == 40


def test_the_light_comes_from_the_photographs_brighter_side() -> None:
    plain = {"backdrop": {"kind": "photo", "zoom": 1, "strength": 1}, "surroundings": {"kind": "plain"}}
    spec = spec_of(plain, photos(BESIDE))
    (main,) = spec.lights
    right = np.array(spec.camera.T_world_camera)[:3, 0]
    away = np.subtract(main.position, main.target)
    assert away @ right > 0.3 * np.linalg.norm(away)
    assert away[2] > 0
    assert spec.world.photo == spec.backdrop.picture  # type: ignore[union-attr]
    other = spec_of({**plain, "backdrop": {"kind": "photo", "light": "surroundings"}}, photos(BESIDE))
    assert other.lights == ()
    assert other.world.photo is None


def test_the_guess_follows_brightness_color_and_contrast() -> None:
    grey, dark, beside = guess_light(GREY), guess_light(GREY / 2), guess_light(BESIDE)
    assert dark.radiance == pytest.approx(grey.radiance / 2)
    assert grey.azimuth == pytest.approx(0)
    assert beside.azimuth > 20
    assert guess_light(BESIDE[:, ::-1]).azimuth == pytest.approx(-beside.azimuth)
    assert guess_light(BESIDE.transpose(1, 0, 2)).elevation < grey.elevation, "a bright floor"
    lamp = GREY.copy()
    lamp[2:6, 2:8] = 1.0
    spotted = guess_light(lamp)
    assert spotted.share > grey.share + 0.1
    assert spotted.size < grey.size - 5
    warm = guess_light(GREY * (1.3, 1.0, 0.6)).color
    assert warm[0] > 1 > warm[2]
    assert np.dot(warm, (0.2126, 0.7152, 0.0722)) == pytest.approx(1)


def test_only_the_crop_counts_for_the_light() -> None:
    facts = photos(BESIDE).photos[0]
    right = cells_within(facts, (480, 0, 640, 480))
    assert right.shape == (24, 6, 3)
    assert right.min() > 0.29
    assert cells_within(facts, (600, 300, 601, 301)).shape == (1, 1, 3)


def test_a_floor_for_shadows_is_drawn_where_there_is_none_to_see() -> None:
    plain: dict[str, Any] = {"backdrop": {"kind": "photo", "shadow": True}}
    assert spec_of(plain).backdrop.shadow is None  # type: ignore[union-attr]
    plain["ground"] = {"kind": "none"}
    shadow = spec_of(plain, photos(GREY)).backdrop.shadow  # type: ignore[union-attr]
    assert shadow is not None
    assert shadow.color == pytest.approx((0.2, 0.2, 0.2))
    below = {**plain, "camera": {"elevation": -30, "distance": 1}}
    assert spec_of(below).backdrop.shadow is None  # type: ignore[union-attr]
