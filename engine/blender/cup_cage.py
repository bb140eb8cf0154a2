"""The coarse quad mesh that becomes the mug when it is subdivided.

Rings of SIDES vertices run from the middle of the base over the foot, the outer wall, the rim, the inner wall and
the floor to its middle. The outer wall has two holes of two by two quads, bridged by a tube of eight sides: the
handle, which therefore shares its root's vertices with the wall and is rounded into it by the subdivision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

import numpy as np

from engine.blender.cup_uv import CupLayout, Point
from engine.blender.subdivide import QuadMesh

SIDES = 24
"""Quads round the body. A multiple of 8: the discs are closed with a square grid of SIDES / 4 cells a side."""

WALL_RINGS = (0.140, 0.227, 0.314, 0.424, 0.532, 0.640, 0.728, 0.815, 0.908)
"""Heights of the outer wall's rings as parts of the mug's: closer where the handle leaves."""

UPPER_ROOT, LOWER_ROOT = 6, 1
"""Which ring of the outer wall each end of the handle is centred on."""

TUBE_SIDES = 8
TUBE_RINGS = 11
INSET = 1.52
"""Size of the ring that lies in the wall round each root, in sections of the handle: where its fillet begins."""


class Region(IntEnum):
    """The parts of the surface. A mesh without the attribute reads as `BODY` everywhere."""

    BODY = 0
    INSIDE = 1
    BASE = 2
    FLOOR = 3
    HANDLE = 4


class Measures(Protocol):
    """What the cage needs to know of a mug: lengths in metres, as `CupShape` states them."""

    @property
    def height(self) -> float: ...
    @property
    def radius(self) -> float: ...
    @property
    def wall(self) -> float: ...
    @property
    def handle_reach(self) -> float: ...
    @property
    def handle_width(self) -> float: ...
    @property
    def handle_thickness(self) -> float: ...


def cage(shape: Measures) -> QuadMesh:
    """The closed cage of a mug; `region` holds `Region` values."""
    return _Builder(shape).build()


class _Builder:
    def __init__(self, shape: Measures) -> None:
        self.shape = shape
        self.points: list[tuple[float, float, float]] = []
        self.faces: list[tuple[int, ...]] = []
        self.uv: list[list[Point]] = []
        self.region: list[Region] = []

    def build(self) -> QuadMesh:
        base, body, inside, floor = _profile(self.shape)
        stations = base + body[1:] + inside[1:] + floor[1:]
        rings = [self._ring(*station) for station in stations]
        first_wall = len(base) + 1
        upper, lower = first_wall + UPPER_ROOT, first_wall + LOWER_ROOT
        tube, along = self._tube(rings, upper, lower)
        girth = math.pi * (self.shape.handle_width + self.shape.handle_thickness) / 2.0
        layout = CupLayout(self.shape.radius, base, body, inside, floor, (along[-1], girth))

        first = 0
        for part, region, place in (
            (base, Region.BASE, layout.base),
            (body, Region.BODY, layout.body),
            (inside, Region.INSIDE, layout.inside),
            (floor, Region.FLOOR, layout.floor),
        ):
            for row in range(len(part) - 1):
                pierced = bool({first + row, first + row + 1} & {upper, lower})
                self._row(rings[first + row], rings[first + row + 1], row, region, place, pierced)
            first += len(part) - 1
        self._cap(rings[0], base[0], Region.BASE, layout.base_grid)
        self._cap(rings[-1], floor[-1], Region.FLOOR, layout.floor_grid)
        self._skin(tube, along, girth, layout)
        return self._finish()

    def _point(self, x: float, y: float, z: float) -> int:
        self.points.append((x, y, z))
        return len(self.points) - 1

    def _face(self, quad: tuple[int, ...], uv: list[Point], region: Region) -> None:
        self.faces.append(quad)
        self.uv.append(uv)
        self.region.append(region)

    def _ring(self, radius: float, z: float) -> list[int]:
        angles = [2.0 * math.pi * side / SIDES for side in range(SIDES)]
        radius /= _shrink(SIDES)
        return [self._point(radius * math.cos(angle), radius * math.sin(angle), z) for angle in angles]

    def _row(
        self,
        low: list[int],
        high: list[int],
        station: int,
        region: Region,
        place: Callable[[int, float], Point],
        pierced: bool,
    ) -> None:
        """The quads between two rings, but for the two beside the handle's plane where the wall is pierced."""
        for side in range(SIDES):
            if pierced and side in (0, SIDES - 1):
                continue
            after = (side + 1) % SIDES
            corners = ((station, side), (station, side + 1), (station + 1, side + 1), (station + 1, side))
            uv = [place(at, turn / SIDES) for at, turn in corners]
            self._face((low[side], low[after], high[after], high[side]), uv, region)

    def _cap(self, ring: list[int], station: Point, region: Region, place: Callable[[float, float], Point]) -> None:
        """Close a ring with a flat square grid: unlike a fan of triangles it leaves no pole to pinch reflections."""
        cells = SIDES // 4
        radius, z = station
        index: dict[tuple[int, int], int] = {}
        uv: dict[tuple[int, int], Point] = {}
        for a in range(cells + 1):
            for b in range(cells + 1):
                x, y, side = _square_to_disc(2.0 * a / cells - 1.0, 2.0 * b / cells - 1.0)
                uv[a, b] = place(x * radius, y * radius)
                grown = radius / _shrink(SIDES)
                index[a, b] = self._point(x * grown, y * grown, z) if side is None else ring[side]
        for a in range(cells):
            for b in range(cells):
                corners = [(a, b), (a + 1, b), (a + 1, b + 1), (a, b + 1)]
                if region is Region.BASE:
                    corners.reverse()
                self._face(tuple(index[corner] for corner in corners), [uv[corner] for corner in corners], region)

    def _tube(self, rings: list[list[int]], upper: int, lower: int) -> tuple[list[list[int]], list[float]]:
        """The handle's rings from hole to hole, and the length along the handle up to each."""
        heights = self.points[rings[upper][0]][2], self.points[rings[lower][0]][2]
        tube = [_hole(rings, upper, 1), self._inset(heights[0], 1.0)]
        tube += [self._tube_ring(*station) for station in _centre_line(self.shape, *heights)]
        tube += [self._inset(heights[1], -1.0), _hole(rings, lower, -1)]
        around = np.array([[self.points[vertex] for vertex in ring] for ring in tube])
        steps = np.linalg.norm(np.diff(around, axis=0), axis=2).mean(axis=1)
        return tube, [0.0, *np.cumsum(steps).tolist()]

    def _inset(self, z: float, up: float) -> list[int]:
        """Eight vertices in the wall round a root: they keep it a true cylinder up to the fillet."""
        ring = self._tube_ring(0.0, z, 0.0, up, INSET)
        wall = self.shape.radius / _shrink(SIDES)
        for vertex in ring:
            _, y, height = self.points[vertex]
            self.points[vertex] = (math.sqrt(wall**2 - y**2), y, height)
        return ring

    def _tube_ring(self, x: float, z: float, out_x: float, out_z: float, grow: float) -> list[int]:
        """Eight vertices round (x, 0, z), the first on the side of the body."""
        across = grow * self.shape.handle_width / 2.0 / _shrink(TUBE_SIDES)
        thick = grow * self.shape.handle_thickness / 2.0 / _shrink(TUBE_SIDES)
        ring = []
        for side in range(TUBE_SIDES):
            angle = 2.0 * math.pi * side / TUBE_SIDES
            out = -thick * math.cos(angle)
            ring.append(self._point(x + out * out_x, -across * math.sin(angle), z + out * out_z))
        return ring

    def _skin(self, tube: list[list[int]], along: list[float], girth: float, layout: CupLayout) -> None:
        for row in range(len(tube) - 1):
            for side in range(TUBE_SIDES):
                after = (side + 1) % TUBE_SIDES
                quad = (tube[row][side], tube[row + 1][side], tube[row + 1][after], tube[row][after])
                corners = ((row, side), (row + 1, side), (row + 1, side + 1), (row, side + 1))
                uv = [layout.handle(along[at], girth * turn / TUBE_SIDES) for at, turn in corners]
                self._face(quad, uv, Region.HANDLE)

    def _finish(self) -> QuadMesh:
        """The arrays, without the two vertices in the middle of the holes."""
        used, faces = np.unique(np.array(self.faces, dtype=np.int64), return_inverse=True)
        return QuadMesh(
            vertices=np.array(self.points, dtype=np.float64)[used],
            faces=faces.reshape(-1, 4),
            uv=np.array(self.uv, dtype=np.float64),
            region=np.array(self.region, dtype=np.int64),
        )


