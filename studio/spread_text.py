"""The spread of a recipe's frames as text, and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.frame.trouble import in_words
from studio.units import digits, length

if TYPE_CHECKING:
    from engine.frame.spread import Quantity, Spread
    from engine.queue.survey import Surveyed

_LEVELS = " ▁▂▃▄▅▆▇█"
_BINS = 24
_BACKGROUNDS = 12
"""Backgrounds that are listed by name."""


def spread_text(name: str, spread: Spread, found: Surveyed) -> str:
    """For people."""
    count = len(spread.frames)
    thrown = f"{sum(spread.redrawn.values())} draws thrown away"
    why = f" ({in_words(spread.redrawn)})" if spread.redrawn else ""
    lines = [f"{name}: {count} frames drawn, {thrown}{why}, {len(found.failed)} frames impossible", ""]
    lines.append(f"{'':22}{'least':>10}{'10 %':>10}{'median':>10}{'90 %':>10}{'greatest':>10}")
    lines += [_line(quantity) for quantity in spread.quantities]
    shown = list(spread.backgrounds.items())
    listed = ", ".join(f"{background} {number}" for background, number in shown[:_BACKGROUNDS])
    more = f", and {len(shown) - _BACKGROUNDS} more" if len(shown) > _BACKGROUNDS else ""
    reached, boxes = sum(number > 0 for number in spread.ninths), max(sum(spread.ninths), 1)
    lines += [
        "",
        f"box centres: in {reached} of the picture's 9 ninths, {max(spread.ninths) / boxes:.0%} of all in the fullest",
        f"backgrounds: {listed}{more}",
        "",
    ]
    used = sum(1 for parameter in spread.parameters if parameter.count)
    if spread.problems:
        lines.append(f"{len(spread.problems)} of {used} varying parameters do not reach what they should:")
        lines += [f"  {parameter.path}: {parameter.problem}" for parameter in spread.problems]
    else:
        lines.append(f"All {used} varying parameters reach both ends of what they should.")
    if spread.unused:
        lines.append(f"{len(spread.unused)} more vary, but nothing in these frames asks for them; --json names them.")
    lines += [f"Frame {index}: {reason.removeprefix(f'Frame {index}: ')}" for index, reason in found.failed.items()]
    return "\n".join(lines)


def _line(quantity: Quantity) -> str:
    values = (quantity.values[0], quantity.at(0.1), quantity.at(0.5), quantity.at(0.9), quantity.values[-1])
    return (
        f"{quantity.name:22}"
        + "".join(f"{value_text(value, quantity.unit):>10}" for value in values)
        + "  "
        + bars(quantity)
    )


def value_text(value: float, unit: str) -> str:
    """A value in its unit, short."""
    if unit == "m":
        return length(value)
    if unit in ("°", "%"):
        return f"{value:.0f}{'' if unit == '°' else ' '}{unit}"
    return f"{digits(value)} {unit}".rstrip() if unit == "" else f"{value:+.1f} {unit}"


def bars(quantity: Quantity) -> str:
    """A histogram of block characters between the least and the greatest value."""
    counts = histogram(quantity, _BINS)
    most = max(counts)
    return "".join(_LEVELS[-(-number * (len(_LEVELS) - 1) // most)] for number in counts)


def histogram(quantity: Quantity, bins: int) -> list[int]:
    """Numbers of values in equal parts of what they span."""
    low, high = quantity.values[0], quantity.values[-1]
    counts = [0] * bins
    for value in quantity.values:
        counts[min(int((value - low) / max(high - low, 1e-12) * bins), bins - 1)] += 1
    return counts


def spread_data(name: str, seed: int, spread: Spread, found: Surveyed) -> dict[str, Any]:
    """For scripts."""
    return {
        "recipe": name,
        "seed": seed,
        "frames": len(spread.frames),
        "redraws": sum(spread.redrawn.values()),
        "redrawn": spread.redrawn,
        "failed": {str(index): reason for index, reason in found.failed.items()},
        "quantities": {
            quantity.name: {
                "unit": quantity.unit,
                "count": len(quantity.values),
                "min": quantity.values[0],
                "p10": quantity.at(0.1),
                "median": quantity.at(0.5),
                "p90": quantity.at(0.9),
                "max": quantity.values[-1],
                "histogram": histogram(quantity, _BINS),
            }
            for quantity in spread.quantities
        },
        "backgrounds": spread.backgrounds,
        "ninths": spread.ninths,
        "parameters": {
            parameter.path: {
                "count": parameter.count,
                "min": parameter.low,
                "max": parameter.high,
                "problem": parameter.problem,
            }
            for parameter in spread.parameters
        },
    }
