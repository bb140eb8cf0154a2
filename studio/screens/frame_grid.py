"""The frames of a dataset as a grid of small pictures."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from studio.actions import bindings
from studio.strip import SIDE
from widgets.thumbnail_grid import ThumbnailGrid


class FrameGrid(ThumbnailGrid):
    """Frames by their number, which is each one's key."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("grid")]
    SCOPES: ClassVar[tuple[str, ...]] = ("grid",)

    @property
    def most_cell_width(self) -> int:
        """As wide as the pictures are."""
        return SIDE if self.zoom else super().most_cell_width

    def show(self, indices: list[int], current: int | None, empty: str) -> None:
        """Show frames in this order, the cursor on the current one."""
        self.set_keys([str(index) for index in indices], empty)
        if current is not None:
            self.cursor = str(current)
