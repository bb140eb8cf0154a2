"""Distributions map u to values: bounds, shape, and what integers mean."""

from __future__ import annotations

import math
from collections import Counter
from statistics import NormalDist, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.recipe.distributions import Choice, Constant, LogUniform, Normal, Uniform, integer_quantile

units = st.floats(0, 1, exclude_max=True)
GRID = [(i + 0.5) / 4000 for i in range(4000)]


@given(units, st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_uniform_stays_in_its_range(u: float, low: float, width: float) -> None:
    value = Uniform(low, low + width).quantile(u)
    assert low <= value <= low + width


@given(units, st.floats(1e-6, 1e6), st.floats(1, 1e6))
def test_log_uniform_stays_in_its_range(u: float, low: float, ratio: float) -> None:
    assert low <= LogUniform(low, low * ratio).quantile(u) <= low * ratio * (1 + 1e-12)


def test_log_uniform_gives_every_doubling_the_same_share() -> None:
    values = [LogUniform(1, 16).quantile(u) for u in GRID]
    assert Counter(math.floor(math.log2(v)) for v in values) == {0: 1000, 1: 1000, 2: 1000, 3: 1000}


@given(units, st.floats(-100, 100), st.floats(1e-3, 100), st.floats(-200, 200), st.floats(1e-3, 100))
def test_normal_stays_within_its_cut(u: float, mean: float, sd: float, low: float, width: float) -> None:
    assert low <= Normal(mean, sd, low, low + width).quantile(u) <= low + width


def test_normal_is_cut_off_and_not_clamped() -> None:
    values = [Normal(0, 1, -1, 1).quantile(u) for u in GRID]
    bell = NormalDist()
    inside = (bell.cdf(0.5) - bell.cdf(-0.5)) / (bell.cdf(1) - bell.cdf(-1))
    assert sum(abs(v) < 0.5 for v in values) / len(values) == pytest.approx(inside, abs=2e-3)
    assert sum(abs(v) > 0.9999 for v in values) < 3
    assert fmean(values) == pytest.approx(0, abs=1e-6)


def test_choice_follows_its_weights_and_never_yields_a_weightless_value() -> None:
    counts = Counter(Choice(("a", "b", "c", "d"), (1, 0, 3, 0)).quantile(u) for u in GRID)
    assert counts == {"a": 1000, "c": 3000}
    assert Choice(("a", "b"), (1, 0)).quantile(math.nextafter(1, 0)) == "a"


def test_integer_range_includes_both_ends_equally() -> None:
    assert Counter(integer_quantile(Uniform(1, 4), u) for u in GRID) == {1: 1000, 2: 1000, 3: 1000, 4: 1000}
    assert integer_quantile(Constant(7), 0.3) == 7
