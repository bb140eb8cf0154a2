"""How one parameter varies. A distribution is data: it maps a number u in [0, 1) to a value by its quantile function.

No randomness lives here: `engine.frame` supplies u from a named stream. One value costs one u, so that changing the
kind or the range of a distribution never shifts the values drawn for anything else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

type Scalar = float | str | bool


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same value."""

    value: Scalar

    def quantile(self, u: float) -> Scalar:  # noqa: ARG002 - every distribution takes u
        """The value, whatever `u`."""
        return self.value


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every value from `low` to `high` is equally likely."""

    low: float
    high: float

    def quantile(self, u: float) -> float:
        """`low` at u = 0, towards `high` at u = 1."""
        return self.low + u * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class LogUniform:
    """The logarithm is uniform: every doubling is equally likely. Both ends are above 0."""

    low: float
    high: float

    def quantile(self, u: float) -> float:
        """`low` at u = 0, towards `high` at u = 1, geometrically."""
        return self.low * math.pow(self.high / self.low, u)


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution cut off at `low` and `high` (not clamped: no heap at the ends)."""

    mean: float
    sd: float
    low: float
    high: float

    def quantile(self, u: float) -> float:
        """Inverse of the truncated cumulative distribution, by inversion of the plain one."""
        bell = NormalDist(self.mean, self.sd)
        cdf_low, cdf_high = bell.cdf(self.low), bell.cdf(self.high)
        p = cdf_low + u * (cdf_high - cdf_low)
        if not 0.0 < p < 1.0:
            return self.low if p <= 0.0 else self.high
        return min(max(bell.inv_cdf(p), self.low), self.high)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of `values`; `weights` are relative and need not add up to 1."""

    values: tuple[Scalar, ...]
    weights: tuple[float, ...]

    def quantile(self, u: float) -> Scalar:
        """The value whose share of the total weight contains u."""
        threshold = u * math.fsum(self.weights)
        reached = 0.0
        for value, weight in zip(self.values, self.weights, strict=True):
            reached += weight
            if threshold < reached:
                return value
        return next(v for v, w in zip(reversed(self.values), reversed(self.weights), strict=True) if w > 0)


type Distribution = Constant | Uniform | LogUniform | Normal | Choice


def integer_quantile(distribution: Distribution, u: float) -> int:
    """Quantile of an integer parameter: the ends of a uniform range are both included and equally likely.

    Other continuous distributions are rounded to the nearest integer.
    """
    if isinstance(distribution, Uniform):
        return math.floor(distribution.low + u * (distribution.high - distribution.low + 1))
    value = distribution.quantile(u)
    return round(float(value))


def support(distribution: Distribution) -> tuple[Scalar, ...]:
    """The values that bound (or, for a choice, make up) what the distribution can yield."""
    match distribution:
        case Constant(value):
            return (value,)
        case Uniform(low, high) | LogUniform(low, high) | Normal(_, _, low, high):
            return (low, high)
        case Choice(values, _):
            return values
