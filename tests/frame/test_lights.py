"""Lights as drawn: known colours of black bodies, and where lights stand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.frame.blackbody import chromaticity, light_color
from engine.frame.draw import draw
from engine.frame.draw_lights import stand_of
from engine.frame.draw_surroundings import LEVEL_LUMINANCE
from engine.frame.spec import FrameSpec
from engine.recipe.load import recipe_from_plain
from tests.frame.catalogs import catalog

# Wyszecki and Stiles, Color Science, table 1(3.11): the Planckian locus.
LOCUS = {2000: (0.5267, 0.4133), 2856: (0.4475, 0.4074), 4000: (0.3805, 0.3768), 6500: (0.3135, 0.3237)}


@pytest.mark.parametrize("kelvin", LOCUS)
def test_black_bodies_have_their_known_chromaticity(kelvin: int) -> None:
    assert chromaticity(kelvin) == pytest.approx(LOCUS[kelvin], abs=1e-3)


def test_light_has_luminance_one_and_turns_from_red_to_blue() -> None:
    colors = np.array([light_color(kelvin) for kelvin in (1667, 2700, 4000, 6500, 10_000, 25_000)])
    assert colors @ (0.2126, 0.7152, 0.0722) == pytest.approx(1.0)
    assert (colors >= 0).all()
    assert (np.diff(colors[:, 0]) < 0).all()
    assert (np.diff(colors[:, 2]) > 0).all()
    assert light_color(6500) == pytest.approx((1, 1, 1), abs=0.06), "nearly the white of the display, 6504 K daylight"


def lit(scale: float = 1.0, seed: int = 3, **light: Any) -> FrameSpec:
    return draw(recipe_from_plain({"objects": [{"scale": scale}], "lights": [light]}, "t"), catalog(), seed, 0)


def test_a_frame_without_lights_is_drawn_as_ever() -> None:
    plain = draw(recipe_from_plain({}, "t"), catalog(), 3, 0)
    spec = lit(strength=2.0)
    assert plain.lights == ()
    assert {name: value for name, value in spec.drawn.items() if not name.startswith("lights")} == plain.drawn
    assert (spec.camera, spec.objects, spec.world) == (plain.camera, plain.objects, plain.world)


def test_a_light_stands_where_the_recipe_says_whatever_the_size_of_the_objects() -> None:
    for scale in (1.0, 50.0):
        spec = lit(scale, azimuth=90, elevation=30, distance=5, size=20, aspect=4, strength=1.5)
        centre, radius = stand_of(spec.objects, [catalog().models[0]])
        (light,) = spec.lights
        away = np.subtract(light.position, centre) / radius
        assert away == pytest.approx((0, 5 * math.cos(math.radians(30)), 2.5), abs=1e-9)
        assert light.target == pytest.approx(tuple(centre))
        assert light.width / light.height == pytest.approx(4)
        assert math.sqrt(light.width * light.height) == pytest.approx(2 * 5 * radius * math.tan(math.radians(10)))
        assert light.irradiance == pytest.approx(1.5 * math.pi * LEVEL_LUMINANCE)


def test_azimuth_may_count_from_the_camera() -> None:
    spec = lit(azimuth=40, azimuth_from="camera", elevation=0, kind="sun", size=0.5)
    centre, _ = stand_of(spec.objects, [catalog().models[0]])
    (light,) = spec.lights
    eye = np.array(spec.camera.T_world_camera)[:3, 3] - centre
    away = np.subtract(light.position, centre)
    turn = math.atan2(eye[0] * away[1] - eye[1] * away[0], eye[:2] @ away[:2])
    assert math.degrees(turn) == pytest.approx(40)
    assert light.width == 0.5, "degrees"


def test_a_flash_sits_at_the_camera() -> None:
    spec = lit(kind="flash")
    (light,) = spec.lights
    eye = np.array(spec.camera.T_world_camera)[:3, 3]
    reach = math.dist(light.target, light.position)
    assert 0 < math.dist(eye, light.position) < 0.1 * reach
    assert light.kind == "area"
    assert not any(name.startswith("lights[0][0].azimuth") for name in spec.drawn)


def test_several_lights_each_now_and_then() -> None:
    plain = {"lights": [{"count": {"choice": [0, 1]}}, {"kind": "point", "count": 2}]}
    counts = [len(draw(recipe_from_plain(plain, "t"), catalog(), 0, i).lights) for i in range(20)]
    assert set(counts) == {2, 3}
