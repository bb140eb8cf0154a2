"""How much of a picture is sent while pictures follow each other: all of it, or less where the line is slow.

Five bits a channel make twice as many neighbours equal; no dither is added to them: it would undo what they save. Cells
of one colour take half as many bytes as half blocks, and runs of them fit pictures through anything; runs are merged
across only, since rows are sent one by one anyway. What is left out of a picture is sent once nothing follows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from widgets.cell_grid import Picture
    from widgets.cells import CellRow

PICTURE_SECONDS = 0.13
"""How long one of several pictures may take to be sent: of five a second, none is then more than one behind."""

WAIT_SECONDS = 0.2
"""A picture that waited so long for the terminal came over a slow line, where nothing else tells."""

CALM = 4
"""So many pictures in a row must have been small enough before a finer step is tried."""


class Detail(NamedTuple):
    """A step of detail."""

    bits: int = 8
    """Bits of each channel."""
    merged: int = 0
    """Cells in a row that have one colour; 0 for the two of half blocks."""


FULL = 0
STEPS = (
    Detail(),
    Detail(5),
    *(Detail(5, cells) for cells in (1, 2)),
    *(Detail(4, cells) for cells in (2, 3, 4, 6, 10)),
)
"""From fine to coarse."""


def reduced(picture: Picture, detail: Detail) -> Picture:
    """A picture of half blocks (2 * rows, columns, 3) with so much detail."""
    if not detail.merged:
        return posterised(picture, detail.bits)
    import numpy as np  # with the first picture, like all that makes them

    height, width = picture.shape[:2]
    # What is missing from the last cells of a row is filled up with the edge's pixels.
    padded = np.pad(picture, ((0, 0), (0, -width % detail.merged), (0, 0)), mode="edge")
    means = padded.reshape(height // 2, 2, -1, detail.merged, 3).mean(axis=(1, 3)).astype(picture.dtype)
    return posterised(means, detail.bits).repeat(2, axis=0).repeat(detail.merged, axis=1)[:, :width]


def posterised(picture: Picture, bits: int) -> Picture:
    """The picture with that many bits of each channel, at least 4; 0 and 255 are kept."""
    if bits == 8:
        return picture
    kept = picture >> (8 - bits)
    steps: Picture = (kept << (8 - bits) | kept >> (2 * bits - 8)).astype(picture.dtype)
    return steps


class DetailChooser:
    """Chooses the step of each picture; goes coarser at once, and finer after some calm."""

    def __init__(self) -> None:
        self.step = FULL
        self._calm = 0

    def encode(
        self,
        make: Callable[[Detail], list[CellRow]],
        cost: Callable[[list[CellRow]], int],
        rate: float | None,
        waited: float,
    ) -> list[CellRow]:
        """A picture's rows, at a step of detail at which they can be sent in time.

        Args:
            make: encodes the picture.
            cost: bytes that sending rows would take.
            rate: bytes per second of the line; None where that is not known, and only waiting tells.
            waited: seconds that the picture waited for the terminal.
        """
        if rate is None:
            return self._by_waiting(make, waited)
        limit = rate * PICTURE_SECONDS
        if self._calm >= CALM and self.step > FULL:
            self.step, self._calm = self.step - 1, 0
        while True:
            rows = make(STEPS[self.step])
            size = cost(rows)
            if size <= limit or self.step == len(STEPS) - 1:
                break
            self.step, self._calm = self.step + 1, 0
        # The next finer step takes up to twice as much.
        self._calm = self._calm + 1 if size < limit / 2 else 0
        return rows

    def _by_waiting(self, make: Callable[[Detail], list[CellRow]], waited: float) -> list[CellRow]:
        if waited > WAIT_SECONDS:
            self.step, self._calm = min(self.step + 1, len(STEPS) - 1), 0
        elif self._calm >= 4 * CALM and self.step > FULL:
            self.step, self._calm = self.step - 1, 0
        else:
            self._calm += 1
        return make(STEPS[self.step])
