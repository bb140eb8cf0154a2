"""Which settings have an effect, by what others say."""

from __future__ import annotations

from typing import Any

import pytest

from engine.recipe.effect import conditions, why_no_effect
from engine.recipe.schema import settings


def test_conditions_are_on_settings_and_values_that_there_are() -> None:
    every = {setting.path: setting for setting in settings()}
    found = [(setting.path, condition) for setting in every.values() for condition in setting.applies]
    assert ("objects[i].pattern", "objects[i].look") in {(path, condition.path) for path, condition in found}
    for path, condition in found:
        options = every[condition.path].info.options
        assert condition.path != path
        assert set(condition.values) <= set(options) or not options, f"{path}: {condition}"


@pytest.mark.parametrize(
    ("applies", "value", "holds"),
    [
        ("a = x | y", "y", True),
        ("a = x", "y", False),
        ("a != x", {"choice": ["x", "y"], "weights": [1, 0]}, False),
        ("a != x", {"choice": ["x", "y"]}, True),
        ("a != 0", 0.0, False),
        ("a != 0", {"uniform": [0, 1]}, True),
        ("a = absent", None, True),
        ("a = absent", {"uniform": [0, 1]}, False),
        ("a = false", False, True),
        ("a = false", True, False),
    ],
)
def test_a_condition_asks_what_a_value_can_yield(applies: str, value: Any, holds: bool) -> None:
    (condition,) = conditions(applies, "s.")
    assert condition.path == "s.a"
    assert condition.holds(value) == holds


def test_the_reason_names_the_setting_of_the_same_item() -> None:
    wanted = conditions("kind = spot", "lights[i].")
    values = {"lights[0].kind": "spot", "lights[1].kind": {"choice": ["sun", "area"], "weights": [1, 2]}}
    assert not why_no_effect("lights[0].cone", wanted, values.get)
    assert why_no_effect("lights[1].cone", wanted, values.get) == "lights[1].kind is sun or area"
    with pytest.raises(ValueError, match="kind is spot"):
        conditions("kind is spot", "")
