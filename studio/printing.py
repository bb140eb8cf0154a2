"""Frames printed once into a terminal: pictures, with Rich-Pixels where it has all colours, or tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console, Group, RenderableType
from rich.segment import Segment, Segments
from rich.style import Style
from rich.table import Table
from rich.text import Text
from rich_pixels import HalfcellRenderer, Pixels

from engine.annotate.geometry import distance_of
from engine.annotate.overlay import draw
from engine.annotate.palette import instance_color
from engine.annotate.plain import AnyInstance, AnyRecord, PlainInstance
from engine.dataset.read import Dataset
from studio.frames import Frame
from studio.looks import Look
from studio.naming import frame_place
from studio.pictures import draw_for_cells
from studio.sheet import BLANK, caption
from studio.showing import Shown
from studio.units import grouped, length
from studio.values import area_text, box_text, hidden_text, truncation_text
from widgets.cell_grid import CellText, fit
from widgets.cells import character_rows, half_block_rows, mark_color, text_style

TILE_COLUMNS = (24, 48)
"""Cells that a tile of a contact sheet is wide: least and most."""

GAP = 2


def picture(pixels: npt.NDArray[np.uint8], texts: Sequence[CellText], look: Look) -> RenderableType:
    """A picture (2 * rows, columns, 3) with texts over it."""
    if look.characters:
        return _lines(character_rows(pixels, texts, look.color, palette=look.palette))
    if look.palette:
        return _lines(half_block_rows(pixels, texts, palette=True))
    segments = HalfcellRenderer().render(Image.fromarray(pixels), None)
    width = pixels.shape[1]
    for text in texts:
        style = text_style(text.foreground, text.background)
        for at, character in enumerate(text.text[: width - text.column]):
            segments[text.row * (width + 1) + text.column + at] = Segment(character, style)
    printed: RenderableType = Pixels.from_segments(segments)
    return printed


def _lines(rows: list[list[Segment]]) -> Segments:
    return Segments([segment for row in rows for segment in (*row, Segment.line())])


def one_frame(frame: Frame, overlays: Collection[str], columns: int, rows: int, look: Look) -> RenderableType:
    """A readable frame with a legend, in at most columns x rows cells."""
    assert frame.record is not None
    assert frame.picture is not None
    assert frame.ids is not None
    legend = ([Text(frame.note, style="dim")] if frame.note else []) + _legend(frame.record, columns, look)
    room = max(rows - len(legend), 4)
    size = fit((frame.record.width, frame.record.height), columns, room)
    pixels, texts = draw_for_cells(
        frame.picture, frame.record, frame.ids, overlays, size, skeletons=frame.skeletons,
        predictions=frame.predictions, characters=look.characters,
    )  # fmt: skip
    return Group(picture(pixels, texts, look), *legend)


def _legend(record: AnyRecord, columns: int, look: Look) -> list[Text]:
    """What is in the picture, a few objects to a line; at most three lines."""
    entries = []
    for instance in record.instances:
        color = mark_color(instance_color(instance.instance_id), palette=look.palette)
        mark = ("■ " if instance.area else "□ ", Style(color=color))
        what = f"{instance.class_name} {instance.instance_id}"
        area = f"{grouped(instance.area)} px" if instance.area else "unseen"
        entries.append(Text.assemble(mark, what, (f"  {area}  {_distance(instance)}".rstrip(), "dim")))
    lines = [Text()]
    for number, entry in enumerate(entries):
        if lines[-1].plain and lines[-1].cell_len + entry.cell_len + 4 > columns:
            if len(lines) == 3:
                lines[-1].append(f"  and {len(entries) - number} more", "dim")
                break
            lines.append(Text())
        lines[-1].append_text(Text("    ") if lines[-1].plain else Text()).append_text(entry)
    for line in lines:
        line.truncate(columns, overflow="ellipsis")
    return lines


def _distance(instance: AnyInstance) -> str:
    """How far away it is; nothing where that is not known."""
    return "" if isinstance(instance, PlainInstance) else length(distance_of(instance))


def grid_for(record: AnyRecord | None, frames: int, columns: int, rows: int) -> tuple[int, int, tuple[int, int]]:
    """(tiles across, tiles down, size of a tile in pixels): the sheet of at most `frames` tiles that fills
    columns x rows cells best."""
    shape = (record.width, record.height) if record is not None else (4, 3)
    best = (1, 1, fit(shape, min(columns, TILE_COLUMNS[1]), max(rows - 1, 1)))
    filled = 0
    for across in range(1, max(1, columns // TILE_COLUMNS[0]) + 1):
        width = min((columns + GAP) // across - GAP, TILE_COLUMNS[1])
        size = fit(shape, max(width, 1), max(rows - 1, 1))
        down = max(1, (rows + 1) // (size[1] // 2 + 2))
        used = min(across * down, frames) * size[0] * size[1]
        if used > filled:
            filled = used
            best = (across, down, size)
    return best


def sheet(
    frames: list[Frame], overlays: Collection[str], across: int, size: tuple[int, int], look: Look
) -> RenderableType:
    """Frames in rows of `across` tiles of (width, height) pixels, each with its caption below."""
    parts: list[RenderableType] = []
    for start in range(0, len(frames), across):
        row = frames[start : start + across]
        if parts:
            parts.append(Text())
        parts.append(_tiles(row, overlays, size, look))
        captions = [_fixed(caption(frame), size[0]) for frame in row]
        parts.append(Text((" " * GAP).join(captions).rstrip(), style="dim"))
    return Group(*parts)


def _tiles(row: list[Frame], overlays: Collection[str], size: tuple[int, int], look: Look) -> RenderableType:
    tiles = [_tile(frame, overlays, size) for frame in row]
    if look.palette and not look.characters:
        return _lines(_side_by_side([half_block_rows(tile, palette=True) for tile in tiles], size))
    width, height = size
    canvas = np.zeros((height, len(row) * (width + GAP) - GAP, 4), dtype=np.uint8)
    for number, tile in enumerate(tiles):
        left = number * (width + GAP)
        canvas[: tile.shape[0], left : left + tile.shape[1]] = np.dstack([tile, np.full_like(tile[..., 0], 255)])
    if look.characters:
        return picture(canvas[..., :3], (), look)
    printed: RenderableType = Pixels.from_image(Image.fromarray(canvas))
    return printed


def _tile(frame: Frame, overlays: Collection[str], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A frame within (width, height); an even area of that size for one that cannot be read."""
    width, height = size
    if frame.record is None or frame.picture is None or frame.ids is None:
        return np.full((height, width, 3), BLANK, dtype=np.uint8)
    inner = fit((frame.record.width, frame.record.height), width, height // 2)
    return draw(
        frame.picture, frame.record, frame.ids, overlays, size=inner, text=False, crisp=True,
        skeletons=frame.skeletons, predictions=frame.predictions,
    )  # fmt: skip


def _side_by_side(tiles: list[list[list[Segment]]], size: tuple[int, int]) -> list[list[Segment]]:
    """The rows of tiles that are at most (width, 2 * rows) pixels large, each padded to that, with gaps between."""
    lines: list[list[Segment]] = []
    for y in range(size[1] // 2):
        line: list[Segment] = []
        for number, tile in enumerate(tiles):
            cells = tile[y] if y < len(tile) else []
            missing = size[0] - sum(len(segment.text) for segment in cells)
            line += [*([Segment(" " * GAP)] if number else []), *cells, *([Segment(" " * missing)] if missing else [])]
        lines.append(line)
    return lines


def _fixed(text: str, width: int) -> str:
    cut = Text(text)
    cut.truncate(width, overflow="ellipsis", pad=True)
    return cut.plain


def dataset_title(shown: Shown, record: AnyRecord | None) -> Text:
    """One line on the frames that are shown, and on one of them."""
    source, count = shown.source, len(shown.indices)
    counted = f"{grouped(count)} frames" if count != 1 else "1 frame"
    if count < len(shown.everything):
        counted += f" of {grouped(len(shown.everything))}"
    parts = [counted, "the worst first" if shown.worst_first else "", source.note]
    if record is not None:
        place = frame_place(record.index, shown.indices.index(record.index), count)
        parts = [place, f"{record.width} × {record.height} px", source.note]
    return Text.assemble((source.name or source.root.name, "bold"), "  ", ("  ·  ".join(filter(None, parts)), "dim"))


def print_summary(console: Console, shown: Shown) -> None:
    """What there is, in words."""
    source, indices = shown.source, shown.indices
    rows = [
        ("name", source.name),
        ("folder", str(source.root)),
        ("frames", grouped(len(indices))),
        ("numbers", f"{min(indices)} to {max(indices)}" if indices else "–"),
    ]
    if isinstance(source, Dataset):
        storage = source.manifest.storage
        rows += [
            ("picture", f"{storage.resolution[0]} × {storage.resolution[1]} px, {storage.image}"),
            ("passes", ", ".join(storage.passes) or "none"),
            ("classes", ", ".join(source.classes)),
            ("seed", str(source.manifest.seed)),
        ]
    else:
        rows += [("file", str(source.file)), ("classes", ", ".join(entry.name for entry in source.categories.values()))]
    table = Table.grid(padding=(0, 2))
    for name, text in rows:
        table.add_row(name, Text(text, overflow="fold"))
    console.print(table)


def print_instances(console: Console, record: AnyRecord) -> None:
    """The objects of a frame as a table."""
    table = Table(box=None, pad_edge=False, header_style="", padding=(0, 2, 0, 0))
    table.add_column("id", justify="right")
    table.add_column("class")
    table.add_column("area px", justify="right")
    table.add_column("hidden", justify="right")
    table.add_column("cut off", justify="right")
    table.add_column("box px")
    table.add_column("distance", justify="right")
    for instance in record.instances:
        number = str(instance.instance_id)
        distance = _distance(instance) or "–"
        shares = hidden_text(instance), truncation_text(instance)
        table.add_row(number, instance.class_name, area_text(instance), *shares, box_text(instance), distance)
    console.print(table)
