"""A slider's value as it is typed and written: `3`, `1..4`, `0 ± 4 in -12..12`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from widgets.densities import Spread, constant
from widgets.slider_scale import tidy

NUMBER_STARTS = frozenset("0123456789-.")
"""Characters with which a number begins."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:\.\.+|…|,|;|\bto\b|\s)\s*({_NUMBER})\s*", re.IGNORECASE)
_SINGLE = re.compile(rf"\s*({_NUMBER})\s*")
_BELL = re.compile(rf"\s*({_NUMBER})\s*(?:±|\+-|\+/-|~)\s*({_NUMBER})\s*(.*)")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be typed."""

    least: float
    most: float
    unit: str = ""
    integer: bool = False
    varies: bool = True
    """Whether ranges are allowed."""


def number_text(value: float) -> str:
    """A number as short as it can be: `3`, `0.35`, `1e+06`."""
    return f"{value:.6g}"


def typed_text(spread: Spread | None) -> str:
    """A value as it can be typed."""
    if spread is None:
        return ""
    # All digits, so that Enter alone changes nothing.
    low, high, mean, deviation = (f"{value:.12g}" for value in (spread.low, spread.high, spread.mean, spread.deviation))
    ends = f"{low}..{high}"
    match spread.shape:
        case "constant":
            return low
        case "normal":
            return f"{mean} ± {deviation} in {ends}"
        case _:
            return ends


def parse(text: str, allowed: Allowed, now: Spread | None, range_before: Spread | None) -> Spread | str:
    """What was typed, or a sentence on why it cannot be taken.

    A range keeps the shape of what is there `now`, or of the range that was there before a constant.
    """
    parsed = _parsed(text.removesuffix(allowed.unit).strip() if allowed.unit else text, allowed, now, range_before)
    if isinstance(parsed, str):
        return parsed
    ends = (parsed.low, parsed.high)
    if any(not allowed.least <= value <= allowed.most for value in ends):
        unit = f" {allowed.unit}" if allowed.unit else ""
        return f"Allowed is {number_text(allowed.least)} to {number_text(allowed.most)}{unit}."
    if allowed.integer and any(value != int(value) for value in ends):
        return "Only whole numbers are allowed here."
    return parsed


def _parsed(text: str, allowed: Allowed, now: Spread | None, range_before: Spread | None) -> Spread | str:
    if match := _SINGLE.fullmatch(text):
        return constant(float(match[1]))
    if match := _RANGE.fullmatch(text):
        low, high = sorted((float(match[1]), float(match[2])))
        return _range(low, high, now, range_before) if allowed.varies else "One value is wanted here, not a range."
    if match := _BELL.fullmatch(text):
        return _bell(float(match[1]), float(match[2]), match[3], allowed)
    return "Type a value like 3, or a range like 1..4." if allowed.varies else "Type a number."


def _range(low: float, high: float, now: Spread | None, before: Spread | None) -> Spread:
    if now is not None and now.shape == "normal" and low < high:
        return replace(now, low=low, high=high, mean=min(max(now.mean, low), high))
    model = now if now is not None and now.is_range else before
    logarithmic = model is not None and model.shape == "log_uniform" and low > 0
    return Spread("log_uniform" if logarithmic else "uniform", low, high)


def _bell(mean: float, deviation: float, rest: str, allowed: Allowed) -> Spread | str:
    if not allowed.varies:
        return "One value is wanted here, not a distribution."
    if deviation <= 0:
        return "The standard deviation must be above 0."
    match = _RANGE.fullmatch(rest.strip().removeprefix("in"))
    if match is None and rest.strip():
        return "Type a bell curve like 0 ± 4 in -12..12."
    low, high = (mean - 3 * deviation, mean + 3 * deviation)
    if match is not None:
        low, high = sorted((float(match[1]), float(match[2])))
    low, high = tidy(max(low, allowed.least)), tidy(min(high, allowed.most))
    return Spread("normal", low, high, mean, deviation) if low < high else "The range is empty."
