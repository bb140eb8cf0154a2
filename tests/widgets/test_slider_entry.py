"""What is typed into a slider, and what it is typed from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.densities import Spread, constant
from widgets.slider_entry import Allowed, parse, typed_text

NUMBERS = st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.12g}") + 0.0)
ANY = Allowed(-1e12, 1e12)


@given(NUMBERS, NUMBERS, st.sampled_from(["constant", "uniform", "log_uniform", "normal"]))
def test_enter_alone_changes_nothing(one: float, other: float, shape: str) -> None:
    low, high = sorted((one, other))
    match shape:
        case "constant":
            spread = constant(low)
        case "normal" if low < high:
            spread = Spread("normal", low, high, low, 0.123456789)
        case "log_uniform" if low > 0:
            spread = Spread("log_uniform", low, high)
        case _:
            spread = Spread("uniform", low, high)
    assert parse(typed_text(spread), ANY, spread, None) == spread


@pytest.mark.parametrize("text", ["1..4", "1 4", "4,1", "1 to 4", "1…4", "1 .. 4"])
def test_ranges_are_typed_in_many_ways(text: str) -> None:
    assert parse(text, ANY, None, None) == Spread("uniform", 1, 4)
    assert parse(text, ANY, None, Spread("log_uniform", 2, 3)) == Spread("log_uniform", 1, 4), "the shape of before"


@pytest.mark.parametrize(
    ("text", "allowed", "said"),
    [
        ("5", Allowed(0, 1, "m"), "Allowed is 0 to 1 m."),
        ("0.5", Allowed(0, 1, integer=True), "whole numbers"),
        ("1..2", Allowed(0, 9, varies=False), "not a range"),
        ("1 ± 2", Allowed(0, 9, varies=False), "not a distribution"),
        ("1 ± 0", ANY, "above 0"),
        ("1 ± 2 in nowhere", ANY, "Type a bell curve"),
        ("50 ± 1", Allowed(0, 1), "empty"),
        ("much", ANY, "Type a value"),
    ],
)
def test_what_cannot_be_taken_is_said(text: str, allowed: Allowed, said: str) -> None:
    found = parse(text, allowed, None, None)
    assert isinstance(found, str)
    assert said in found


def test_a_unit_may_be_typed() -> None:
    assert parse("12 mm", Allowed(0, 100, "mm"), None, None) == constant(12)
