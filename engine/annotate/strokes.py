"""Lines, frames and plates drawn into pictures, in numpy, with the pixel conventions of `engine.annotate.passes`.

A canvas is a (H, W, 3) float32 array of display values 0 to 255, drawn into in place. Points are image coordinates
(u, v) with pixel centres at whole numbers. Whatever falls outside the canvas is cut off.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.annotate.palette import Color

type Canvas = npt.NDArray[np.float32]
type Point = tuple[float, float]
type Box = tuple[float, float, float, float]
type Span = tuple[int, int]


def blend(canvas: Canvas, where: npt.NDArray[np.bool_], color: Color, opacity: float) -> None:
    """Mix a colour into the pixels of a mask of shape (H, W)."""
    canvas[where] += (np.asarray(color, np.float32) - canvas[where]) * np.float32(opacity)


def outline(mask: npt.NDArray[np.bool_], thickness: int = 1) -> npt.NDArray[np.bool_]:
    """The pixels of a mask (H, W) that have a neighbour outside it (4-connected); the picture's edge is no outline."""
    inner = mask
    for _ in range(thickness):
        padded = np.pad(inner, 1, mode="edge")
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge: npt.NDArray[np.bool_] = mask & ~inner
    return edge


def crisp_line(canvas: Canvas, start: Point, end: Point, color: Color, opacity: float = 1.0) -> None:
    """A line one pixel wide without softened edges: the pixels nearest to it, one for each step of the longer axis."""
    clipped = clip_to_canvas(start, end, canvas.shape[1], canvas.shape[0], margin=1.0)
    if clipped is None:
        return
    (u0, v0), (u1, v1) = clipped
    steps = int(max(abs(u1 - u0), abs(v1 - v0)).__ceil__()) + 1
    columns = np.rint(np.linspace(u0, u1, steps)).astype(np.intp)
    rows = np.rint(np.linspace(v0, v1, steps)).astype(np.intp)
    inside = (columns >= 0) & (columns < canvas.shape[1]) & (rows >= 0) & (rows < canvas.shape[0])
    where = np.zeros(canvas.shape[:2], dtype=np.bool_)
    where[rows[inside], columns[inside]] = True
    blend(canvas, where, color, opacity)


def smooth_line(canvas: Canvas, start: Point, end: Point, color: Color, width: float, opacity: float = 1.0) -> None:
    """A line with round ends, `width` pixels wide, its edges softened over one pixel."""
    height_px, width_px = canvas.shape[:2]
    clipped = clip_to_canvas(start, end, width_px, height_px, margin=width)
    if clipped is None:
        return
    (u0, v0), (u1, v1) = clipped
    reach = width / 2 + 1
    left, right = max(0, int(min(u0, u1) - reach)), min(width_px, int(max(u0, u1) + reach) + 2)
    top, bottom = max(0, int(min(v0, v1) - reach)), min(height_px, int(max(v0, v1) + reach) + 2)
    if left >= right or top >= bottom:
        return
    u = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(u0)
    v = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(v0)
    du, dv = np.float32(u1 - u0), np.float32(v1 - v0)
    length2 = float(du * du + dv * dv)
    along = np.clip((u * du + v * dv) / length2, 0, 1) if length2 > 0 else np.float32(0)
    distance = np.hypot(u - along * du, v - along * dv)
    coverage = np.clip(width / 2 + 0.5 - distance, 0, 1)[..., None] * np.float32(opacity)
    region = canvas[top:bottom, left:right]
    region += (np.asarray(color, np.float32) - region) * coverage


def clip_to_canvas(start: Point, end: Point, width: int, height: int, margin: float) -> tuple[Point, Point] | None:
    """The part of a segment inside the canvas and a margin around it (Liang-Barsky); None when nothing is."""
    low, high = 0.0, 1.0
    for origin, delta, least, most in (
        (start[0], end[0] - start[0], -0.5 - margin, width - 0.5 + margin),
        (start[1], end[1] - start[1], -0.5 - margin, height - 0.5 + margin),
    ):
        if delta == 0:
            if not least <= origin <= most:
                return None
            continue
        enter, leave = sorted(((least - origin) / delta, (most - origin) / delta))
        low, high = max(low, enter), min(high, leave)
    if low > high:
        return None
    du, dv = end[0] - start[0], end[1] - start[1]
    return (start[0] + low * du, start[1] + low * dv), (start[0] + high * du, start[1] + high * dv)


def frame(
    canvas: Canvas,
    box: Box,
    color: Color,
    thickness: int,
    opacity: float = 1.0,
    corners: float | None = None,
    dashes: int = 0,
    cut: bool = False,
) -> None:
    """Draw the border of a box: all of it, as `border` has it, or in parts.

    `corners` draws only that share of each side from its two ends; `dashes` makes dashes and gaps of so many pixels.
    """
    height, width = canvas.shape[:2]
    where = border((height, width), box, thickness, cut=cut)
    if dashes:
        where &= dashed((height, width), dashes)
    if corners is not None:
        left, top, right, bottom = _sides(box, thickness, width, height)
        across = max(2, round((right[1] - left[0]) * corners))
        down = max(2, round((bottom[1] - top[0]) * corners))
        where[:, left[0] + across : right[1] - across] = False
        where[top[0] + down : bottom[1] - down, :] = False
    blend(canvas, where, color, opacity)


def border(shape: tuple[int, int], box: Box, thickness: int, *, cut: bool = False) -> npt.NDArray[np.bool_]:
    """The pixels (H, W) of the border of a box, given by its edges (left, top, right, bottom) from the top left corner.

    A line one pixel thick covers the outermost pixels inside the box; thicker ones lie half outside. A border that
    would leave the canvas is drawn at its edge, or, with `cut`, left out.
    """
    height, width = shape
    where = np.zeros(shape, dtype=np.bool_)
    if cut and (box[0] >= width or box[1] >= height or box[2] <= 0 or box[3] <= 0):
        return where
    left, top, right, bottom = _sides(box, thickness, width, height)
    where[top[0] : bottom[1], left[0] : left[1]] = not cut or box[0] > -0.5
    where[top[0] : bottom[1], right[0] : right[1]] |= not cut or box[2] < width + 0.5
    where[top[0] : top[1], left[0] : right[1]] |= not cut or box[1] > -0.5
    where[bottom[0] : bottom[1], left[0] : right[1]] |= not cut or box[3] < height + 0.5
    return where


def dashed(shape: tuple[int, int], length: int) -> npt.NDArray[np.bool_]:
    """The pixels (H, W) where dashed lines, upright or level, are drawn: dashes and gaps of so many pixels."""
    v, u = np.ogrid[: shape[0], : shape[1]]
    found: npt.NDArray[np.bool_] = (u + v) // length % 2 == 0
    return found


def _sides(box: Box, thickness: int, width: int, height: int) -> tuple[Span, Span, Span, Span]:
    """Pixel ranges [from, to) of the left, the top, the right and the bottom line of a border."""
    left, right = _edge_spans(box[0], box[2], thickness, width)
    top, bottom = _edge_spans(box[1], box[3], thickness, height)
    return left, top, right, bottom


def _edge_spans(low: float, high: float, thickness: int, size: int) -> tuple[Span, Span]:
    """Pixel ranges [from, to) of the lines at the lower and the upper edge."""
    first = min(max(int(np.floor(low - thickness / 2 + 0.5)), 0), size - thickness)
    last = min(max(int(np.ceil(high - thickness / 2 - 0.5)), first), size - thickness)
    return (max(first, 0), max(first, 0) + thickness), (max(last, 0), max(last, 0) + thickness)
