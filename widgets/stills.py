"""Pictures as kitty or sixel sequences, in pieces that other output may stand between.

Kitty's pictures hang on cells: each cell of a picture holds a placeholder character that names the picture and the
cell's place in it, so that Textual draws, covers and moves them like any other cells. A sixel picture is painted over
the cells and lasts until they are written again.

The encoder of sixels and the table of placeholders are textual-image's. Its own widgets are not used: each new picture
of theirs forces a layout, and the kitty one writes to standard output from the event loop, between or into what
Textual's thread is writing, however far the terminal is behind.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style

from widgets.cell_grid import CellText, Picture
from widgets.cells import CellRow, cell_rows, text_style_for
from widgets.palette256 import PALETTE

PIECE = 2048
"""Characters of base64 in one of kitty's pieces; a multiple of 4, and at most 4096."""

FIRST_ID, LAST_ID = 17, 255
"""Numbers of kitty pictures. A placeholder names its picture by its colour: these are colours that every terminal
shows as they are, whether or not it has 24 bits of them."""

_SIXEL = 6


def kitty_pieces(picture: Picture, number: int, columns: int, rows: int, *, tmux: bool = False) -> list[str]:
    """What sends a picture (H, W, 3) under a number, to fill placeholders of columns x rows cells."""
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "png")
    data = base64.b64encode(packed.getvalue()).decode()
    parts = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    pieces = []
    for at, part in enumerate(parts):
        head = f"a=t,q=2,i={number},f=100," if at == 0 else "q=2,"
        pieces.append(_kitty(f"{head}m={int(at < len(parts) - 1)};{part}", tmux))
    return [*pieces, _kitty(f"a=p,U=1,q=2,i={number},c={columns},r={rows}", tmux)]


def kitty_end(*, tmux: bool = False) -> str:
    """Ends a transfer that was given up."""
    return _kitty("q=2,m=0", tmux)


def kitty_free(number: int, *, tmux: bool = False) -> str:
    """Lets the terminal forget a picture."""
    return _kitty(f"a=d,d=I,q=2,i={number}", tmux)


def _kitty(body: str, tmux: bool) -> str:
    sequence = f"\x1b_G{body}\x1b\\"
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\" if tmux else sequence


def kitty_cells(
    number: int, columns: int, rows: int, texts: Sequence[CellText], *, palette: bool = False
) -> list[CellRow]:
    """Cells that show the picture of that number, with texts over it."""
    placeholder, marks = _placeholders()
    triplet = Color.from_rgb(*PALETTE[number - 16].tolist()).triplet
    style = Style(color=Color(f"color({number})", ColorType.EIGHT_BIT, number, triplet))

    def make(line: npt.NDArray[np.int64]) -> list[Segment]:
        # One segment for each cell: they are never cut within it.
        return [
            Segment(placeholder + marks[value // columns] + marks[value % columns], style) for value in line.tolist()
        ]

    cells = np.arange(rows * columns).reshape(rows, columns)
    return cell_rows(cells, texts, make, text_style_for(palette=palette))


def most_cells() -> int:
    """Columns or rows that a kitty picture can have."""
    return len(_placeholders()[1])


def prepare(cell: tuple[int, int]) -> None:
    """Load textual-image without its asking the terminal, which now is the app's: it is told that nothing is there."""
    from textual_image import _terminal

    terminal: Any = _terminal
    if not hasattr(terminal.probe_terminal, "_result"):
        size = terminal.CellSize(*cell)
        terminal.probe_terminal._result = terminal.TerminalCapabilities(size, sixel=False, tgp=False)


def _placeholders() -> tuple[str, list[str]]:
    """The placeholder, and the marks that number rows and columns from 0 on."""
    prepare((10, 20))
    from textual_image.renderable import tgp

    table: Any = tgp
    return chr(table._PLACEHOLDER), [chr(code) for code in table._NUMBER_TO_DIACRITIC]


def sixel_pieces(
    picture: Picture, place: tuple[int, int], cell_height: int, *, piece_rows: int = 1, touches_end: bool = False
) -> list[str]:
    """What paints a picture (H, W, 3) with its upper left corner at a cell (column, row), from 0, of the screen.

    H is a multiple of `cell_height`. Where the picture `touches_end`, the last row of the screen, it ends with a whole
    sixel: a terminal would make room for the rest of one by scrolling.
    """
    from textual_image._sixel import image_to_sixels

    # One palette for all pieces, or the seams would show.
    image = Image.fromarray(picture).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    column, row = place
    step = piece_rows * cell_height
    pieces = []
    for top in range(0, image.height, step):
        bottom = min(top + step, image.height)
        if touches_end and bottom == image.height:
            bottom -= (bottom - top) % _SIXEL
        if bottom > top:
            sixels = image_to_sixels(image.crop((0, top, image.width, bottom)))
            pieces.append(f"\x1b7\x1b[{row + top // cell_height + 1};{column + 1}H{sixels}\x1b8")
    return pieces
