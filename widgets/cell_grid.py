"""How a picture lies in cells, and what is written over it: what a view must know before there is a picture.

Without numpy, which need not be loaded before the first paint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

type Picture = npt.NDArray[np.uint8]
"""(H, W, 3), sRGB."""
type Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class CellText:
    """A text written over a picture, one line of single-width characters, as real characters."""

    column: int
    row: int
    text: str
    foreground: Rgb
    background: Rgb


def fit(picture_size: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
    """The largest (width, height) in pixels that keeps a picture's shape and fits into columns x rows cells.

    The height is even, so that the picture fills whole cells; both are at least one cell's.
    """
    width, height = picture_size
    scale = min(columns / width, 2 * rows / height)
    fitted_rows = min(max(round(height * scale / 2), 1), max(rows, 1))
    return min(max(round(width * scale), 1), max(columns, 1)), 2 * fitted_rows
