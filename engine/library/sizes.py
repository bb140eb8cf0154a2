"""What is odd about a model's size. Needs no bpy."""

from __future__ import annotations

import math
from collections.abc import Sequence

MAX_SIZE = 10_000.0
"""Metres from a model's origin; a larger model is refused: single precision has no millimetres left out there."""

MIN_SIZE = 1e-6
"""Metres; a smaller model is refused: it is a point."""

_PLAUSIBLE_METRES = (0.005, 5.0)
"""Longest sides that things on photographs have."""


def size_warnings(name: str, extent: Sequence[float], setting: str) -> list[str]:
    """Say so when the size is one that no object on a photograph has; propose the unit that explains it.

    Args:
        name: what the sentences call the model.
        extent: along x, y and z (up), metres, after scaling.
        setting: what the reader would multiply, like `objects[i].scale`.
    """
    warnings = []
    largest = max(extent)
    what = "tall" if extent[2] == largest else "long"
    if largest >= _PLAUSIBLE_METRES[1]:
        units = [("centimetres", 0.01), ("inches", 0.0254)] if largest < 100 else [("millimetres", 0.001)]
        remedy = ", or ".join(f"if its numbers are {unit}, multiply {setting} by {f:g}" for unit, f in units)
        warnings.append(f"{name} is {_length(largest)} {what}; {remedy}")
    elif largest < _PLAUSIBLE_METRES[0]:
        warnings.append(
            f"{name} is only {_length(largest)} {what}; if it should be larger, multiply {setting}, "
            f"for instance by {100 if largest * 100 < 2 else 1000}"
        )
    if min(extent) < 1e-6 * largest:
        warnings.append(f"{name} is flat: it has no thickness, and is not seen from its edge")
    return warnings


def reach_warnings(name: str, reach: float, setting: str) -> list[str]:
    """Say so when a model cannot be rendered for its size. `reach`: metres from its origin, after scaling."""
    if reach <= MAX_SIZE:
        return []
    return [
        f"{name} cannot be rendered as it is: it reaches {_length(reach)} from its origin, more than "
        f"{_length(MAX_SIZE)}; multiply {setting} by {_below(MAX_SIZE / reach):g} or less, or correct its coordinates"
    ]


def _below(factor: float) -> float:
    """The power of ten below a number."""
    return 10.0 ** math.floor(math.log10(factor))


def _length(metres: float) -> str:
    if metres >= 1000:
        return f"{metres / 1000:.3g} km"
    if metres >= 1:
        return f"{metres:.3g} m"
    return f"{metres * 1000:.3g} mm"
