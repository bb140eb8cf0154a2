"""The screen of an emulated terminal as a picture, cell by cell."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw, ImageFont

from tests.studio.terminal import Cell, Emulator

WIDTH, HEIGHT = 8, 16
"""Pixels of a cell."""

FONT_SIZE = 13
FOREGROUND, BACKGROUND = (207, 211, 218), (16, 17, 20)
"""The terminal's own colours."""

FAMILY = "DejaVuSansMono"

QUARTERS = {
    "▀": "12", "▄": "34", "▌": "13", "▐": "24", "█": "1234", "▘": "1", "▝": "2", "▖": "3", "▗": "4", "▚": "14",
    "▞": "23", "▛": "123", "▜": "124", "▙": "134", "▟": "234",
}  # fmt: skip
"""Which quarters of a cell a block character fills: upper left, upper right, lower left, lower right."""

type Color = tuple[int, int, int]


def screen_picture(screen: Emulator) -> Image.Image:
    """What is on the screen, `WIDTH` x `HEIGHT` pixels for each cell.

    Raises:
        OSError: the font, DejaVu Sans Mono, is not installed.
    """
    picture = Image.new("RGB", (screen.columns * WIDTH, screen.lines * HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    for row in range(screen.lines):
        for column in range(screen.columns):
            _draw_cell(draw, column * WIDTH, row * HEIGHT, screen.cell(column, row), screen.buffer[row][column].bold)
    return picture


def _draw_cell(draw: ImageDraw.ImageDraw, x: int, y: int, cell: Cell, bold: bool) -> None:
    foreground, background = cell.foreground or FOREGROUND, cell.background or BACKGROUND
    draw.rectangle((x, y, x + WIDTH - 1, y + HEIGHT - 1), fill=background)
    if cell.text in QUARTERS:
        _draw_quarters(draw, x, y, QUARTERS[cell.text], foreground)
    elif "▁" <= cell.text <= "▇":
        top = HEIGHT - HEIGHT * (ord(cell.text) - 0x2580) // 8
        draw.rectangle((x, y + top, x + WIDTH - 1, y + HEIGHT - 1), fill=foreground)
    elif cell.text.strip():
        draw.text((x, y), cell.text, fill=foreground, font=_font(bold))


def _draw_quarters(draw: ImageDraw.ImageDraw, x: int, y: int, which: str, color: Color) -> None:
    half_width, half_height = WIDTH // 2, HEIGHT // 2
    for quarter in map(int, which):
        left, top = x + (quarter - 1) % 2 * half_width, y + (quarter - 1) // 2 * half_height
        draw.rectangle((left, top, left + half_width - 1, top + half_height - 1), fill=color)


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"{FAMILY}{'-Bold' if bold else ''}.ttf", FONT_SIZE)