def _shrink(sides: int) -> float:
    """What subdivision leaves of the radius of a regular ring with so many sides."""
    return (4.0 + 2.0 * math.cos(2.0 * math.pi / sides)) / 6.0


def _profile(shape: Measures) -> tuple[list[Point], list[Point], list[Point], list[Point]]:
    """(radius, z) stations of base, outer wall with rim, inner wall, and floor; neighbours share a station."""
    radius, height, wall = shape.radius, shape.height, shape.wall
    foot, inner = radius * 0.84, radius - wall
    base = [(radius * 0.42, 0.0030), (foot - 0.0042, 0.0030), (foot - 0.0024, -0.0004), (foot + 0.0022, -0.0004)]
    body = [base[-1], (radius - 0.0006, 0.0036)]
    body += [(radius, part * height) for part in WALL_RINGS]
    body += [(radius, height - 0.0024), (radius - 0.1 * wall, height + 0.0004), (radius - 0.9 * wall, height + 0.0004)]
    top, bottom = height - 0.0028, 0.0160
    inside = [body[-1], *((inner, top + (bottom - top) * t) for t in (0.0, 0.14, 0.57, 1.0))]
    inside.append((inner - 0.0012, 0.0084))
    floor = [inside[-1], (inner - 0.0085, 0.0064), (radius * 0.46, 0.0064)]
    return base, body, inside, floor


