"""What is hidden of an instance, drawn into a picture: dashed outlines and hatching, to be told without colours."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from engine.annotate.palette import Color
from engine.annotate.pen import Pen
from engine.annotate.plain import AnyInstance
from engine.annotate.strokes import Canvas, blend, frame, outline

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
    dashes = max(2, round(pen.width * 3))
    v, u = np.ogrid[: canvas.shape[0], : canvas.shape[1]]
    if "amodal" in overlays:
        lines = (u + v) // pen.thickness % _PERIOD == 0
        blend(canvas, hidden & lines, color, _HATCH * strength)
        blend(canvas, outline(whole, pen.thickness) & ((u + v) // dashes % 2 == 0), color, strength)
    if "amodal_boxes" in overlays and instance.amodal_bbox is not None:
        # Its sides beyond the picture are left out: what ends at the border and what goes on must look unlike.
        frame(canvas, pen.edges(instance.amodal_bbox), color, pen.thickness, strength, dashes=dashes, cut=True)
