"""What the app draws with, in ASCII: for terminals and fonts that have no more. Names that users gave stay."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_DRAWN = {
    "─━╸╶╴╺╌┄‾▔": "-", "═‖": "=", "│┃║▏▎▍▕┆": "|", "╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝": "+",
    "✓": "v", "✗×": "x", "⊘": "/", "●•■◆█▓▀▙▛▜▟": "#", "○□◇": "o", "▒▌▐▊▋▉": ":", "░": ".",
    "▁▖▗▘▝": "_", "▂▃▄▅▚▞": "=", "▆▇": "#", "–": "-", "·": "-", "“”": '"', "…": "~", "▶›→": ">", "‹←◀": "<",
    "↑▲": "^", "↓▼": "v", "±": "~", "°": "'", "∞": "8", "\N{NO-BREAK SPACE}": " ", "�": "?",
}  # fmt: skip

ASCII_FORMS: dict[int, str] = {ord(sign): form for signs, form in _DRAWN.items() for sign in signs}
"""ASCII form, of one cell as well, of each sign that screens and widgets draw."""


class AsciiFilter(LineFilter):
    """Draws every line in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments with other signs; control sequences stay."""
        return [
            segment if segment.control or segment.text.isascii()
            else Segment(segment.text.translate(ASCII_FORMS), segment.style)
            for segment in segments
        ]  # fmt: skip
