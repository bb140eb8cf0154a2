"""How pictures are printed on a terminal: in which colours, or of characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

MORE_COLORS = "256 colours; if the terminal can do more: export COLORTERM=truecolor"
"""Said where 256 colours are sent; `studio doctor` says it at length, docs/headless-servers.md why."""

MORE_COLORS_SHORT = "256 colours; for more: export COLORTERM=truecolor"
"""The same for narrow screens."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a terminal is given."""

    characters: bool = False
    """Characters instead of half blocks."""
    color: bool = True
    """Whether anything has a colour; half blocks always do."""
    palette: bool = False
    """Colours of the 256-colour palette only."""


def look_for(console: Console, characters: bool) -> Look:
    """The best look that a console allows; `characters` asks for characters whatever it can do."""
    if console.no_color or console.color_system is None:
        return Look(characters=True, color=False)
    return Look(characters=characters, palette=console.color_system == "256")
