"""Where things are in a room: walls taken along their length, the floor by boxes. Metres, the room's own frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.frame.geometry import FloatArray, rigid, rotation_about
from engine.frame.room_spec import Box

UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Taken:
    """A part of a wall that something is at."""

    x0: float
    x1: float
    z0: float
    z1: float


@dataclass
class Plan:
    """A rectangular room while it is being furnished."""

    width: float
    depth: float
    height: float
    walls: tuple[list[Taken], ...] = field(default_factory=lambda: ([], [], [], []))
    solids: list[Box] = field(default_factory=list)
    """Boxes round what stands on the floor."""
    ways: list[Box] = field(default_factory=list)
    """Where nothing may stand: before doors."""

    def length(self, wall: int) -> float:
        """Of a wall; they are numbered anticlockwise, the first along x."""
        return self.width if wall % 2 == 0 else self.depth

    def T_room_wall(self, wall: int) -> FloatArray:  # noqa: N802 - a transform
        """(4, 4): a wall's frame has x along its foot and y into the room."""
        corner = ((0.0, 0.0), (self.width, 0.0), (self.width, self.depth), (0.0, self.depth))[wall]
        return rigid(rotation_about(UP, 90.0 * wall), np.array([*corner, 0.0]))

    def box_at(self, wall: int, taken: Taken, deep: float) -> Box:
        """The box in the room of what reaches so deep into it from a wall."""
        return boxed(self.T_room_wall(wall), (taken.x0, 0.0, taken.z0, taken.x1, deep, taken.z1))

    def wall_is_free(self, wall: int, wanted: Taken, gap: float = 0.0) -> bool:
        """Whether nothing else is at this part of a wall."""
        return not any(
            wanted.x0 < other.x1 + gap
            and wanted.x1 > other.x0 - gap
            and wanted.z0 < other.z1 + gap
            and wanted.z1 > other.z0 - gap
            for other in self.walls[wall]
        )

    def floor_is_free(self, box: Box, gap: float = 0.03) -> bool:
        """Whether a box is inside the room and in the way of nothing."""
        if box[0] < 0 or box[1] < 0 or box[3] > self.width or box[4] > self.depth:
            return False
        return not any(_overlap(box, other, gap) for other in (*self.solids, *self.ways))

    def put(self, box: Box, wall: int | None = None, taken: Taken | None = None) -> None:
        """Have something stand there, at a part of a wall or free."""
        self.solids.append(box)
        if wall is not None and taken is not None:
            self.walls[wall].append(taken)


def boxed(T: FloatArray, box: Box) -> Box:  # noqa: N803 - a transform
    """The box along the axes round a box that is moved and turned by T (4, 4)."""
    corners = np.array([(x, y, z) for x in box[0::3] for y in box[1::3] for z in box[2::3]])
    moved = corners @ T[:3, :3].T + T[:3, 3]
    low, high = moved.min(axis=0).tolist(), moved.max(axis=0).tolist()
    return (low[0], low[1], low[2], high[0], high[1], high[2])


def _overlap(a: Box, b: Box, gap: float) -> bool:
    return all(a[k] < b[k + 3] + gap and a[k + 3] > b[k] - gap for k in range(3))
