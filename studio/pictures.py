"""A frame as it appears in a terminal: scaled, with its overlays drawn, its names as real characters."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from engine.annotate.labels import Label, labels_of, place
from engine.annotate.overlay import draw
from engine.annotate.palette import text_on
from engine.annotate.record import FrameRecord
from widgets.cells import CellText

GREY = (96, 98, 104)


def draw_for_cells(
    picture: npt.NDArray[np.uint8],
    record: FrameRecord,
    ids: npt.NDArray[np.uint16],
    overlays: Collection[str],
    size: tuple[int, int],
    highlight: int | None = None,
) -> tuple[npt.NDArray[np.uint8], list[CellText]]:
    """The picture at (width, height) pixels, two of them to a cell, and the texts over its cells."""
    drawn = draw(picture, record, ids, overlays, size=size, highlight=highlight, text=False, crisp=True)
    return drawn, cell_texts(record, overlays, size, highlight)


def cell_texts(
    record: FrameRecord, overlays: Collection[str], size: tuple[int, int], highlight: int | None = None
) -> list[CellText]:
    """Names and axis letters of a picture shown at (width, height) pixels, moved apart; those without room left out."""
    labels = labels_of(record, overlays, highlight)
    scale = (size[0] / record.width, size[1] / record.height)
    corners = place([_cells(label, scale) for label in labels], size[0], size[1] // 2)
    texts = []
    for label, corner in zip(labels, corners, strict=True):
        if corner is not None:
            background = label.color if highlight in (None, label.instance_id) else GREY
            text = f" {label.text} " if label.name else label.text
            texts.append(CellText(int(corner[0]), int(corner[1]), text, text_on(background), background))
    return texts


def _cells(label: Label, scale: tuple[float, float]) -> tuple[float, float, float, float]:
    """Wanted place (column, row, width, height) of a label, in cells: a name sits on its box, a letter on its point."""
    column = int((label.u + 0.5) * scale[0])
    row = int((label.v + 0.5) * scale[1] / 2)
    return (column, row - 1, len(label.text) + 2, 1) if label.name else (column, row, 1, 1)


def spread_evenly(indices: list[int], count: int) -> list[int]:
    """At most `count` of the indices, the first and the last among them, at even steps."""
    if len(indices) <= count:
        return list(indices)
    if count == 1:
        return indices[:1]
    return [indices[round(i * (len(indices) - 1) / (count - 1))] for i in range(count)]
