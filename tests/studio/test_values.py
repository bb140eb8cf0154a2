"""Values and numbers as people read them."""

from __future__ import annotations

import msgspec
import pytest

from engine.annotate.plain import Keypoint, PlainInstance
from engine.annotate.record import KeypointRecord
from engine.dataset.read import Dataset
from studio.units import digits, drawn_value, field_of, grouped, length, seconds, unit_of
from studio.values import describe, values_of


@pytest.mark.parametrize(
    ("metres", "text"),
    [(0.0, "0 mm"), (0.0031, "3.10 mm"), (0.412, "41.2 cm"), (1.2351, "1.24 m"), (-0.355, "-35.5 cm"),
     (12_345.0, "12.3 km"), (float("inf"), "∞")],
)  # fmt: skip
def test_lengths(metres: float, text: str) -> None:
    assert length(metres) == text


def test_digits_keep_three_places_that_count() -> None:
    assert [digits(value) for value in (0.12345, 1.5, 12.345, 123.45, 0.0, 7.0, 1e-7, 3e9)] == [
        "0.123", "1.50", "12.3", "123", "0", "7", "1.00e-07", "3.00e+09",
    ]  # fmt: skip


def test_large_numbers_and_durations() -> None:
    assert grouped(1_234_567) == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"
    assert [seconds(value) for value in (0.084, 3.21, 125)] == ["84 ms", "3.2 s", "2 min 05 s"]


def test_drawn_values_have_the_unit_of_their_field() -> None:
    assert unit_of("camera.azimuth") == "°"
    assert unit_of("objects[0][12].paint.hue") == "°"
    assert unit_of("camera.nothing") == unit_of("nothing") == ""
    assert drawn_value("camera.azimuth", 123.456) == "123.5°"
    assert drawn_value("camera.distance", 0.4123) == "41.2 cm"
    assert drawn_value("camera.focal_length", 50.0) == "50 mm"
    assert drawn_value("objects[0][1].look", "textured") == "textured"
    field = field_of("camera.elevation")
    assert field is not None
    assert field.doc


def test_all_drawn_values_are_there_with_groups_together(balls: Dataset) -> None:
    record = balls.record(0)
    values = values_of(record)
    assert {value.path for value in values} - {""} == set(record.spec.drawn)
    groups = [value.group for value in values]
    assert len(list(dict.fromkeys(groups))) == len([g for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g])
    assert len({value.key for value in values}) == len(values)
    assert any(value.name == "pixel hash" and value.text == record.image.pixel_hash for value in values)


def test_words_filter_values(balls: Dataset) -> None:
    values = values_of(balls.record(0))
    assert [value.name for value in values if value.matches(["camera", "azi"])] == ["azimuth"]
    assert all(value.matches([]) for value in values)


def test_keypoints_are_counted_where_there_are_any(balls: Dataset) -> None:
    ball = balls.record(0).instances[0]
    assert "keypoints" not in " ".join(describe(msgspec.structs.replace(ball, keypoints=())))
    points = tuple(KeypointRecord(str(flag), (1.0, 2.0), flag, (0.0, 0.0, 0.0)) for flag in (2, 1, 0, 2))
    assert "2 of 4 keypoints seen" in describe(msgspec.structs.replace(ball, keypoints=points))
    marked = (Keypoint(1.0, 2.0, seen=True), None, Keypoint(3.0, 4.0, seen=False))
    assert "1 of 2 keypoints seen" in describe(PlainInstance(1, "bird", 9, (0, 0, 3, 3), keypoints=marked))
