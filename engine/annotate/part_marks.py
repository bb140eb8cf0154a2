"""Named parts of an instance, drawn into a picture: each in a colour and with an outline of its own.

A part's colour comes from its place among its model's, so that it is the same on every instance and in every frame.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from engine.annotate.masks import decode_mask
from engine.annotate.palette import instance_color
from engine.annotate.pen import Pen
from engine.annotate.plain import AnyInstance
from engine.annotate.record import InstanceRecord, PartRecord, Rle
from engine.annotate.strokes import Canvas, blend, outline

_FILL = 0.5

part_color = instance_color
"""Colour of the part with a number: 1, 2, 3, ... in the order of its model's."""


def parts_shown(instance: AnyInstance, overlays: Collection[str]) -> tuple[PartRecord, ...]:
    """The parts that the overlay `parts` shows of an instance; they take the place of its mask's even colour."""
    return (instance.parts or ()) if "parts" in overlays and isinstance(instance, InstanceRecord) else ()


def part_numbers(parts: Sequence[PartRecord], shape: tuple[int, ...]) -> npt.NDArray[np.uint16]:
    """The number of the part that is seen at each pixel of a picture of `shape` (height, width); 0 for none."""
    numbers = np.zeros(shape, np.uint16)
    for number, part in enumerate(parts, start=1):
        if part.mask is not None:
            numbers[decode_mask(part.mask)] = number
    return numbers


def draw_parts(canvas: Canvas, pen: Pen, numbers: npt.NDArray[np.uint16], strength: float) -> None:
    """Fill and outline the parts whose numbers stand at the canvas's pixels, (H, W)."""
    for number in np.unique(numbers[numbers > 0]).tolist():
        mask = numbers == number
        blend(canvas, mask, part_color(number), _FILL * strength)
        blend(canvas, outline(mask, pen.thickness), part_color(number), strength)


def middle_of(mask: Rle) -> tuple[float, float]:
    """The pixel (u, v) of a mask that is nearest to the mean of all."""
    points = np.argwhere(decode_mask(mask))
    v, u = points[np.square(points - points.mean(axis=0)).sum(axis=1).argmin()].tolist()
    return u, v
