"""What is hidden of an instance, drawn into a picture: dashed outlines and hatching, to be told without colours.

The box of the whole is drawn only where it departs from that of what is seen, if that is drawn too.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from engine.annotate.palette import Color
from engine.annotate.pen import Pen
from engine.annotate.plain import AnyInstance
from engine.annotate.strokes import Canvas, blend, border, dashed, outline

_HATCH = 0.55
"""Opacity of the hatching's lines."""
_PERIOD = 4
"""Distance between them, in widths of one."""


def draw_amodal(
    canvas: Canvas,
    pen: Pen,
    instance: AnyInstance,
    whole: npt.NDArray[np.bool_],
    hidden: npt.NDArray[np.bool_],
    overlays: Collection[str],
    color: Color,
    strength: float,
) -> None:
    """Draw the overlays `amodal` (`whole`, (H, W), dashed about, and `hidden` of it hatched) and `amodal_boxes`."""
    height, width = canvas.shape[:2]
    dashes = dashed((height, width), max(2, round(pen.width * 3)))
    if "amodal" in overlays:
        v, u = np.ogrid[:height, :width]
        lines = (u + v) // pen.thickness % _PERIOD == 0
        blend(canvas, hidden & lines, color, _HATCH * strength)
        blend(canvas, outline(whole, pen.thickness) & dashes, color, strength)
    if "amodal_boxes" in overlays and instance.amodal_bbox is not None:
        # Its sides beyond the picture are left out: what ends at the border and what goes on must look unlike.
        where = border((height, width), pen.edges(instance.amodal_bbox), pen.thickness, cut=True) & dashes
        if "boxes" in overlays and instance.area and instance.bbox is not None:
            where &= ~_beside(border((height, width), pen.edges(instance.bbox), pen.thickness, cut=pen.cut))
        blend(canvas, where, color, strength)


def _beside(line: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """A line (H, W) and the pixels next to it: a second line there would only blur the first."""
    wide = line.copy()
    wide[1:] |= line[:-1]
    wide[:-1] |= line[1:]
    wide[:, 1:] |= line[:, :-1]
    wide[:, :-1] |= line[:, 1:]
    return wide
