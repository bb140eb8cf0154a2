"""Lines of cells sent with as few bytes as show the same: a colour is named only where it differs from the cell before.

Textual names both colours of every segment and resets them after it. A strip of this module is a strip like any other;
only what it sends is shorter, and it tells when it was sent. What Textual cuts out of it, below a dialog say, is
Textual's own strip again: right, and longer.

This leans on Textual calling `Strip.render` of the very strips that a widget returned. Should a version not do so,
pictures are sent the long way, and tests/widgets/test_lean.py fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from rich.color import ColorSystem, ColorType
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

type Sent = Callable[[int], None]
"""Told how many characters were sent."""

RESET = "\x1b[0m"
DEFAULT = "9"
"""The terminal's own colour, after the 3 of a foreground or the 4 of a background."""
LOWER, UPPER = "▄", "▀"

_NO_STYLE = Style()

_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}


class LeanStrip(Strip):
    """A strip that is sent short, and tells so."""

    __slots__ = ("_sent", "_text")

    def __init__(self, strip: Strip, sent: Sent | None = None) -> None:
        super().__init__(strip, strip.cell_length)
        self._sent = sent
        self._text: str | None = None

    def render(self, console: Console) -> str:
        """What is sent."""
        if self._text is None:
            self._text = lean_text(self, console.color_system)
        if self._sent is not None:
            self._sent(len(self._text.encode()))
        return self._text

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Parts of the strip up to each cut.

        All of it is no part to be remembered: it would hold itself, and pictures would only go when all of the
        program's memory is searched for such rings, which takes longer than a key may wait.
        """
        at = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if at == [self.cell_length] else super().divide(at)


def lean_text(segments: Iterable[Segment], color_system: str | None) -> str:
    """The segments of one line as text and control sequences, on a terminal whose colours are its own before and after.

    Half blocks are shown as the one of the two, or as the blank, that needs the fewest changes of colour.
    """
    system = _SYSTEMS.get(color_system or "", ColorSystem.TRUECOLOR)
    out: list[str] = []
    foreground = background = DEFAULT
    for text, style, control in segments:
        colors = None if control else _colors(style, system) if style is not None else (DEFAULT, DEFAULT)
        if colors is None:
            if (foreground, background) != (DEFAULT, DEFAULT):
                out.append(RESET)
                foreground = background = DEFAULT
            out.append(Strip.render_style(style, text, color_system=system) if style is not None else text)
            continue
        front, back = colors
        if text[:1] == LOWER and not text.strip(LOWER):
            if front == back and front != DEFAULT:
                text = " " * len(text)
            elif _changes(back, front, foreground, background) < _changes(front, back, foreground, background):
                front, back, text = back, front, UPPER * len(text)
        if front != foreground and text.isspace():
            front = foreground
        if front != foreground:
            out.append(f"\x1b[3{front};4{back}m{text}" if back != background else f"\x1b[3{front}m{text}")
        else:
            out.append(f"\x1b[4{back}m{text}" if back != background else text)
        foreground, background = front, back
    if (foreground, background) != (DEFAULT, DEFAULT):
        out.append(RESET)
    return "".join(out)


def _changes(front: str, back: str, foreground: str, background: str) -> int:
    """Characters that the change from one pair of colours to another takes."""
    return (len(front) if front != foreground else 0) + (len(back) if back != background else 0)


@lru_cache(maxsize=1 << 12)
def _colors(style: Style, system: ColorSystem) -> tuple[str, str] | None:
    """The codes of foreground and background, without the digit that tells which; None for what is more than colours.

    The 16 colours of a standard terminal have codes of other lengths: for them, too, Textual's own way does.
    """
    if style.link or style.without_color != _NO_STYLE:
        return None
    codes = []
    for color in (style.color, style.bgcolor):
        if color is not None and color.type is ColorType.TRUECOLOR and system is ColorSystem.TRUECOLOR:
            # What Rich's general way would give, at a quarter of its time.
            red, green, blue = color.get_truecolor()
            codes.append(f"8;2;{red};{green};{blue}")
            continue
        found = ("39",) if color is None else color.downgrade(system).get_ansi_codes()
        if len(found) == 1 and found[0] != "39":
            return None
        codes.append(";".join(found)[1:])
    return codes[0], codes[1]
