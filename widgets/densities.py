"""What a slider holds: a value or a distribution, with thumbs that can be moved; its shape as a row of blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from widgets.slider_scale import Scale, tidy

type Shape = Literal["constant", "uniform", "log_uniform", "normal"]
type Thumb = Literal["low", "mean", "high"]

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.-=+*#@"


@dataclass(frozen=True, slots=True)
class Spread:
    """What a slider holds: one value, or a range with the shape of its distribution."""

    shape: Shape
    low: float
    high: float
    mean: float = 0.0
    """Of a normal distribution."""
    deviation: float = 1.0
    """Standard deviation of a normal distribution."""

    @property
    def is_range(self) -> bool:
        """Whether there are two ends."""
        return self.shape != "constant"

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values that a track has to show."""
        return (self.low, self.high, self.mean) if self.shape == "normal" else (self.low, self.high)

    @property
    def thumbs(self) -> tuple[Thumb, ...]:
        """The thumbs that there are, from left to right."""
        match self.shape:
            case "constant":
                return ("low",)
            case "normal":
                return ("low", "mean", "high")
            case _:
                return ("low", "high")

    def at(self, thumb: Thumb) -> float:
        """The value at a thumb."""
        return {"low": self.low, "mean": self.mean, "high": self.high}[thumb]

    def moved(self, thumb: Thumb, value: float) -> Spread:
        """With a thumb at another value, no further than the other end; the mean is pushed along."""
        if self.shape == "constant":
            return constant(value)
        if thumb == "mean":
            return replace(self, mean=min(max(value, self.low), self.high))
        # A bell curve needs ends that differ, also after rounding.
        apart = max(1e-3 * (self.high - self.low), 1e-9 * max(abs(self.low), abs(self.high)))
        apart = apart if self.shape == "normal" else 0.0
        if thumb == "low":
            return replace(self, low=min(value, tidy(self.high - apart)))._with_mean_inside()
        return replace(self, high=max(value, tidy(self.low + apart)))._with_mean_inside()

    def _with_mean_inside(self) -> Spread:
        return replace(self, mean=min(max(self.mean, self.low), self.high)) if self.shape == "normal" else self

    def next_shape(self) -> Spread:
        """The same range uniform, uniform in the logarithm, normal, and round again, where such a one can be."""
        match self.shape:
            case "uniform" if self.low > 0:
                return replace(self, shape="log_uniform")
            case "uniform" | "log_uniform" if self.low < self.high:
                mean = tidy((self.low + self.high) / 2)
                deviation = float(f"{(self.high - self.low) / 4:.3g}")
                return Spread("normal", self.low, self.high, mean, deviation)
            case _:
                return Spread("uniform", self.low, self.high)


def constant(value: float) -> Spread:
    """One value."""
    return Spread("constant", value, value)


def density(spread: Spread, value: float) -> float:
    """The relative frequency of a value; only ratios mean something."""
    if not spread.low <= value <= spread.high:
        return 0.0
    match spread.shape:
        case "log_uniform":
            return 1 / value if value > 0 else 0.0
        case "normal":
            return math.exp(-0.5 * ((value - spread.mean) / spread.deviation) ** 2)
        case _:
            return 1.0


def shape_row(spread: Spread, scale: Scale, columns: int, *, ascii_only: bool = False) -> str:
    """A character for each column of a track; a blank where nothing is drawn from.

    The height is the share of draws that fall into the column, so that what is uniform on a linear track rises on a
    logarithmic one. Columns at which the range ends count in full.
    """
    shares = [0.0] * columns
    first, last = scale.column(spread.low, columns), scale.column(spread.high, columns)
    for column in range(first, last + 1):
        value = min(max(scale.value(column / max(columns - 1, 1)), spread.low), spread.high)
        shares[column] = density(spread, value) * (value if scale.log else 1.0)
    highest = max(shares)
    if highest <= 0:
        return " " * columns
    if (spread.shape == "uniform" and not scale.log) or (spread.shape == "log_uniform" and scale.log):
        highest *= 1.7  # a flat shape of full height would look like a bar
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    return "".join(
        blocks[min(int(share / highest * len(blocks)), len(blocks) - 1)] if first <= column <= last else " "
        for column, share in enumerate(shares)
    )
