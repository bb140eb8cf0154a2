"""From the coordinates of a record to those of the canvas that it is drawn on."""

from __future__ import annotations

from dataclasses import dataclass

from engine.annotate.strokes import Point


@dataclass(frozen=True, slots=True)
class Pen:
    """How lines are drawn on a canvas of a given size."""

    scale_u: float
    scale_v: float
    width: float
    """Pixels; 0 for crisp lines of one pixel, as a terminal needs them."""
    left: int = 0
    """Pixels of the picture that are cut off on the left."""
    top: int = 0
    cut: bool = False
    """Whether the canvas shows a part of the picture."""

    def point(self, point: Point) -> Point:
        """Image coordinates of the canvas for those of the record."""
        return (point[0] + 0.5 - self.left) * self.scale_u - 0.5, (point[1] + 0.5 - self.top) * self.scale_v - 0.5

    def edges(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the canvas of a box (x, y, width, height) of the record."""
        x, y = box[0] - self.left, box[1] - self.top
        return x * self.scale_u, y * self.scale_v, (x + box[2]) * self.scale_u, (y + box[3]) * self.scale_v

    @property
    def thickness(self) -> int:
        """Of boxes and outlines, whole pixels."""
        return max(1, round(self.width))
