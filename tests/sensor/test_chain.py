"""The effects together: their order, their limits, at another size, and the same for ever."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.frame.draw import draw
from engine.frame.resize import resized
from engine.frame.sensor_spec import SensorSpec
from engine.frame.spec import FrameSpec
from engine.recipe.load import recipe_from_plain
from engine.sensor.chain import MIDDLE_GREY, on_display, on_light
from engine.sensor.filters import Picture
from tests.frame.catalogs import catalog

RICH = {
    "blur": 0.6, "defocus": 1.2, "red_shift": 1.5, "blue_shift": -1.0, "vignetting": 0.3, "iso": 1600,
    "demosaic": "malvar", "bits": 12, "white_balance": 5200, "tint": 0.1, "sharpening": 0.7, "jpeg": 80,
}  # fmt: skip


def frame(index: int = 0, **values: Any) -> FrameSpec:
    recipe = recipe_from_plain({"sensor": values, "render": {"resolution": [64, 48]}}, "test")
    return draw(recipe, catalog(), 0, index)


def sensor(**values: Any) -> SensorSpec:
    found = frame(**values).sensor
    assert found is not None
    return found


def light(height: int = 48, width: int = 64) -> Picture:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    return np.stack([x * y, 0.5 * x + 0.1, (1 - y) * 0.8 + 0.02], axis=-1).astype(np.float32)


def test_a_recipe_without_effects_draws_no_sensor_and_notes_nothing() -> None:
    spec = frame()
    assert spec.sensor is None
    assert not [name for name in spec.drawn if name.startswith("sensor.")]
    assert frame(iso=0, jpeg=0, read_noise=9, full_well=50, headroom=3, sharpening_radius=2).sensor is None


@pytest.mark.parametrize("name", RICH)
def test_each_effect_alone_makes_a_sensor_and_changes_the_picture(name: str) -> None:
    spec = sensor(**{name: RICH[name]})
    picture = light()
    seen = np.clip(on_light(picture, spec), 0, 1)
    before = np.clip(picture, 0, 1)
    if name in ("sharpening", "jpeg"):
        assert np.array_equal(seen, before)
        rgb = (before * 255).astype(np.uint8)
        assert not np.array_equal(on_display(rgb, spec), rgb)
    else:
        assert np.abs(seen - before).max() > 1e-4


def test_what_is_drawn_is_noted_and_differs_from_frame_to_frame() -> None:
    first, second = (frame(i, iso={"uniform": [100, 800]}) for i in (0, 1))
    assert first.sensor is not None
    assert second.sensor is not None
    assert first.drawn["sensor.iso"] == first.sensor.iso != second.sensor.iso
    assert first.sensor.noise_seed != second.sensor.noise_seed
    assert msgspec.json.decode(msgspec.json.encode(first), type=FrameSpec) == first


def test_the_sensor_leaves_everything_else_of_a_frame_as_it_was() -> None:
    plain, rich = frame(), frame(**RICH)
    assert msgspec.structs.replace(rich, sensor=None, drawn={}) == msgspec.structs.replace(plain, drawn={})
    assert {name: rich.drawn[name] for name in plain.drawn} == plain.drawn


def test_a_full_pixel_is_white_whatever_the_white_balance() -> None:
    spec = sensor(headroom=3, white_balance=3000, iso=100)
    bright = on_light(np.full((8, 8, 3), 50, np.float32) * np.array([1, 0.8, 0.6], np.float32), spec)
    assert np.ptp(bright) < 0.02 * bright.max()
    assert bright.max() <= MIDDLE_GREY * 8
    assert on_light(np.zeros((8, 8, 3), np.float32), spec).min() >= 0


def test_more_sensitive_is_noisier_by_the_square_root() -> None:
    grey = np.full((100, 100, 3), MIDDLE_GREY, np.float32)
    low, high = (on_light(grey, sensor(iso=iso, read_noise=0)).std() for iso in (200, 800))
    assert high / low == pytest.approx(2, rel=0.03)


def test_bits_are_steps_of_the_light() -> None:
    stepped = on_light(light(), sensor(bits=6, headroom=3))
    step = MIDDLE_GREY * 8 / 63
    assert stepped / step == pytest.approx(np.rint(stepped / step), abs=1e-3)


def test_a_preview_is_the_large_picture_seen_small() -> None:
    """Noise is that of the large picture's pixels put together, a blur covers the same part of the view."""
    values = {"iso": 3200, "blur": 3.0}
    large_spec = frame(**values)
    small_spec = resized(large_spec, (32, 24))
    assert large_spec.sensor is not None
    assert small_spec.sensor is not None
    assert small_spec.sensor.pixel == 0.5
    large = on_light(np.full((240, 320, 3), MIDDLE_GREY, np.float32), large_spec.sensor)
    small = on_light(np.full((120, 160, 3), MIDDLE_GREY, np.float32), small_spec.sensor)
    together = large.reshape(120, 2, 160, 2, 3).mean(axis=(1, 3))
    assert small.std() == pytest.approx(together.std(), rel=0.03)

    edge = np.zeros((40, 80, 3), np.float32)
    edge[:, 40:] = 1
    quiet = msgspec.structs.replace(large_spec.sensor, iso=0.0)
    ours = on_light(edge[::2, ::2], msgspec.structs.replace(quiet, pixel=0.5))
    wanted = on_light(edge, quiet).reshape(20, 2, 40, 2, 3).mean(axis=(1, 3))
    assert ours == pytest.approx(wanted, abs=0.02)


def test_the_input_is_left_alone() -> None:
    picture = light()
    on_light(picture, sensor(**RICH))
    assert np.array_equal(picture, light())


def test_pictures_never_change_between_versions() -> None:
    """This is in datasets: a change here changes everybody's frames."""
    spec = sensor(**RICH)
    developed = (np.clip(on_light(light(), spec), 0, 1) ** 0.5 * 255).astype(np.uint8)
    found = [
        hashlib.blake2b(picture.tobytes(), digest_size=8).hexdigest()
        for picture in (developed, on_display(developed, spec))
    ]
    assert found == GOLDEN


GOLDEN = ["963546088f52af53", "69c23668e262f883"]
