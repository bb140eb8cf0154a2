"""How one cell of a grid of pictures is drawn, line by line: its picture, its two lines of text, its signs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from widgets.cell_grid import Picture, fit

TEXT_LINES = 2
"""Lines of text below a picture."""

_ASPECT = 0.75
"""Height of a picture's place over its width, in pixels."""
_CACHED_CELLS = 512


@dataclass(frozen=True, slots=True)
class GridItem:
    """What stands in one cell."""

    title: str
    subtitle: str = ""
    placeholder: str = ""
    """A word in the picture's place while there is none."""
    wrong: bool = False
    """Something is the matter with it: the placeholder and the second line say so."""


@dataclass(frozen=True, slots=True)
class CellStyles:
    """The styles of a cell's parts, with the grid's background."""

    base: Style
    title: Style
    subtitle: Style
    placeholder: Style
    placeholder_wrong: Style
    bar: Style
    cursor: Style
    marked: Style
    wrong: Style


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is to be drawn: an item and its state."""

    key: str
    item: GridItem
    at_cursor: bool
    is_marked: bool


type PictureOf = Callable[[str], Picture | None]
type _Rows = list[list[Segment]]


def picture_rows(cell_width: int) -> int:
    """Lines that a cell of that width gives to its picture."""
    return max(round((cell_width - 2) * _ASPECT / 2), 2)


class CellPainter:
    """Draws cells of one grid; pictures are encoded once and kept while they are seen."""

    def __init__(self, picture_of: PictureOf) -> None:
        """`picture_of(key)` gives an item's picture (H, W, 3) or None."""
        self._picture_of = picture_of
        self._encoded: OrderedDict[tuple[str, int], tuple[int, _Rows]] = OrderedDict()
        self._versions: dict[str, int] = {}
        self.characters = False
        self.colorless = False
        self.palette = False
        """Whether the terminal has 256 colours."""

    def forget(self) -> None:
        """Encode all pictures anew: they are to be drawn in another way."""
        self._encoded.clear()

    def picture_changed(self, key: str) -> None:
        """Ask for this picture again when it is drawn next."""
        self._versions[key] = self._versions.get(key, 0) + 1

    def line(self, cell: Cell, line: int, width: int, styles: CellStyles) -> list[Segment]:
        """Line number `line` of a cell, exactly `width` characters wide."""
        rows = picture_rows(width)
        inner = width - 2
        if line < rows:
            left, right = self._margins(cell.at_cursor)
            edge = styles.bar if cell.at_cursor else styles.base
            return [Segment(left, edge), *self._picture_line(cell, line, inner, rows, styles), Segment(right, edge)]
        item = cell.item
        if line == rows:
            sign = ("*" if self.characters else "●") if cell.is_marked else " "
            style = styles.cursor if cell.at_cursor else styles.title
            sign_style = styles.marked if cell.is_marked and not cell.at_cursor else style
            return [Segment(sign, sign_style), Segment(fitted(item.title, inner) + " ", style)]
        style = styles.cursor if cell.at_cursor else styles.wrong if item.wrong else styles.subtitle
        return [Segment(" " + fitted(item.subtitle, inner) + " ", style)]

    def _margins(self, at_cursor: bool) -> tuple[str, str]:
        """Bars beside the picture under the cursor: it is found without colours too."""
        if not at_cursor:
            return " ", " "
        return ("[", "]") if self.characters else ("▌", "▐")

    def _picture_line(self, cell: Cell, line: int, width: int, height: int, styles: CellStyles) -> list[Segment]:
        rows = self._rows_of(cell.key, width, height)
        if rows is None:
            style = styles.placeholder_wrong if cell.item.wrong else styles.placeholder
            return [Segment(_placeholder(cell.item, line, width, height), style)]
        base = styles.base
        top = (height - len(rows)) // 2
        if not 0 <= line - top < len(rows):
            return [Segment(" " * width, base)]
        body = rows[line - top]
        room = width - sum(segment.cell_length for segment in body)
        if self.characters:
            body = [Segment(text, base + style if style else base) for text, style, _ in body]
        if not room:
            return body
        return [Segment(" " * (room // 2), base), *body, Segment(" " * (room - room // 2), base)]

    def _rows_of(self, key: str, width: int, height: int) -> _Rows | None:
        """The picture as lines of segments, at most `width` wide; None while there is none."""
        name, version = (key, width), self._versions.get(key, 0)
        known = self._encoded.get(name)
        if known is not None and known[0] == version:
            self._encoded.move_to_end(name)
            return known[1]
        picture = self._picture_of(key)
        if picture is None:
            return None
        rows = self._encode(picture, width, height)
        self._encoded[name] = version, rows
        while len(self._encoded) > _CACHED_CELLS:
            self._encoded.popitem(last=False)
        return rows

    def _encode(self, picture: Picture, width: int, height: int) -> _Rows:
        from widgets.cells import character_rows, half_block_rows, scale_to

        small = scale_to(picture, fit((picture.shape[1], picture.shape[0]), width, height))
        if self.characters:
            return character_rows(small, color=not self.colorless, palette=self.palette)
        return half_block_rows(small, palette=self.palette)


def _placeholder(item: GridItem, line: int, width: int, height: int) -> str:
    if line != height // 2:
        return " " * width
    return fitted(item.placeholder, width).strip().center(width)


def fitted(text: str, width: int) -> str:
    """A text of exactly so many cells; what is too long loses its middle, since file names differ at both ends."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    tail = min(width // 3, 8)
    return set_cell_size(set_cell_size(text, width - tail - 1).rstrip() + "…" + text[-tail:] if tail else text, width)
