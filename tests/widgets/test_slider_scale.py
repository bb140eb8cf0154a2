"""Values and columns of a track belong together, on linear and logarithmic scales."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.densities import ASCII_BLOCKS, BLOCKS, Shape, Spread, shape_row
from widgets.slider_scale import Scale, nice_above, nice_below, scale_around

columns = st.integers(4, 300)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    if draw(st.booleans()):
        low = draw(st.floats(1e-6, 1e3))
        return Scale(low, low * draw(st.floats(1.01, 1e9)), log=True)
    low = draw(st.floats(-1e6, 1e6))
    return Scale(low, low + draw(st.floats(1e-2, 1e6)))


@given(scales(), columns, st.data())
def test_the_value_of_a_column_stands_in_that_column(scale: Scale, count: int, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, count - 1))
    value = scale.value_at(column, count)
    assert scale.low <= value <= scale.high
    assert scale.column(value, count) == column


@given(scales(), columns)
def test_values_rise_with_their_columns(scale: Scale, count: int) -> None:
    values = [scale.value_at(column, count) for column in range(count)]
    assert values == sorted(values)
    assert len(set(values)) == count
    assert (values[0], values[-1]) == (scale.low, scale.high)


@given(scales(), columns, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_value_never_stands_further_left(scale: Scale, count: int, one: float, other: float) -> None:
    low, high = sorted((scale.value(one), scale.value(other)))
    assert scale.column(low, count) <= scale.column(high, count)


@given(scales(), st.floats(0, 1))
def test_fraction_and_value_are_inverse(scale: Scale, fraction: float) -> None:
    assert scale.fraction(scale.value(fraction)) == pytest.approx(fraction, abs=1e-6)


@given(st.integers(-50, 50), st.integers(1, 400), columns, st.data())
def test_whole_numbers_stay_whole(low: int, span: int, count: int, data: st.DataObject) -> None:
    scale = Scale(low, low + span, integer=True)
    value = scale.value_at(data.draw(st.integers(0, count - 1)), count)
    assert value == int(value)
    assert scale.moved(value, 1) == value + 1
    assert scale.moved(value, -0.1) == value - 1


@given(scales(), st.floats(0.01, 0.99), st.sampled_from([0.1, 1.0, 10.0]))
def test_steps_go_in_their_direction(scale: Scale, fraction: float, steps: float) -> None:
    value = scale.value(fraction)
    assert scale.moved(value, steps) > value or scale.moved(value, steps) == pytest.approx(value, rel=1e-9)
    assert scale.moved(value, -steps) < value or scale.moved(value, -steps) == pytest.approx(value, rel=1e-9)


def test_steps_are_round_and_leave_no_dust() -> None:
    scale = Scale(0, 1)
    value = 0.0
    for _ in range(30):
        value = scale.moved(value, 1)
    assert value == 0.3
    assert Scale(0, 360, step=1).moved(90, 10) == 100
    assert Scale(0.1, 10, log=True).moved(1.0, 1) == pytest.approx(1.047, abs=1e-3)


def test_mouse_values_are_as_round_as_the_track_allows() -> None:
    assert Scale(0, 360).value_at(25, 101) == 90
    assert Scale(0, 1).value_at(33, 101) == 0.33
    assert Scale(0.1, 10, log=True).value_at(50, 101) == 1


def test_a_scale_without_room_is_refused() -> None:
    for low, high, log in ((1, 1, False), (2, 1, False), (0, 1, True)):
        with pytest.raises(ValueError):
            Scale(low, high, log)


def test_a_scale_shows_what_matters_of_a_wide_range() -> None:
    assert scale_around((0.3, 0.85), 0.001, 10, log=False).high == 2
    assert scale_around((10, 60), -90, 90, log=False) == Scale(-90, 90)
    assert scale_around((0, 360), -360, 360, log=False) == Scale(0, 360)
    assert scale_around((0.0, 0.0), 0, 256, log=False).high <= 20
    far = scale_around((32, 32), 1, 65536, log=True, integer=True)
    assert far.low <= 8 <= 128 <= far.high


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_scale_grows_to_a_value_but_not_beyond_what_is_allowed(low_limit: float, value: float) -> None:
    scale = Scale(low_limit, low_limit + 1)
    grown = scale.reaching(value, low_limit - 10, low_limit + 10)
    assert low_limit - 10 <= grown.low <= scale.low
    assert scale.high <= grown.high <= low_limit + 10
    assert grown.low <= min(max(value, low_limit - 10), low_limit + 10) <= grown.high


@given(st.floats(-50, 50), st.booleans())
def test_a_scale_is_the_same_whatever_the_way_to_a_value(value: float, log: bool) -> None:
    start = Scale(1, 4, True) if log else Scale(-1, 3)
    value = abs(value) + 0.01 if log else value
    pushed = start
    for part in range(200):
        pushed = pushed.reaching(2 + (value - 2) * part / 200, -100, 100)
    assert pushed.reaching(value, -100, 100) == start.reaching(value, -100, 100)


@given(st.floats(1e-9, 1e9))
def test_nice_numbers_enclose(value: float) -> None:
    assert nice_below(value) <= value * 1.000001
    assert nice_above(value) >= value * 0.999999
    assert nice_above(value) / nice_below(value) <= 2.6


@pytest.mark.parametrize("shape", ["uniform", "log_uniform", "normal"])
@given(count=columns, ascii_only=st.booleans())
def test_the_shape_stands_between_the_ends(shape: Shape, count: int, ascii_only: bool) -> None:
    scale = Scale(0, 10)
    row = shape_row(Spread(shape, 2, 6, 4, 1), scale, count, ascii_only=ascii_only)
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    first, last = scale.column(2, count), scale.column(6, count)
    assert len(row) == count
    assert {at for at, block in enumerate(row) if block != " "} == set(range(first, last + 1))
    heights = [blocks.index(block) for block in row[first : last + 1]]
    if shape == "uniform":
        assert len(set(heights)) == 1
    elif shape == "log_uniform":
        assert heights == sorted(heights, reverse=True)
    else:
        peak = heights.index(max(heights))
        assert heights[: peak + 1] == sorted(heights[: peak + 1])


def test_uniform_in_the_logarithm_is_flat_on_a_logarithmic_track() -> None:
    row = shape_row(Spread("log_uniform", 1, 100), Scale(0.1, 1000, log=True), 60)
    assert len(set(row.strip())) == 1
