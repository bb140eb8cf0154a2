"""Charts of block characters, as text of a given width. Shades differ in lightness and in character, not in hue."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from engine.dataset.stats import Histogram
from studio.units import digits, grouped

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = " ▁▂▃▄▅▆▇█"
SHADES = " ·░▒▓█"
ASCII_BAR, ASCII_SHADES = "#", " .:+*#"

WIDEST = 12
"""Characters of a column of a histogram at most."""


def bars(counts: Mapping[str, int], width: int, color: str, *, plain: bool = False, most: int = 30) -> Text:
    """One line for each name, with a bar and its number; of more than `most`, the rest together."""
    shown = dict(list(counts.items())[:most])
    rest = sum(list(counts.values())[most:])
    if rest:
        shown[f"{len(counts) - most} more"] = rest
    if not shown:
        return Text("none", style="dim")
    names = min(max(cell_len(name) for name in shown), max(width // 3, 8))
    numbers = max(len(grouped(count)) for count in shown.values())
    room = max(width - names - numbers - 2, 1)
    largest = max(max(shown.values()), 1)
    lines = []
    for name, count in shown.items():
        line = Text(f"{_fitted(name, names)} ")
        line.append(_fitted(_bar(count / largest, room, plain=plain), room), Style(color=color))
        lines.append(line.append(f" {grouped(count):>{numbers}}"))
    return Text("\n").join(lines)


def _fitted(text: str, width: int) -> str:
    return set_cell_size(text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…", width)


def _bar(share: float, room: int, *, plain: bool) -> str:
    if plain:
        return ASCII_BAR * round(share * room)
    eighths = round(share * room * 8)
    # What is there at all must be seen.
    eighths = max(eighths, 1) if share > 0 else 0
    return EIGHTHS[-1] * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def histogram(
    found: Histogram, width: int, color: str, unit: str = "", *, plain: bool = False, height: int = 5
) -> Text:
    """Columns side by side over the edges of their bins, `height` lines high."""
    if not sum(found.counts):
        return Text("not known", style="dim")
    each = max(min((width - 8) // len(found.counts), WIDEST), 1)
    largest = max(found.counts)
    lines = []
    for level in range(height, 0, -1):
        line = Text()
        for count in found.counts:
            filled = min(max(count / largest * height - (level - 1), 0.0), 1.0)
            step = max(round(filled * 8), 1 if count and level == 1 else 0)
            cell = (ASCII_BAR if filled >= 0.5 or (count and level == 1) else " ") if plain else LEVELS[step]
            line.append(cell * max(each - 1, 1) + " " * (each > 1), Style(color=color))
        lines.append(line)
    lines.append(Text(_axis(found.edges, each, len(found.counts), unit), style="dim"))
    return Text("\n").join(lines)


def _axis(edges: Sequence[float], each: int, count: int, unit: str) -> str:
    """The edges under their columns, as many as find room."""
    line = [" "] * (each * count + 12)
    free = 0
    for place in range(count + 1):
        last = place == count
        text = digits(edges[place], 2) + (f" {unit}" if last and unit else "")
        start = place * each
        if start < free:
            continue
        line[start : start + len(text)] = text
        free = start + len(text) + 1
    return "".join(line).rstrip()


def spark(counts: Sequence[int], *, plain: bool = False) -> str:
    """A histogram in one line, a character for each column."""
    largest = max(counts, default=0) or 1
    levels = ASCII_SHADES if plain else LEVELS
    return "".join(levels[_step(count / largest, len(levels))] for count in counts)


def heat_map(rows: Sequence[Sequence[float]], width: int, color: str, *, plain: bool = False, size: int = 1) -> Text:
    """A map of shades; the largest number is darkest.

    A cell has two characters where there is room, and with `size` so many lines and as many times the characters.
    """
    if not rows or not any(map(any, rows)):
        return Text("not known", style="dim")
    largest = max(map(max, rows))
    shades = ASCII_SHADES if plain else SHADES
    size = max(min(size, width // (2 * len(rows[0]))), 1)
    each = 2 * size if 2 * len(rows[0]) <= width else 1
    lines = []
    for row in rows:
        text = "".join(shades[_step(value / largest, len(shades))] * each for value in row)
        lines += [Text(text[:width], Style(color=color))] * size
    return Text("\n").join(lines)


def sphere(rows: Sequence[Sequence[int]], width: int, color: str, *, plain: bool = False, most: int = 28) -> Text:
    """Directions as two discs side by side, the upper and the lower half of a sphere as seen along its axis.

    `rows` go by elevation, from 90 down to -90 degrees, and by azimuth, from 0 to 360. The middle of a disc is the
    pole, its rim the horizon; azimuth 0 is on the right and 90 at the top of both. A point says that nothing is there.
    A disc is at most `most` characters wide, and half as many lines high.
    """
    if not rows or not any(map(any, rows)):
        return Text("not known", style="dim")
    across = max(min((width - 3) // 2, most) // 2 * 2, 8)
    shades = ASCII_SHADES[1:] if plain else SHADES[1:]
    largest = max(map(max, rows))
    discs = [_disc(rows, across, below=below) for below in (False, True)]
    lines = []
    for pair in zip(*discs, strict=True):
        line = Text()
        for place, cells in enumerate(pair):
            line.append("   " if place else "")
            for count in cells:
                shade = " " if count is None else shades[_step(count / largest, len(shades))]
                line.append(shade, Style(color=color) if count else Style(dim=True))
        lines.append(line)
    names = [text.center(across) for text in ("from above", "from below")]
    lines.append(Text("   ".join(names).rstrip(), "dim"))
    return Text("\n").join(lines)


def _disc(rows: Sequence[Sequence[int]], across: int, *, below: bool) -> list[list[int | None]]:
    """The counts of half a sphere, `across` cells wide and half as many high; None beyond the rim."""
    half, count = len(rows) // 2, len(rows[0])
    sky = rows[half:][::-1] if below else rows[:half]
    cells: list[list[int | None]] = []
    for line in range(across // 2):
        cells.append([])
        for column in range(across):
            x, y = (column + 0.5) / across * 2 - 1, 1 - (line + 0.5) / across * 4
            ring = int(math.hypot(x, y) * half)
            turn = int(math.degrees(math.atan2(y, x)) % 360 / 360 * count)
            cells[-1].append(sky[ring][turn] if ring < half else None)
    # Near the pole there are more directions than cells: none may be lost.
    for ring, row in enumerate(sky):
        for turn, found in enumerate(row):
            angle, distance = (turn + 0.5) / count * 2 * math.pi, (ring + 0.5) / half
            column = int((math.cos(angle) * distance + 1) / 2 * across)
            line = int((1 - math.sin(angle) * distance) / 4 * across)
            cells[line][column] = max(cells[line][column] or 0, found)
    return cells


def _step(share: float, count: int) -> int:
    return min(int(share * (count - 1) + 0.999), count - 1) if share > 0 else 0


def key_of_shades(largest: str, *, plain: bool = False, lightest: int = 1) -> str:
    """What the shades of a map mean, from the `lightest` on that it has."""
    return f"{(ASCII_SHADES if plain else SHADES)[lightest:]}  up to {largest}"
