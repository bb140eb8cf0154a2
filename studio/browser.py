"""Where somebody is in a dataset and what they want to see of it. No screen in here."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from engine.annotate.overlay import OVERLAYS
from studio.frames import SOURCES

DEFAULT_OVERLAYS = frozenset({"masks", "boxes", "names"})


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


@dataclass(slots=True)
class Browser:
    """The frames there are, the current one, and how it is looked at."""

    index: int | None = None
    """The current frame; None while there is none."""
    overlays: frozenset[str] = DEFAULT_OVERLAYS
    source: str = "color"
    selected: int | None = None
    following: bool = False
    """Whether each new frame is shown as it comes."""
    indices: list[int] = field(default_factory=list)
    _hidden: frozenset[str] = frozenset()
    _direction: int = 1

    @property
    def position(self) -> int:
        """Place of the current frame among all, from 0."""
        return bisect.bisect_left(self.indices, self.index) if self.index is not None else 0

    def has(self, index: int) -> bool:
        """Whether there is such a frame."""
        at = bisect.bisect_left(self.indices, index)
        return at < len(self.indices) and self.indices[at] == index

    def take(self, indices: list[int]) -> None:
        """Learn which frames there are now, and move on where they or `following` ask for it."""
        added = self._latest_added(indices) if self.following else None
        self.indices = indices
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
        return next((index for index in reversed(indices) if index not in known), None) if known else None

    def nearest(self, index: int) -> int:
        """The frame whose number is closest. There must be one."""
        at = bisect.bisect_left(self.indices, index)
        return min(self.indices[max(at - 1, 0) : at + 1], key=lambda other: abs(other - index))

    def go_to(self, index: int) -> None:
        """Make a frame the current one."""
        if self.index is not None and index != self.index:
            self._direction = 1 if index > self.index else -1
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
        return Wish(self.index, self.source, self.overlays, self.selected, columns, rows)
