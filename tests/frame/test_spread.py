"""What is measured of drawn frames without rendering, and which parameters are found out to be stuck."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.frame.catalog import Catalog, HdriFacts
from engine.frame.draw import draw
from engine.frame.facts import FrameFacts
from engine.frame.measure import facts_of
from engine.frame.spec import AssetRef
from engine.frame.spread import Spread, spread_of, varying
from engine.recipe.load import recipe_from_plain
from engine.recipe.model import Recipe
from tests.frame.catalogs import box_model, catalog

SUN = HdriFacts(AssetRef("sun", "sun"), 0.5, (0.3, 0.0, 0.3))


def recipe(**plain: Any) -> Recipe:
    return recipe_from_plain(plain, "test")


def facts(what: Recipe, index: int = 0) -> FrameFacts:
    assets = Catalog((box_model(),), (SUN,))
    return facts_of(draw(what, assets, 0, index), assets)


def test_the_viewpoint_is_told_in_the_frame_of_the_object() -> None:
    camera = {"azimuth": 70, "elevation": 25, "distance": 0.8, "look_at_jitter": 0}
    for yaw in (0, 30):
        found = facts(recipe(camera=camera, objects=[{"yaw": yaw, "scale": 2}]))
        assert found.azimuth == pytest.approx(70 - yaw)
        assert found.elevation == pytest.approx(25)
        assert found.distance == pytest.approx(0.8)


def test_boxes_are_those_of_the_hull_cut_at_the_border() -> None:
    camera = {"look_at_jitter": 0, "roll": 0, "elevation": 0, "azimuth": 0}
    small = facts(recipe(camera={**camera, "fill": 0.3}, ground={"kind": "none"}))
    ((x, y, width, height),) = small.boxes
    assert (x, y) == pytest.approx((0.5, 0.5), abs=0.01)
    assert 0.1 < height < 0.3
    assert width * 640 < height * 480 * 1.6
    ((_, _, width, height),) = facts(recipe(camera={**camera, "fill": 6})).boxes
    assert (width, height) == (1, 1)


def test_light_comes_from_where_the_hdri_is_turned_and_from_lamps() -> None:
    surroundings = {"rotation": 90, "strength": 2, "tint": 0, "level": False}
    found = facts(recipe(surroundings=surroundings))
    assert (found.light_azimuth, found.light_elevation) == pytest.approx((90, 45))
    assert found.light_share == pytest.approx(math.hypot(0.3, 0.3) / 0.5)
    assert found.light_strength == pytest.approx(math.log2(2 * 0.5 / 0.9))
    assert found.background == "sun"
    lamp = {"kind": "point", "azimuth_from": "world", "azimuth": 200, "elevation": 10, "strength": 50}
    lit = facts(recipe(surroundings=surroundings, lights=[lamp]))
    assert lit.light_azimuth == pytest.approx(-160, abs=8)
    assert lit.light_elevation == pytest.approx(10, abs=5)
    assert lit.light_strength > found.light_strength + 2


def test_the_sun_of_a_sky_is_where_most_light_comes_from() -> None:
    sky = {"kind": "sky", "rotation": -50, "sun_elevation": 35, "tint": 0, "strength": 1}
    found = facts(recipe(surroundings=sky))
    assert (found.light_azimuth, found.light_elevation) == pytest.approx((-50, 35))
    assert found.background == "sky"
    assert facts(recipe(surroundings={"kind": "plain", "tint": 0, "strength": 2})).light_strength == pytest.approx(1)


def spread(what: Recipe, count: int = 100, **changes: Any) -> Spread:
    """Of a recipe's frames; `changes` are made to the drawn values."""
    assets = catalog()
    frames = [facts_of(draw(what, assets, 0, index), assets) for index in range(count)]
    return spread_of(what, [msgspec.structs.replace(f, drawn=f.drawn | changes) for f in frames])


def problem(found: Spread, path: str) -> str:
    return next(parameter.problem for parameter in found.parameters if parameter.path == path)


def test_a_recipe_whose_frames_are_taken_as_they_come_reaches_everything() -> None:
    what = recipe(objects=[{"count": {"uniform": [1, 3]}, "look": {"choice": ["bare", "textured"]}}])
    found = spread(what)
    assert found.problems == ()
    assert sum(found.ninths) == sum(len(frame.boxes) for frame in found.frames)
    assert len(found.backgrounds) == 8
    paths = {parameter.path: parameter for parameter in found.parameters}
    assert paths["objects[0].yaw"].count == sum(int(frame.drawn["objects[0].count"]) for frame in found.frames) > 100
    assert paths["objects[0].count"].low == 1
    assert paths["objects[0].count"].high == 3
    assert "objects[0].jitter.value" in found.unused
    assert "camera.sensor_width" not in paths


def test_a_stuck_parameter_is_told() -> None:
    found = spread(recipe(), **{"camera.elevation": 12.0, "ground.finish": "wood"})
    assert problem(found, "camera.elevation") == "stuck at 12"
    assert problem(found, "ground.finish") == "stuck at wood"
    assert len(found.problems) == 2


def test_a_part_of_a_range_that_is_never_reached_is_told() -> None:
    what = recipe(camera={"elevation": {"uniform": [0, 100 - 10]}})
    high = spread(recipe(camera={"elevation": {"uniform": [20, 90]}}))
    assert problem(spread_of(what, high.frames), "camera.elevation").startswith("never below 9,")
    low = spread(recipe(camera={"elevation": {"uniform": [0, 60]}}))
    assert problem(spread_of(what, low.frames), "camera.elevation").startswith("never above 81,")
    few = spread_of(what, high.frames[:20])
    assert problem(few, "camera.elevation") == "", "twenty values may miss a tenth by chance"


def test_a_choice_that_is_never_made_is_told_unless_it_is_rare() -> None:
    frames = spread(recipe(objects=[{"look": {"choice": ["bare", "textured"]}}])).frames
    for weights, wanted in (([2, 1, 1], "never colored"), ([200, 1, 200], "")):
        three = recipe(objects=[{"look": {"choice": ["bare", "colored", "textured"], "weights": weights}}])
        assert problem(spread_of(three, frames), "objects[0].look") == wanted


def test_only_settings_that_vary_are_looked_at() -> None:
    paths = [path for path, _, _ in varying(recipe(camera={"roll": 3, "fill": {"uniform": [0.4, 0.4]}}))]
    assert "camera.azimuth" in paths
    assert not {"camera.roll", "camera.fill", "camera.f_stop"} & set(paths)


def test_quantities_are_sorted_and_asked_by_their_share() -> None:
    found = spread(recipe(camera={"distance": {"uniform": [1, 2]}}))
    distance = next(quantity for quantity in found.quantities if quantity.name == "distance")
    assert np.all(np.diff(distance.values) >= 0)
    assert distance.at(0.5) == pytest.approx(1.5, abs=0.1)
    assert dataclasses.asdict(distance)["unit"] == "m"
