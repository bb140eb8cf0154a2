"""The frames of a dataset as a grid of small pictures."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from studio.actions import bindings
from studio.strip import SIDE
from widgets.thumbnail_cells import TEXT_LINES, picture_rows
from widgets.thumbnail_grid import ThumbnailGrid


class FrameGrid(ThumbnailGrid):
    """Frames by their number, which is each one's key."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("grid")]
    SCOPES: ClassVar[tuple[str, ...]] = ("grid",)

    def columns_for(self, width: int) -> int:
        """As many as usual; fewer and larger ones where all frames are in view even so."""
        usual, height = super().columns_for(width), self.scrollable_content_region.height
        fewest = max(-(-width // SIDE), 1) if self.zoom else usual
        for columns in range(fewest, usual):
            rows = -(-len(self.keys) // columns)
            if rows * (picture_rows(width // columns) + TEXT_LINES) <= height:
                return columns
        return usual

    def show(self, indices: list[int], current: int | None, empty: str) -> None:
        """Show frames in this order, the cursor on the current one."""
        self.set_keys([str(index) for index in indices], empty)
        if current is not None:
            self.cursor = str(current)
