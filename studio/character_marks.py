"""Overlays as characters over a picture that is made of characters, to be told from each other without any colour.

An instance's mask has an outline and a sparse pattern of the last digit of its number, its parts of a letter each;
boxes are of `+ - |`, those of whole objects only where they reach beyond the box of what is seen, with gaps; predicted
boxes of `P = !`; what is hidden is hatched with `/`; lines of poses and 3D boxes follow their slope. What is selected
is drawn with `X`. None of these characters is among those that pictures are made of (`widgets.cells.RAMP`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import (
    NO_SKELETONS,
    Segment,
    Skeletons,
    axes,
    box_edges,
    drawing_depth,
    marked_points,
    skeleton_lines,
)
from engine.annotate.masks import decode_mask
from engine.annotate.overlay import Region, resize_ids
from engine.annotate.palette import AXIS_COLORS, INK, PAPER, Color, instance_color, prediction_color
from engine.annotate.part_marks import part_color, part_numbers, parts_shown
from engine.annotate.pen import Pen
from engine.annotate.plain import AnyInstance, AnyRecord, PlainInstance
from engine.annotate.record import FrameRecord, InstanceRecord
from engine.annotate.strokes import Point, clip_to_canvas, outline
from widgets.cell_grid import CellText

type Mask = npt.NDArray[np.bool_]
type Box = tuple[float, float, float, float]

SELECTED = "X"
PART_LETTERS = "abcdefghijklmnpqrstuvwxyz"
"""One for each part; without the `o` of keypoints."""


class CharacterMarks:
    """A sheet of (columns, rows) cells over a part of a picture; what is put on it later covers what was there."""

    def __init__(self, picture_size: tuple[int, int], cells: tuple[int, int], region: Region | None = None) -> None:
        """`region` (left, top, width, height) is the part of a picture of (width, height) pixels; None for all."""
        left, top, across, down = region or (0, 0, *picture_size)
        self._window = (slice(top, top + down), slice(left, left + across))
        self._pen = Pen(cells[0] / across, cells[1] / down, 0.0, left, top, cut=region is not None)
        self._size = cells
        self._signs = np.zeros((cells[1], cells[0]), "<U1")
        self._colors = np.zeros((cells[1], cells[0], 3), np.uint8)

    def draw(
        self,
        record: AnyRecord,
        ids: npt.NDArray[np.uint16],
        overlays: Collection[str],
        highlight: int | None = None,
        predictions: Sequence[PlainInstance] = (),
        predicted: int | None = None,
        skeletons: Skeletons = NO_SKELETONS,
    ) -> None:
        """Put the overlays of a record on it; `ids` (H, W) are the instances seen at the whole picture's pixels.

        Args:
            highlight: the instance that is selected.
            predicted: the prediction that is selected, by its number.
        """
        small = resize_ids(ids[self._window], self._size)
        for instance in sorted(record.instances, key=drawing_depth, reverse=True):
            chosen = instance.instance_id == highlight
            if parts := parts_shown(instance, overlays):
                numbers = resize_ids(part_numbers(parts, ids.shape)[self._window], self._size)
                self._parts(numbers, patterned=highlight is None)
            self._areas(instance, small, overlays, chosen, patterned=highlight is None and not parts)
            self._boxes(instance, overlays, chosen)
            if isinstance(record, FrameRecord) and isinstance(instance, InstanceRecord):
                self._pose(record, instance, overlays, alone=highlight)
            self._keypoints(instance, overlays, skeletons)
        for item in predictions if "predictions" in overlays else ():
            if item.bbox is not None:
                signs = SELECTED * 3 if item.instance_id == predicted else "P=!"
                self._box(item.bbox, signs, prediction_color(item.verdict))

    def clear(self, column: int, row: int, columns: int) -> None:
        """Take away what would lie under a text."""
        self._signs[row, column : column + columns] = ""

    def texts(self) -> list[CellText]:
        """What is on the sheet, neighbours of one colour together."""
        found = []
        for row, signs in enumerate(self._signs):
            color: Color | None = None
            start, text = 0, ""
            for column in [*np.flatnonzero(signs != "").tolist(), self._size[0]]:
                here = _color(self._colors[row, column]) if column < self._size[0] else None
                if text and (here != color or column != start + len(text)):
                    found.append(CellText(start, row, text, color or PAPER, INK))
                    text = ""
                if here is not None:
                    start, color = (start, color) if text else (column, here)
                    text += str(signs[column])
        return found

    # What is put on it

    def _put(self, where: Mask, sign: str, color: Color) -> None:
        self._signs[where] = sign
        self._colors[where] = color

    def _areas(
        self,
        instance: AnyInstance,
        ids: npt.NDArray[np.uint16],
        overlays: Collection[str],
        chosen: bool,
        patterned: bool,
    ) -> None:
        color = instance_color(instance.instance_id)
        mask: Mask = ids == instance.instance_id
        sign = SELECTED if chosen else str(instance.instance_id % 10)
        if mask.any() and ("masks" in overlays or chosen):
            self._put(outline(mask) | (mask & self._every(6) if patterned else np.False_), sign, color)
        if instance.amodal_mask is not None and ("amodal" in overlays or (chosen and not instance.area)):
            whole = resize_ids(decode_mask(instance.amodal_mask)[self._window].astype(np.uint16), self._size) > 0
            hidden = whole & ~mask
            self._put(hidden & (outline(whole) | self._every(4)), SELECTED if chosen else "/", color)

    def _parts(self, numbers: npt.NDArray[np.uint16], *, patterned: bool) -> None:
        for number in np.unique(numbers[numbers > 0]).tolist():
            mask: Mask = numbers == number
            letter = PART_LETTERS[(number - 1) % len(PART_LETTERS)]
            self._put(outline(mask) | (mask & self._every(6) if patterned else np.False_), letter, part_color(number))

    def _every(self, step: int) -> Mask:
        """Every so manieth cell of a row, shifted by half of that in every other one."""
        v, u = np.ogrid[: self._size[1], : self._size[0]]
        found: Mask = (u + v % 2 * (step // 2)) % step == 0
        return found

    def _boxes(self, instance: AnyInstance, overlays: Collection[str], chosen: bool) -> None:
        color = instance_color(instance.instance_id)
        seen = instance.bbox if instance.area else None
        if "amodal_boxes" in overlays and instance.amodal_bbox is not None:
            beside = self._border(seen)[0] if seen is not None and "boxes" in overlays else None
            self._box(instance.amodal_bbox, "+-|", color, dashed=True, cut=True, leave=beside)
        if seen is not None and ("boxes" in overlays or (chosen and instance.mask is None)):
            self._box(seen, SELECTED * 3 if chosen and instance.mask is None else "+-|", color)

    def _box(
        self, box: Box, signs: str, color: Color, *, dashed: bool = False, cut: bool = False, leave: Mask | None = None
    ) -> None:
        """The border of a box, of signs for its corners, its level and its upright sides; not where `leave` holds."""
        border, upright, corners = self._border(box, cut=cut)
        if leave is not None:
            border &= ~leave
        if dashed:
            v, u = np.ogrid[: self._size[1], : self._size[0]]
            border &= ((u + v) % 2 == 0) | corners
        for where, sign in ((~upright, signs[1]), (upright, signs[2]), (corners, signs[0])):
            self._put(border & where, sign, color)

    def _border(self, box: Box, *, cut: bool = False) -> tuple[Mask, Mask, Mask]:
        """The cells of a box's border; those of its upright sides; its corners. With `cut`, none beyond the picture."""
        columns, rows = self._size
        left, top, right, bottom = self._pen.edges(box)
        cut = cut or self._pen.cut
        within = (not cut or left > -0.5, not cut or top > -0.5)
        inside = (*within, not cut or right < columns + 0.5, not cut or bottom < rows + 0.5)
        u, v = np.arange(columns)[None, :], np.arange(rows)[:, None]
        first, last = _span(left, right, columns)
        upper, lower = _span(top, bottom, rows)
        if right <= 0 or bottom <= 0 or left >= columns or top >= rows:
            inside = (False,) * 4
        across, down = (u >= first) & (u <= last), (v >= upper) & (v <= lower)
        upright = down & (((u == first) & inside[0]) | ((u == last) & inside[2]))
        level = across & (((v == upper) & inside[1]) | ((v == lower) & inside[3]))
        return upright | level, upright, upright & level

    def _keypoints(self, instance: AnyInstance, overlays: Collection[str], skeletons: Skeletons) -> None:
        if "keypoints" not in overlays:
            return
        color = instance_color(instance.instance_id)
        for segment, _ in skeleton_lines(instance, skeletons):
            self._line(segment, color)
        for point in marked_points(instance):
            if point is not None:
                self._dot(*self._pen.point(point[0]), "O" if point[1] else "o", color)

    def _pose(
        self, record: FrameRecord, instance: InstanceRecord, overlays: Collection[str], alone: int | None
    ) -> None:
        if alone not in (None, instance.instance_id):
            return
        if "box3d" in overlays:
            for edge in box_edges(record, instance):
                self._line(edge, instance_color(instance.instance_id), gaps=edge.hidden)
        if instance.area and "pose" in overlays:
            for segment, color in zip(axes(record, instance), AXIS_COLORS, strict=True):
                if segment is not None:
                    self._line(segment, color)

    def _line(self, segment: Segment, color: Color, *, gaps: bool = False) -> None:
        """A line of characters that have about its slope; with `gaps`, every other one."""
        if not segment.via:
            self._straight(segment.start, segment.end, color, gaps=gaps)
            return
        for start, end in segment.pieces[:: 2 if gaps else 1]:
            self._straight(start, end, color, gaps=False)

    def _straight(self, start: Point, end: Point, color: Color, *, gaps: bool) -> None:
        clipped = clip_to_canvas(self._pen.point(start), self._pen.point(end), *self._size, margin=0.0)
        if clipped is None:
            return
        (u0, v0), (u1, v1) = clipped
        sign = _sloped(u1 - u0, v1 - v0)
        steps = int(np.ceil(max(abs(u1 - u0), abs(v1 - v0)))) + 1
        for place, (u, v) in enumerate(zip(np.linspace(u0, u1, steps), np.linspace(v0, v1, steps), strict=True)):
            if not gaps or place % 2 == 0:
                self._dot(float(u), float(v), sign, color)

    def _dot(self, u: float, v: float, sign: str, color: Color) -> None:
        column, row = round(u), round(v)
        if 0 <= column < self._size[0] and 0 <= row < self._size[1]:
            self._signs[row, column] = sign
            self._colors[row, column] = color


def _span(low: float, high: float, count: int) -> tuple[int, int]:
    """The first and the last of `count` cells that lie between two edges; those beyond the sheet at its border."""
    first = min(max(int(np.floor(low)), 0), count - 1)
    return first, min(max(int(np.ceil(high)) - 1, first), count - 1)


def _sloped(across: float, down: float) -> str:
    """The character that has about the slope of a line over so many cells, which are twice as high as wide."""
    if 4 * abs(down) < abs(across):
        return "-"
    if abs(across) < abs(down):
        return "|"
    return "\\" if across * down > 0 else "/"


def _color(entry: npt.NDArray[np.uint8]) -> Color:
    red, green, blue = entry.tolist()
    return red, green, blue
