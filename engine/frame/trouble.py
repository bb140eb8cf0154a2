"""Why a draw of a frame is thrown away and the frame drawn again: names that records keep, and words for people."""

from __future__ import annotations

from collections.abc import Mapping

HIDDEN, UNCOVERED, INSIDE = "hidden", "uncovered", "inside"
UNSETTLED, UNPLACED = "unsettled", "unplaced"
DARK, BRIGHT = "dark", "bright"

REASONS = {
    HIDDEN: "showed too little of the object",
    UNCOVERED: "showed too much of the object",
    INSIDE: "had the camera or an object inside something",
    UNSETTLED: "did not come to rest",
    UNPLACED: "found no room in the scene",
    DARK: "came out too dark",
    BRIGHT: "came out too bright",
}
"""In words: of a draw it is said that it …"""


def in_words(redrawn: Mapping[str, int]) -> str:
    """How many draws were thrown away for which reason, the most frequent first; empty where there are none."""
    ordered = sorted(redrawn.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {REASONS.get(reason, reason)}" for reason, count in ordered)


def added(redrawn: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """The counts of both."""
    return {reason: redrawn.get(reason, 0) + more.get(reason, 0) for reason in dict.fromkeys([*redrawn, *more])}
