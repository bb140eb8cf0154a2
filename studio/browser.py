"""Where somebody is in a dataset and what they want to see of it. No screen in here."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from engine.annotate.overlay_names import OVERLAYS
from studio.indexing import Narrowing

SOURCES = (
    "color", "right", "depth", "distance", "normal", "normal_world", "nocs", "albedo", "diffuse", "specular",
    "flow_forward", "flow_backward",
)  # fmt: skip
"""What a frame can be looked at as."""

DEFAULT_OVERLAYS = frozenset({"masks", "boxes", "names", "keypoints", "predictions"})


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture that is wanted."""

    index: int
    source: str
    """One of SOURCES."""
    overlays: frozenset[str]
    selected: int | None
    """Instance that stands out."""
    columns: int
    """Cells there are for it."""
    rows: int
    zoom: float = 1.0
    """How many times larger than what fits."""
    centre: tuple[float, float] = (0.5, 0.5)
    """Middle of the part that is shown, as fractions of the picture."""
    predicted: int | None = None
    """Prediction that stands out, by its number."""


MOST_ZOOM = 64.0
ZOOM_STEP = 1.5
PAN_STEP = 0.2
"""Part of what is shown."""


@dataclass(slots=True)
class Browser:
    """The frames there are, the current one, and how it is looked at."""

    index: int | None = None
    """The current frame; None while there is none."""
    overlays: frozenset[str] = DEFAULT_OVERLAYS
    source: str = "color"
    selected: int | None = None
    predicted: int | None = None
    """The prediction of the current frame that is selected, by its number."""
    following: bool = False
    """Whether each new frame is shown as it comes."""
    indices: list[int] = field(default_factory=list)
    """The frames to go through, in their order: all, or those that were chosen."""
    everything: list[int] = field(default_factory=list)
    """All frames, ascending."""
    narrowed: bool = False
    """Whether `indices` were chosen by a filter or an order."""
    narrowing: Narrowing = field(default_factory=Narrowing)
    """What chose them."""
    zoom: float = 1.0
    centre: tuple[float, float] = (0.5, 0.5)
    _places: dict[int, int] | None = None
    _hidden: frozenset[str] = frozenset()
    _direction: int = 1

    @property
    def position(self) -> int:
        """Place of the current frame among `indices`, from 0."""
        return self._place(self.index) if self.index is not None else 0

    def _place(self, index: int) -> int:
        if not self.narrowed:
            return bisect.bisect_left(self.indices, index)
        if self._places is None:
            self._places = {number: place for place, number in enumerate(self.indices)}
        return self._places.get(index, 0)

    def has(self, index: int) -> bool:
        """Whether there is such a frame among `indices`."""
        at = self._place(index)
        return at < len(self.indices) and self.indices[at] == index

    def take(self, everything: list[int]) -> None:
        """Learn which frames there are now, and move on where they or `following` ask for it."""
        self.everything = everything
        if self.narrowed:
            there = set(everything)
            self._show([index for index in self.indices if index in there])
        else:
            self._show(everything)

    def narrow(self, chosen: list[int] | None, *, to_first: bool = False) -> None:
        """Go through these frames only, in this order; None for all. `to_first` goes to the first of them."""
        self.narrowed = chosen is not None
        if to_first:
            self.index = None
        self._show(self.everything if chosen is None else chosen)

    def _show(self, indices: list[int]) -> None:
        added = self._latest_added(indices) if self.following else None
        self.indices, self._places = indices, None
        if not indices:
            self.index = None
        elif added is not None:
            self.go_to(added)
        elif self.index is None:
            self.index = indices[-1] if self.following else indices[0]
        elif not self.has(self.index):
            self.index = self.nearest(self.index)

    def _latest_added(self, indices: list[int]) -> int | None:
        known = set(self.indices)
        return max((index for index in indices if index not in known), default=None) if known else None

    def nearest(self, index: int) -> int:
        """The frame whose number is closest. There must be one."""
        return min(self.indices, key=lambda other: abs(other - index))

    def zoom_by(self, steps: int) -> None:
        """Make the picture larger, or smaller, about the middle of what is shown."""
        self.zoom = min(max(self.zoom * ZOOM_STEP**steps, 1.0), MOST_ZOOM)
        if self.zoom < 1.01:
            self.zoom, self.centre = 1.0, (0.5, 0.5)
        self.pan(0, 0)

    def reset_zoom(self) -> None:
        """Show the whole picture."""
        self.zoom, self.centre = 1.0, (0.5, 0.5)

    def pan(self, right: float, down: float) -> None:
        """Move over the picture by so many steps; not beyond its edges."""
        half = 0.5 / self.zoom
        x, y = (
            min(max(place + by * PAN_STEP / self.zoom, half), 1 - half)
            for place, by in zip(self.centre, (right, down), strict=True)
        )
        self.centre = (x, y)

    def go_to(self, index: int) -> None:
        """Make a frame the current one."""
        if self.index is not None and index != self.index:
            self._direction = 1 if index > self.index else -1
            self.predicted = None
        self.index = index

    def step(self, by: int) -> None:
        """Go so many frames on, or back; not beyond the ends. Ends following."""
        if self.indices:
            self.following = False
            self.go_to(self.indices[min(max(self.position + by, 0), len(self.indices) - 1)])

    def follow(self) -> None:
        """Follow new frames from the last one on, or stop following."""
        self.following = not self.following
        if self.following and self.indices:
            self.go_to(self.indices[-1])

    def toggle(self, overlay: str) -> None:
        """Show or hide one overlay."""
        self.overlays ^= {overlay}

    def toggle_all(self) -> None:
        """Hide all overlays; when none is shown, show those that were, or all."""
        if self.overlays:
            self.overlays, self._hidden = frozenset(), self.overlays
        else:
            self.overlays = self._hidden or frozenset(OVERLAYS)

    def next_source(self, stored: list[str]) -> bool:
        """Look at the next of color and the stored passes; False when there is nothing but colour."""
        sources = [source for source in SOURCES if source == "color" or source in stored]
        at = sources.index(self.source) if self.source in sources else -1
        self.source = sources[(at + 1) % len(sources)]
        return len(sources) > 1

    def next_instance(self, ids: list[int], by: int) -> int | None:
        """The instance after (or before) the selected one; None comes between the last and the first."""
        ring: list[int | None] = [None, *ids]
        at = ring.index(self.selected) if self.selected in ring else 0
        return ring[(at + by) % len(ring)]

    def ahead(self) -> list[int]:
        """The frames that will probably be asked for next."""
        places = (self.position + step * self._direction for step in (1, -1, 2))
        return [self.indices[place] for place in places if 0 <= place < len(self.indices)]

    def wish(self, columns: int, rows: int) -> Wish | None:
        """The picture wanted for so many cells; None while there is nothing to show or no room."""
        if self.index is None or columns < 1 or rows < 1:
            return None
        view = self.zoom, self.centre
        return Wish(self.index, self.source, self.overlays, self.selected, columns, rows, *view, self.predicted)