def _square_to_disc(x: float, y: float) -> tuple[float, float, int | None]:
    """A point of the square [-1, 1]² on the unit disc, and on the edge also which side of the ring it is.

    Squares round the middle become circles, drawn half-way back to squares towards the middle, so that the cells
    stay of about one size.
    """
    level = max(abs(x), abs(y))
    if level == 0.0:
        return 0.0, 0.0, None
    if abs(x) >= abs(y):
        turn = y / level / 8.0 if x > 0 else 0.5 - y / level / 8.0
    else:
        turn = 0.25 - x / level / 8.0 if y > 0 else 0.75 + x / level / 8.0
    angle = 2.0 * math.pi * turn
    flat = 0.5 * (1.0 - level)
    disc_x = (1.0 - flat) * level * math.cos(angle) + flat * 0.75 * x
    disc_y = (1.0 - flat) * level * math.sin(angle) + flat * 0.75 * y
    return disc_x, disc_y, round(turn * SIDES) % SIDES if level == 1.0 else None


def _hole(rings: list[list[int]], root: int, up: int) -> list[int]:
    """The eight vertices round a hole in the order of the tube's, the first on the side of the other hole."""
    steps = ((-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1))
    return [rings[root + up * rise][side % SIDES] for rise, side in steps]


def _centre_line(shape: Measures, z_upper: float, z_lower: float) -> list[tuple[float, float, float, float, float]]:
    """The handle's rings from its upper to its lower end: x, z, outward direction (x, z), growth of the section."""
    middle, half = (z_upper + z_lower) / 2.0, (z_upper - z_lower) / 2.0
    angle = np.linspace(math.pi / 2.0, -math.pi / 2.0, 721)
    # A superellipse is a D: it leaves the wall straight, turns, and runs down nearly straight for the fingers.
    cos, sin = np.cos(angle).clip(0.0), np.sin(angle)
    x = shape.radius + shape.handle_reach * cos**0.8 * (1.0 + 0.07 * sin)
    z = middle + half * np.sign(sin) * np.abs(sin) ** 0.8 + 0.03 * shape.height * cos
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    root, fillet = 0.0040, 0.0062
    free = np.linspace(root + fillet, length[-1] - root - fillet, TUBE_RINGS - 2)
    at = np.concatenate([[root], free, [length[-1] - root]])
    direction = np.stack([-np.gradient(z, length), np.gradient(x, length)])
    direction /= np.linalg.norm(direction, axis=0)
    grow = np.ones(TUBE_RINGS)
    grow[[0, -1]] = 1.10
    columns = [np.interp(at, length, column) for column in (x, z, *direction)]
    return [tuple(row) for row in np.stack([*columns, grow], axis=1).tolist()]
