"""Numbers as people read them: sensible units, few digits."""

from __future__ import annotations

import math
import re
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.recipe.fields import FieldInfo

LENGTHS = ((1000.0, 1e-3, "km"), (1.0, 1.0, "m"), (0.01, 100.0, "cm"), (0.0, 1000.0, "mm"))
"""From this many metres on: the factor and the unit."""


def length(metres: float) -> str:
    """A length with three digits in the unit that suits it: `1.24 m`, `41.2 cm`, `3.10 mm`."""
    if not math.isfinite(metres):
        return "∞"
    _, factor, unit = next(row for row in LENGTHS if abs(metres) >= row[0])
    return f"{digits(metres * factor)} {unit}"


def digits(value: float, count: int = 3) -> str:
    """A number with so many significant digits, never in powers of ten between a thousandth and a million."""
    if value == 0:
        return "0"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    if not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{count - 1}e}"
    decimals = max(0, count - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def grouped(number: int) -> str:
    """A whole number in groups of three: `12 345`, with a space that does not break the line."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def seconds(duration: float) -> str:
    """A duration: `84 ms`, `3.2 s`, `2 min 05 s`."""
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    if duration < 60:
        return f"{duration:.1f} s"
    return f"{int(duration) // 60} min {int(duration) % 60:02d} s"


def drawn_value(path: str, value: float | str) -> str:
    """The value drawn for a parameter of a recipe, in the parameter's unit."""
    if isinstance(value, str):
        return value
    unit = unit_of(path)
    if unit == "m":
        return length(value)
    if unit == "°":
        return f"{value:.1f}°"
    if unit == "px":
        return f"{value:.0f} px"
    return f"{digits(value)} {unit}".rstrip()


def unit_of(path: str) -> str:
    """The unit of a recipe's field, by the path of a drawn value (`objects[0][1].yaw`); empty where it has none."""
    info = field_of(path)
    return info.unit if info is not None else ""


@lru_cache(4096)
def field_of(path: str) -> FieldInfo | None:
    """The recipe's field that a value was drawn for, by the value's path; None where there is no such field."""
    from engine.recipe.fields import info_of, key_of
    from engine.recipe.model import Recipe

    cls: type | None = Recipe
    info: FieldInfo | None = None
    for name in re.sub(r"\[\d+\]", "", path).split("."):
        member = next((member for member in fields(cls) if key_of(member) == name), None) if cls else None
        if member is None:
            return None
        info = info_of(member)
        cls = info.section
    return info
