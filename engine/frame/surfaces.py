"""What things can stand on in a scene: flat faces that look up, with room above them, and that a camera can see.

The faces are sorted into levels by their height. On each level places are tried, spread evenly over its area; of each
it is found out, by rays, how far it is flat all round, how much room is above, and whether it can be looked at from
somewhere. Nothing here is random: the places depend on the triangles alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.frame.room_plan import UP
from engine.frame.soup import FloatArray, Soup

METHOD = "1"
"""Names how surfaces are found: those found in another way are looked for anew."""

STEEPEST = 2.0
"""Degrees that a surface may slope."""

FLAT = 5e-4
"""Metres by which it may be uneven."""

_LEVEL_GAP = 4e-3
"""Faces whose heights differ by no more than that are on one level."""

_MOST_LEVELS = 96
_TRIED = 160
"""Places on each level."""

_LEAST_AREA = 2e-3
"""Square metres of a level's faces."""

_RINGS = np.geomspace(0.015, 6.0, 26)
"""Radii at which it is looked how far a place is flat, metres."""

_RAYS = 16
_HEADROOM = 0.02
"""Least room above a place, metres, for anything to stand there."""

_LARGE = 0.2
"""Of the largest surface's area, from which a surface may be a floor."""

_FREE_SIGHT = 0.5
"""Metres from a place to the next thing, in a direction from which it can be looked at."""

_SPACE = 0.9
"""Metres that is seen at least of the space round a place, from side to side, in whatever direction it is narrowest."""

_ROOM_HEIGHT = 1.5
"""Metres of room above a place, from which it is hardly inside of anything but a room."""

_LEAST_SIGHTS = 2
_SIGHTS = [(azimuth, elevation) for elevation in (8.0, 22.0, 40.0, 62.0) for azimuth in range(0, 360, 24)]


@dataclass(frozen=True)
class Surfaces:
    """Places on what is flat in a scene, in the scene's frame, metres. N of them."""

    places: FloatArray
    """(N, 3)"""
    radius: FloatArray
    """(N,): how far round a place it is flat and free of anything."""
    headroom: FloatArray
    """(N,): how far above it the next thing is; inf under the open sky."""
    surface: npt.NDArray[np.int64]
    """(N,): which surface it is on, 0, 1, 2, ..."""
    area: FloatArray
    """(N,): of that surface, square metres, about."""
    floor: FloatArray
    """(N,): height of the floor below it."""

    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """All of it, in the order of the fields."""
        return self.places, self.radius, self.headroom, self.surface, self.area, self.floor


