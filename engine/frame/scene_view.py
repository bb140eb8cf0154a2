"""Where a camera can be in a scene: clear of everything, in sight of what it looks at, at somebody's height."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from engine.frame.draw_place import Place, Unplaced
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray
from engine.frame.room_plan import UP
from engine.recipe.scene import Scene

_TRIES = 40
"""Viewpoints before the draw is given up."""

_STEEPEST = (28.0, 62.0)
"""Degrees below the horizon at which somebody looks at most at what is near: who would be nearer steps back."""

_WAYS = 96
"""Rays by which it is found out what is near a camera."""

_ON_FLOOR = 0.3
"""Metres by which the floor below a person or robot may be lower than the one below the objects."""

_AT_THE_SIDE = 0.6
"""Of the camera's height above the floor: what stands below it may be no higher."""


_INDOORS = 0.5
"""Of what is all round the objects, that is round a camera at least: things in a room are not looked at from outside of
it, where there may be nothing."""

_OVER = 0.05
"""Metres above a place."""

_LEVEL = -0.2
"""z of unit vectors that point to the sides or upwards."""


@dataclass(frozen=True)
class SceneView:
    """The views that are possible from a place in a scene."""

    scene: Scene
    place: Place

    def find(
        self, centre: FloatArray, radius: float, draws: Draws, propose: Callable[[Draws], FloatArray]
    ) -> FloatArray:
        """Where the camera is, (3,), in the world, to look at a ball. `propose` draws where it is in open space.

        Raises Unplaced where it can be at none of the places that are tried.
        """
        eyes = draws.text("scene.eyes", self.scene.eyes)
        for turn in range(_TRIES):
            again = draws.again(turn)
            eye = propose(again)
            if eyes != "free":
                eye = self._at_height(eyes, eye, centre, again)
            if self._is_good(eye, centre + 0.1 * radius * UP, stands=eyes != "free"):
                return eye
        raise Unplaced(
            f"in {self.place.facts.ref.name} a camera had no free place in sight of the object in {_TRIES} tries"
        )

    def _at_height(self, eyes: str, eye: FloatArray, centre: FloatArray, draws: Draws) -> FloatArray:
        """The same way off and as far away, but with the eyes at somebody's height."""
        height = draws.number(f"scene.{eyes}", self.scene.person if eyes == "person" else self.scene.robot)
        rise = self.place.floor + height - centre[2]
        away = eye - centre
        flat = float(np.hypot(away[0], away[1]))
        low, high = _STEEPEST
        steepest = math.radians(low + (high - low) * draws.stream("scene.steepest").uniform())
        distance = max(math.sqrt(max(float(away @ away) - rise * rise, 0.0)), abs(rise) / math.tan(steepest))
        side = away[:2] / flat if flat > 1e-9 else np.array([1.0, 0.0])
        return np.array([*(centre[:2] + distance * side), centre[2] + rise])

    def _is_good(self, eye: FloatArray, aim: FloatArray, *, stands: bool) -> bool:
        return self.is_free(eye) and self._sees(eye, aim) and (not stands or self._is_above_floor(eye))

    def is_free(self, eye: FloatArray) -> bool:
        """Whether a camera at `eye`, in the world, is clear of the scene, and indoors where the objects are."""
        near = self.place.facts.soup.distances(eye + self.place.origin, _ways())
        return bool(near.min() >= self.scene.clearance) and _covered(near) >= _INDOORS * self._place_covered

    @cached_property
    def _place_covered(self) -> float:
        """How much is all round the place."""
        return _covered(self.place.facts.soup.distances(self.place.origin + _OVER * UP, _ways()))

    def _sees(self, eye: FloatArray, aim: FloatArray) -> bool:
        """Whether nothing of the scene is between them: what is in a solid sees nothing outside of it."""
        way = aim - eye
        return bool(self.place.facts.soup.distances(eye + self.place.origin, way[None])[0] >= 1.0)

    def _is_above_floor(self, eye: FloatArray) -> bool:
        """Whether somebody can be there: over the floor, with no more than a table's edge below the eyes."""
        drop = float(self.place.facts.soup.depths_below((eye + self.place.origin)[None])[0])
        height = eye[2] - self.place.floor
        return bool((1 - _AT_THE_SIDE) * height <= drop <= height + _ON_FLOOR)


def _covered(near: FloatArray) -> float:
    """Share of the rays to the sides and upwards that meet something, of the distances along all ways."""
    return float(np.isfinite(near[_ways()[:, 2] > _LEVEL]).mean())


@cache
def _ways() -> FloatArray:
    """Unit vectors (_WAYS, 3) to all sides, evenly."""
    k = np.arange(_WAYS) + 0.5
    z = 1 - 2 * k / _WAYS
    turn = math.pi * (1 + math.sqrt(5)) * k
    flat = np.sqrt(1 - z * z)
    return np.column_stack([flat * np.cos(turn), flat * np.sin(turn), z])
