"""Where a value stands on a slider's track, and which value stands at a place: linear or logarithmic, never off by one.

Arithmetic only, so that it can be tested without a screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

LOG_STEPS = 100
"""Steps from end to end of a logarithmic track."""

_DIGITS = 15
"""Significant digits that a number of 64 bits keeps for certain."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The part of all allowed values that a track shows: from `low` to `high`, `low` below `high`."""

    low: float
    high: float
    log: bool = False
    """Equal distances are equal factors; both ends are above 0."""
    step: float = 0.0
    """Distance of a step on a linear scale; 0 takes a round hundredth of the range."""
    integer: bool = False
    """Whole numbers only."""

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError(f"no track goes from {self.low} to {self.high}{' in logarithms' if self.log else ''}")

    def fraction(self, value: float) -> float:
        """Where a value stands: 0 at the low end, 1 at the high end; values beyond stand at the ends."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, fraction: float) -> float:
        """The value at a fraction of the track, not rounded."""
        fraction = min(max(fraction, 0.0), 1.0)
        if self.log:
            return min(max(self.low * math.pow(self.high / self.low, fraction), self.low), self.high)
        return min(max(self.low + fraction * (self.high - self.low), self.low), self.high)

    def column(self, value: float, columns: int) -> int:
        """The column, from 0, that a value stands in on a track of so many."""
        return min(max(math.floor(self.fraction(value) * (columns - 1) + 0.5), 0), max(columns - 1, 0))

    def value_at(self, column: int, columns: int) -> float:
        """The roundest value that stands in a column; at the ends, the end itself."""
        last = max(columns - 1, 1)
        if column <= 0:
            return self.low
        if column >= last:
            return self.high
        exact = self.value(column / last)
        if self.integer:
            return float(round(exact))
        for digits in range(1, _DIGITS):
            rounded = significant(exact, digits, self.high - self.low)
            if self.low <= rounded <= self.high and self.column(rounded, columns) == column:
                return rounded
        return exact

    def moved(self, value: float, steps: float) -> float:
        """A value so many steps further (fractions of a step are finer ones), rounded to the step; not bounded."""
        if self.log:
            factor = math.pow(self.high / self.low, steps / LOG_STEPS)
            target = value * factor
            if self.integer:
                return float(_at_least_one(value, round(target), steps))
            change = abs(target - value)
            return tidy(round(target, 1 - math.floor(math.log10(change)))) if change else value
        step = self.step_size * abs(steps)
        if self.integer:
            return float(_at_least_one(value, round(value + math.copysign(step, steps)), steps))
        return tidy(round((value + math.copysign(step, steps)) / step) * step)

    @property
    def step_size(self) -> float:
        """Distance of one step on a linear scale."""
        if self.step:
            return self.step
        return 1.0 if self.integer else nice_below((self.high - self.low) / 100)

    def reaching(self, value: float, least: float, most: float) -> Scale:
        """A scale that shows a value too, no further than the least and the most that are allowed.

        It grows in steps that do not depend on the way to the value: one push to it and many yield the same.
        """
        low, high = self.low, self.high
        value = min(max(value, least), most)
        while high <= value and high < most:
            high = min(most, nice_above(high * 4) if self.log else _stepped(high, high - low))
        while low >= value and low > least and not (self.log and value <= 0):
            low = max(least, nice_below(low / 4) if self.log else -_stepped(-low, high - low))
        return self if (low, high) == (self.low, self.high) else replace(self, low=low, high=high)


def _stepped(end: float, span: float) -> float:
    """An upper end that is half a span further up, or more, at a round place."""
    further = end + span / 2
    return max(nice_above(further) if further > 0 else -nice_below(-further) if further else 0.0, further)


def _at_least_one(value: float, target: int, steps: float) -> int:
    """Whole numbers move by one at least."""
    if steps > 0:
        return max(target, math.floor(value) + 1)
    return min(target, math.ceil(value) - 1)


def significant(value: float, digits: int, span: float) -> float:
    """A value rounded to so many digits, counted from the first digit of `span`."""
    if value == 0 or span == 0:
        return 0.0
    return tidy(round(value, digits - 1 - math.floor(math.log10(abs(span)))))


def tidy(value: float) -> float:
    """The same number without the dust of binary arithmetic: 0.3 for 0.30000000000000004."""
    return float(f"{value:.12g}") + 0.0


def nice_below(value: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is no larger than a value above 0."""
    base = 10.0 ** math.floor(math.log10(value))
    return tidy(next((factor * base for factor in (5.0, 2.0) if factor * base <= value * (1 + 1e-9)), base))


def nice_above(value: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is no smaller; the same downwards for values below 0."""
    if value == 0:
        return 0.0
    if value < 0:
        return -nice_above(-value)
    base = 10.0 ** math.floor(math.log10(value))
    return tidy(next(factor * base for factor in (1.0, 2.0, 5.0, 10.0) if factor * base >= value * (1 - 1e-9)))


def scale_around(
    values: tuple[float, ...], least: float, most: float, *, log: bool, integer: bool = False, step: float = 0.0
) -> Scale:
    """A scale that shows some values well where much more is allowed: from `least` to `most` where that is not far.

    A logarithmic one reaches a factor of four or more beyond the values, a linear one at least twice as far from zero
    as they do.
    """
    if log:
        positive = [value for value in values if value > 0] or [max(least, min(1.0, most))]
        low = max(least, nice_below(min(positive) / 4))
        return Scale(low, max(min(most, nice_above(max(positive) * 4)), low * 1.001), True, step, integer)
    reach = max((abs(value) for value in values), default=0.0) or most / 64
    if integer:
        reach = max(reach, 2.5)
    if max(abs(most), abs(least)) <= 10 * reach or most - least <= 2:
        starts_at_zero = least < 0 <= min(values, default=least) and max(values) > 0.9 * most
        return Scale(0.0 if starts_at_zero else least, most, False, step, integer)
    high = min(most, nice_above(2 * reach))
    return Scale(max(least, -high) if least < 0 else least, high, False, step, integer)
