"""A row of numbers as a row of little bars."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
CHARACTERS = " .:-=+*#@"
"""For terminals and people without block characters."""


def spark(values: Sequence[float], width: int, *, rows: int = 1, characters: bool = False) -> list[str]:
    """The last `width` values as bars that are `rows` lines high, the largest value filling them; right-aligned.

    What is larger than 0 shows at least the smallest bar. Values must be finite and not negative.
    """
    signs = CHARACTERS if characters else BLOCKS
    steps = len(signs) - 1
    shown = list(values)[-width:] if width > 0 else []
    largest = max(shown, default=0)
    heights = [max(round(value / largest * steps * rows), 1) if value > 0 else 0 for value in shown]
    lines = []
    for row in reversed(range(rows)):
        line = "".join(signs[min(max(height - row * steps, 0), steps)] for height in heights)
        lines.append(line.rjust(width))
    return lines