_NOTHING = Surfaces(np.zeros((0, 3)), np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def find_surfaces(soup: Soup) -> Surfaces:
    """The surfaces of a scene. Takes a second or more."""
    corners = soup.vertices.astype(np.float64)[soup.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(normals, axis=1)
    # What looks down counts too: many files have faces the wrong way round, and an underside has no room above it.
    level = (np.abs(normals[:, 2]) > math.cos(math.radians(STEEPEST)) * doubled) & (doubled > 1e-12)
    corners, areas = corners[level], doubled[level] / 2
    found = [_places_of(soup, corners[of], areas[of]) for of in _levels(corners, areas)]
    parts = [part for part in found if part is not None]
    if not parts:
        return _NOTHING
    whole = _Part(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    starts = np.cumsum([0, *(int(part.surface.max()) + 1 for part in parts)])
    surface = whole.surface + np.repeat(starts[:-1], [len(part.surface) for part in parts])
    outside = ~_are_inside(whole)
    if not outside.any():
        return _NOTHING
    places, radius, headroom, area = (it[outside] for it in (whole.places, whole.radius, whole.headroom, whole.area))
    surface = _numbered(surface[outside])
    return Surfaces(places, radius, headroom, surface, area, _floors(places, headroom, surface, area))


def _levels(corners: FloatArray, areas: FloatArray) -> list[npt.NDArray[np.intp]]:
    """Indices of the faces on each level, from the lowest up; only the largest where there are very many."""
    heights = corners[:, :, 2].mean(axis=1)
    order = np.argsort(heights, kind="stable")
    cuts = np.flatnonzero(np.diff(heights[order]) > _LEVEL_GAP) + 1
    levels = [part for part in np.split(order, cuts) if len(part) and areas[part].sum() >= _LEAST_AREA]
    largest = sorted(range(len(levels)), key=lambda k: -areas[levels[k]].sum())[:_MOST_LEVELS]
    return [levels[k] for k in sorted(largest)]


class _Part(NamedTuple):
    """Some places: as `Surfaces`, but for the last two."""

    places: FloatArray
    radius: FloatArray
    headroom: FloatArray
    area: FloatArray
    surface: npt.NDArray[np.int64]
    backs: FloatArray
    """Share of all directions in which the back of something is seen."""
    turned: npt.NDArray[np.bool_]
    """Whether it is on the back of a face."""


def _places_of(soup: Soup, corners: FloatArray, areas: FloatArray) -> _Part | None:
    """The places on one level; None where nothing can stand."""
    tried = _spread(corners, areas)
    raised = tried + 2 * FLAT * UP
    headroom = soup.distances(raised, np.broadcast_to(UP, raised.shape)) + 2 * FLAT
    # Two faces in one place, as of a carpet in the floor: the upper one is stood on.
    free = (headroom > _HEADROOM) & (np.abs(soup.depths_below(raised) - 2 * FLAT) < FLAT)
    tried, headroom = tried[free], headroom[free]
    radius = _free_radius(soup, tried, headroom)
    seen = radius > 0
    seen[seen], backs = _look_round(soup, tried[seen])
    if not seen.any():
        return None
    share = areas.sum() / _TRIED
    surface = _connected(tried[seen], 2.2 * math.sqrt(share))
    counts = np.bincount(surface)
    turned = soup.meets_backs(tried[seen] + 2 * FLAT * UP, np.broadcast_to(-UP, (len(surface), 3)))
    return _Part(tried[seen], radius[seen], headroom[seen], counts[surface] * share, surface, backs, turned)


def _spread(corners: FloatArray, areas: FloatArray) -> FloatArray:
    """Points (P, 3) on triangles, evenly over their area: the additive recurrence of Roberts, "The unreasonable
    effectiveness of quasirandom sequences", 2018, in three dimensions."""
    steps = np.arange(1, _TRIED + 1)[:, None] * np.array([0.8191725134, 0.6710436067, 0.5497004779]) % 1
    ends = np.cumsum(areas)
    which = np.searchsorted(ends, steps[:, 0] * ends[-1], side="right").clip(0, len(areas) - 1)
    a, b, c = corners[which].transpose(1, 0, 2)
    root, v = np.sqrt(steps[:, 1:2]), steps[:, 2:3]
    points: FloatArray = (1 - root) * a + root * (1 - v) * b + root * v * c
    return points


def _free_radius(soup: Soup, places: FloatArray, headroom: FloatArray) -> FloatArray:
    """(N,) metres: the largest ring of which all rays from above end on the place's own plane; 0 for none."""
    turns = np.arange(_RAYS) * math.tau / _RAYS
    radius = np.zeros(len(places))
    alive = np.arange(len(places))
    slopes = np.zeros((len(places), 2))
    for number, ring in enumerate(_RINGS):
        if not len(alive):
            break
        # Each ring is turned against the last, so that nothing slips through between rays in a row.
        round_ = np.column_stack([np.cos(turns + 2.4 * number), np.sin(turns + 2.4 * number)])
        above = np.minimum(headroom[alive] - 2 * FLAT, 0.3)[:, None]
        starts = np.repeat(places[alive][:, None], _RAYS, axis=1)
        starts[..., :2] += ring * round_
        starts[..., 2] += above
        drops = soup.depths_below(starts.reshape(-1, 3)).reshape(-1, _RAYS)
        heights = above - drops
        if number == 0 or number % 5 == 0:
            usable = np.isfinite(heights).all(axis=1) & (
                np.abs(heights).max(axis=1) < 2 * math.tan(0.035) * ring + FLAT
            )
            slopes[alive[usable]] = heights[usable] @ round_ * 2 / _RAYS / ring
        uneven = np.abs(heights - ring * slopes[alive] @ round_.T).max(axis=1)
        good = np.isfinite(uneven) & (uneven < FLAT)
        radius[alive[good]] = ring
        alive = alive[good]
    return radius


def _look_round(soup: Soup, places: FloatArray) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """(N,): whether there is room to look at a place from several sides, and not only in a closed cupboard; and where
    there is, the share of all directions in which the back of something is seen."""
    azimuths, elevations = np.radians(np.array(_SIGHTS)).T
    ways = np.column_stack(
        [np.cos(elevations) * np.cos(azimuths), np.cos(elevations) * np.sin(azimuths), np.sin(elevations)]
    )
    starts, all_ways = np.repeat(places + 0.02 * UP, len(ways), axis=0), np.tile(ways, (len(places), 1))
    far = soup.distances(starts, all_ways).reshape(len(places), len(ways))
    ends = far.clip(max=10 * _SPACE)[..., None] * ways[:, :2]
    across = ends @ np.stack([np.cos(np.arange(12) * math.pi / 12), np.sin(np.arange(12) * math.pi / 12)])
    enough: npt.NDArray[np.bool_] = ((far > _FREE_SIGHT).sum(axis=1) >= _LEAST_SIGHTS) & (
        np.ptp(across, axis=1).min(axis=1) > _SPACE
    )
    backs = soup.meets_backs(starts, all_ways).reshape(len(places), len(ways)).mean(axis=1)
    return enough, backs[enough]


def _are_inside(part: _Part) -> npt.NDArray[np.bool_]:
    """(N,): whether a place is inside of something solid: it sees backs only.

    Of some files all faces are the wrong way round; then most places with much room above them see nothing but backs.
    """
    high = part.headroom > _ROOM_HEIGHT
    flipped = bool(high.any() and np.median(part.backs[high]) > 0.5)
    backs = 1 - part.backs if flipped else part.backs
    inside: npt.NDArray[np.bool_] = (backs > 0.5) | ((part.turned != flipped) & ((backs > 0.1) | ~high))
    return inside & np.isfinite(part.headroom)


def _numbered(names: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The same groups, numbered without gaps."""
    return np.unique(names, return_inverse=True)[1].ravel().astype(np.int64)


def _connected(places: FloatArray, reach: float) -> npt.NDArray[np.int64]:
    """(N,) numbers of the groups in which each place is no farther than `reach` from another."""
    near = np.linalg.norm(places[:, None, :2] - places[None, :, :2], axis=2) <= reach
    names = np.arange(len(places))
    while True:
        spread = np.where(near, names[None, :], len(places)).min(axis=1)
        if (spread == names).all():
            break
        names = spread
    return _numbered(names)


def _floors(places: FloatArray, headroom: FloatArray, surface: npt.NDArray[np.int64], area: FloatArray) -> FloatArray:
    """(N,) height of the floor below each place: of the highest floor at or below it, or the lowest of all.

    A floor is a large surface; one under the open sky that has another below it is a roof.
    """
    _, first = np.unique(surface, return_index=True)
    large = first[area[first] >= _LARGE * area[first].max()]
    covered = [np.median(headroom[surface == surface[k]]) < np.inf for k in large]
    lowest = places[large, 2].min()
    heights = np.sort(
        [places[k, 2] for k, under in zip(large, covered, strict=True) if under or places[k, 2] <= lowest]
    )
    below = np.searchsorted(heights, places[:, 2] + _LEVEL_GAP, side="right") - 1
    floors: FloatArray = heights[below.clip(0)]
    return floors
