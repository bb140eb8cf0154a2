"""A frame as it appears in a terminal: scaled, with its overlays drawn, its names as real characters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import NO_SKELETONS, Skeletons
from engine.annotate.labels import Label, faded, labels_of, place, prediction_labels
from engine.annotate.overlay import Region, draw
from engine.annotate.palette import text_on
from engine.annotate.plain import AnyRecord, PlainInstance
from studio.character_marks import CharacterMarks
from widgets.cell_grid import CellText

GREY = (96, 98, 104)

REAL_PIXELS = 400
"""Pictures of fewer columns are made of cells: their lines are one pixel wide."""


def draw_for_cells(
    picture: npt.NDArray[np.uint8],
    record: AnyRecord,
    ids: npt.NDArray[np.uint16],
    overlays: Collection[str],
    size: tuple[int, int],
    highlight: int | None = None,
    *,
    region: Region | None = None,
    skeletons: Skeletons = NO_SKELETONS,
    predictions: Sequence[PlainInstance] = (),
    predicted: int | None = None,
    characters: bool = False,
) -> tuple[npt.NDArray[np.uint8], list[CellText]]:
    """The picture at (width, height) pixels, two of them to a cell, and the texts over its cells.

    Args:
        highlight: the instance that stands out.
        region: (left, top, width, height) of the part of the frame that is shown; None for all of it.
        predicted: the prediction that stands out, by its number.
        characters: the cells will be characters, in which lines of pixels are lost: overlays are characters too.
    """
    painted = [name for name in overlays if name in ("masks", "parts")] if characters else overlays
    drawn = draw(
        picture, record, ids, painted, size=size, highlight=highlight, text=False, crisp=True, region=region,
        skeletons=skeletons, predictions=predictions, predicted=predicted,
    )  # fmt: skip
    texts = cell_texts(record, overlays, size, highlight, region=region, predictions=predictions, predicted=predicted)
    if characters:
        marks = CharacterMarks((record.width, record.height), (size[0], size[1] // 2), region)
        marks.draw(record, ids, overlays, highlight, predictions, predicted, skeletons)
        for text in texts:
            marks.clear(text.column, text.row, len(text.text))
        texts += marks.texts()
    return drawn, texts


def draw_fine(
    picture: npt.NDArray[np.uint8],
    record: AnyRecord,
    ids: npt.NDArray[np.uint16],
    overlays: Collection[str],
    highlight: int | None,
    region: Region | None,
    skeletons: Skeletons,
    predictions: Sequence[PlainInstance],
    predicted: int | None,
    size: tuple[int, int],
) -> npt.NDArray[np.uint8]:
    """The same picture without its texts at (width, height) pixels of any size: for quadrants, and real pixels."""
    return draw(
        picture, record, ids, overlays, size=size, highlight=highlight, text=False, crisp=size[0] < REAL_PIXELS,
        region=region, skeletons=skeletons, predictions=predictions, predicted=predicted,
    )  # fmt: skip


def cell_texts(
    record: AnyRecord,
    overlays: Collection[str],
    size: tuple[int, int],
    highlight: int | None = None,
    *,
    region: Region | None = None,
    predictions: Sequence[PlainInstance] = (),
    predicted: int | None = None,
) -> list[CellText]:
    """The texts of a picture shown at (width, height) pixels, moved apart; those without room are left out."""
    labels = labels_of(record, overlays, highlight)
    if "predictions" in overlays:
        labels += prediction_labels(predictions, predicted)
    left, top, across, down = region or (0, 0, record.width, record.height)
    scale = (size[0] / across, size[1] / down)
    if region is not None:
        labels = [replace(label, u=label.u - left, v=label.v - top) for label in labels]
        labels = [label for label in labels if -0.5 <= label.u < across and -0.5 <= label.v < down]
    corners = place([_cells(label, scale) for label in labels], size[0], size[1] // 2)
    texts = []
    for label, corner in zip(labels, corners, strict=True):
        if corner is not None:
            background = GREY if faded(label, highlight, predicted) else label.color
            text = f" {label.text} " if label.name else label.text
            texts.append(CellText(int(corner[0]), int(corner[1]), text, text_on(background), background))
    return texts


def _cells(label: Label, scale: tuple[float, float]) -> tuple[float, float, float, float]:
    """Wanted place (column, row, width, height) of a label, in cells: a name sits on its box, the rest on a point."""
    column = int((label.u + 0.5) * scale[0])
    row = int((label.v + 0.5) * scale[1] / 2)
    length = len(label.text)
    return (column, row - 1, length + 2, 1) if label.name else (column - length // 2, row, length, 1)


def zoomed_region(
    picture_size: tuple[int, int], cells: tuple[int, int], zoom: float, centre: tuple[float, float]
) -> tuple[Region, tuple[int, int]]:
    """The part of a picture (width, height) shown when it is `zoom` times as large as fits into (columns, rows) cells.

    `centre` is its middle as fractions of the picture; it gives way at the edges. Returns the region (left, top,
    width, height) and the size in pixels, two to a cell, at which it is shown.
    """
    width, height = picture_size
    columns, rows = cells
    scale = min(columns / width, 2 * rows / height) * zoom
    across = min(width, max(1, round(columns / scale)))
    down = min(height, max(1, round(2 * rows / scale)))
    left = min(max(round(centre[0] * width - across / 2), 0), width - across)
    top = min(max(round(centre[1] * height - down / 2), 0), height - down)
    shown_rows = min(max(round(down * scale / 2), 1), rows)
    return (left, top, across, down), (min(max(round(across * scale), 1), columns), 2 * shown_rows)


def spread_evenly(indices: list[int], count: int) -> list[int]:
    """At most `count` of the indices, the first and the last among them, at even steps."""
    if len(indices) <= count:
        return list(indices)
    if count == 1:
        return indices[:1]
    return [indices[round(i * (len(indices) - 1) / (count - 1))] for i in range(count)]
