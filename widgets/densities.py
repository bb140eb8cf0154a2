"""The shape of a distribution as a row of block characters, one for each column of a track."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from widgets.slider_scale import Scale

type Shape = Literal["constant", "uniform", "log_uniform", "normal"]

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
