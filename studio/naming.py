"""How a frame is named to people: by its index, as commands take it, and by its place among the frames there are."""

from __future__ import annotations

from studio.units import grouped


def ordinal(number: int) -> str:
    """A place from 1 on: `1st`, `12th`, `23rd`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return grouped(number) + ending


def frame_place(index: int, position: int, count: int) -> str:
    """`frame 6 (7th of 8)`; `position` counts from 0."""
    return f"frame {index} ({ordinal(position + 1)} of {grouped(count)})"
