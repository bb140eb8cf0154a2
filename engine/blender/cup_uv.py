"""Where the parts of the mug lie in texture space.

Four rows that do not overlap, from the top: the outer wall (u once round, from the handle back to it; v up the
wall), the inner wall, and below them the base, the floor and the handle side by side. No part is mirrored, and one
unit of u is the outer wall's circumference; the parts under the outer wall share one scale, a little smaller where
that is needed to fit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

MARGIN = 0.012
MOST_FOR_BODY = 0.6

Point = tuple[float, float]


class CupLayout:
    """Texture coordinates of the cage's corners.

    `base`, `body`, `inside` and `floor` are the profile's (radius, z) stations of each part in metres, from the
    middle of the base outwards, up, down and in again; neighbouring parts share a station. `tube` is the length and
    girth of the handle in metres.
    """

    def __init__(
        self,
        radius: float,
        base: Sequence[Point],
        body: Sequence[Point],
        inside: Sequence[Point],
        floor: Sequence[Point],
        tube: Point,
    ) -> None:
        unit = 1.0 / (2.0 * math.pi * radius)
        base_arc = _arc(base, base[0][0])
        floor_arc = _arc(floor[::-1], floor[-1][0])
        body_arc, inside_arc = _arc(body), _arc(inside)

        body_high = min(body_arc[-1] * unit, MOST_FOR_BODY)
        below = 1.0 - body_high - 4.0 * MARGIN
        rows = (inside_arc[-1] + 2.0 * max(base_arc[-1], floor_arc[-1])) * unit
        columns = (2.0 * base_arc[-1] + 2.0 * floor_arc[-1] + tube[0]) * unit
        self.scale = unit * min(1.0, below / rows, (1.0 - 4.0 * MARGIN) / columns)

        self.body_v = [1.0 - MARGIN - body_high * (1.0 - arc / body_arc[-1]) for arc in body_arc]
        inside_top = 1.0 - body_high - 2.0 * MARGIN
        self.inside_v = [inside_top - arc * self.scale for arc in inside_arc]
        self.inside_wide = min(1.0, 2.0 * math.pi * inside[-1][0] * self.scale)
        self.base_radii = [arc * self.scale for arc in base_arc]
        self.floor_radii = [arc * self.scale for arc in floor_arc][::-1]
        self.base_centre = (MARGIN + self.base_radii[-1], MARGIN + self.base_radii[-1])
        beside = self.base_centre[0] + self.base_radii[-1] + MARGIN
        self.floor_centre = (beside + self.floor_radii[0], MARGIN + self.floor_radii[0])
        self.tube_corner = (self.floor_centre[0] + self.floor_radii[0] + MARGIN, MARGIN)

    def body(self, station: int, turn: float) -> Point:
        """The outer wall at `turn`, counted from the handle in whole turns."""
        return turn, self.body_v[station]

    def inside(self, station: int, turn: float) -> Point:
        """The inner wall: seen from inside, angles run to the left."""
        return (1.0 - turn) * self.inside_wide, self.inside_v[station]

    def base(self, station: int, turn: float) -> Point:
        """The base, unrolled outwards from its middle; seen from below, angles run clockwise."""
        return self._disc(self.base_centre, self.base_radii[station], -turn)

    def floor(self, station: int, turn: float) -> Point:
        """The floor, unrolled outwards from its middle."""
        return self._disc(self.floor_centre, self.floor_radii[station], turn)

    def base_grid(self, x: float, y: float) -> Point:
        """The flat middle of the base; metres from its centre."""
        return self.base_centre[0] + x * self.scale, self.base_centre[1] - y * self.scale

    def floor_grid(self, x: float, y: float) -> Point:
        """The flat middle of the floor; metres from its centre."""
        return self.floor_centre[0] + x * self.scale, self.floor_centre[1] + y * self.scale

    def handle(self, along: float, around: float) -> Point:
        """The handle: metres from its upper root, and metres round its section from the side that faces the body."""
        return self.tube_corner[0] + along * self.scale, self.tube_corner[1] + around * self.scale

    @staticmethod
    def _disc(centre: Point, radius: float, turn: float) -> Point:
        angle = 2.0 * math.pi * turn
        return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


def _arc(stations: Sequence[Point], start: float = 0.0) -> list[float]:
    """Length along the profile up to each station."""
    arc = [start]
    for before, after in itertools.pairwise(stations):
        arc.append(arc[-1] + math.dist(before, after))
    return arc
