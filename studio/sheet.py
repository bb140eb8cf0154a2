"""Contact sheets: many frames in one picture, for a file."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from engine.annotate.overlay import draw
from studio.frames import Frame

type Picture = npt.NDArray[np.uint8]

WIDEST = 2400
"""Pixels of a whole sheet; tiles are never larger than their frames."""

GAP = 12
CAPTION = 26
PAPER = (24, 26, 30)
INK = (208, 212, 218)
BLANK = (44, 47, 54)


def contact_sheet(frames: list[Frame], overlays: Collection[str]) -> Picture:
    """A picture (H, W, 3) of frames in rows, each with its caption; one that cannot be read is a blank tile."""
    aspects = [frame.record.width / frame.record.height for frame in frames if frame.record is not None] or [4 / 3]
    columns = max(1, min(len(frames), round(math.sqrt(len(frames) * 1.5 / max(aspects)))))
    widest = max((frame.record.width for frame in frames if frame.record is not None), default=320)
    tile_width = min(widest, (WIDEST - GAP) // columns - GAP)
    tile_height = round(tile_width / min(aspects))
    rows = math.ceil(len(frames) / columns)
    size = (GAP + columns * (tile_width + GAP), GAP + rows * (tile_height + CAPTION + GAP))
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=15)
    for number, frame in enumerate(frames):
        left = GAP + number % columns * (tile_width + GAP)
        top = GAP + number // columns * (tile_height + CAPTION + GAP)
        tile = _tile(frame, overlays, tile_width)
        if tile is None:
            pen.rectangle((left, top, left + tile_width - 1, top + tile_height - 1), fill=BLANK)
        else:
            sheet.paste(Image.fromarray(tile), (left, top))
        pen.text((left, top + tile_height + 4), _cut(caption(frame), font, tile_width), fill=INK, font=font)
    return np.asarray(sheet, dtype=np.uint8)


def _tile(frame: Frame, overlays: Collection[str], width: int) -> Picture | None:
    if frame.record is None or frame.picture is None or frame.ids is None:
        return None
    size = (width, max(1, round(width * frame.record.height / frame.record.width)))
    return draw(
        frame.picture, frame.record, frame.ids, overlays, size=size, skeletons=frame.skeletons,
        predictions=frame.predictions,
    )  # fmt: skip


def caption(frame: Frame) -> str:
    """The frame's number and what is visible in it: `#12  2 cup, 1 bowl`."""
    if frame.record is None or frame.picture is None:
        return f"#{frame.index}  cannot be read"
    counts: dict[str, int] = {}
    for instance in frame.record.instances:
        if instance.area:
            counts[instance.class_name] = counts.get(instance.class_name, 0) + 1
    seen = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"#{frame.index}  {seen or 'nothing visible'}"


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
