"""Draw how camera and objects move: smooth functions of time, the same for all frames of a sequence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.frame.catalog import Catalog, ModelFacts
from engine.frame.draw_camera import Viewpoint
from engine.frame.draw_distractors import hull_of
from engine.frame.draw_objects import Things
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_matrix4, direction, rigid, rotation_about
from engine.frame.motion_spec import Matrix4
from engine.frame.placement import throw_in_ball, throw_in_disc
from engine.frame.posture import Posture
from engine.frame.way import Way
from engine.recipe.distributions import Constant
from engine.recipe.motion import Motion

UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Mover:
    """How one object moves."""

    pose: FloatArray
    """(4, 4) T_world_model at time 0."""
    pivot: FloatArray
    """(3,) in the world at time 0: what it turns about, metres."""
    axis: FloatArray
    """(3,) unit vector in the world."""
    turn: float
    """Degrees a second by the right-hand rule."""
    way: Way | None
    pace: float
    """Metres a second."""

    def at(self, time: float) -> Matrix4:
        """T_world_model."""
        turn = rotation_about(self.axis, self.turn * time)
        place = self.pivot.copy()
        if self.way is not None:
            offset = self.way.at(self.pace * time)
            place[: len(offset)] += offset
        return as_matrix4(rigid(turn, place - turn @ self.pivot) @ self.pose)


@dataclass(frozen=True, slots=True)
class Movement:
    """Where all is, by time in seconds since the sequence's first frame."""

    eye: Callable[[float], FloatArray]
    """The camera's place, (3,), metres."""
    movers: tuple[Mover, ...] = ()
    """One for each object; empty where none moves."""
    reach: float = 0.0
    """How far an object gets from its place at most, metres."""

    def poses(self, time: float) -> tuple[Matrix4, ...]:
        """T_world_model of all objects; empty where none moves."""
        return tuple(mover.at(time) for mover in self.movers)


def draw_movement(
    motion: Motion,
    things: Things,
    facts: Sequence[ModelFacts],
    catalog: Catalog,
    centre: FloatArray,
    viewpoint: Viewpoint,
    draws: Draws,
    *,
    at_rest: bool,
) -> Movement:
    """Draw the motion of one sequence. `facts` are those of the objects, `centre` (3,) is what the camera looks at;
    `at_rest` says that the objects lie where they have come to rest, and stay there.

    Raises RenderError where a way is too long to be drawn.
    """
    start = viewpoint(draws)
    if motion.moves == Constant("none"):
        return Movement(lambda time: start)  # noqa: ARG005 - it stands still
    moves = draws.text("motion.moves", motion.moves)
    seconds = (motion.frames + 1) / motion.rate
    eye = _camera_way(motion, centre, start, viewpoint, seconds, draws) if moves in ("camera", "both") else None
    movers: tuple[Mover, ...] = ()
    reach = 0.0
    if moves in ("objects", "both") and not at_rest:
        rooms = _rooms(motion.wander, things, facts, catalog)
        movers = tuple(
            _draw_mover(motion, things.kind, room, seconds, f"motion[{i}]", draws) for i, room in enumerate(rooms)
        )
        reach = max(room.free for room in rooms)
    return Movement(eye or (lambda time: start), movers, reach)  # noqa: ARG005 - it stands still


def _camera_way(
    motion: Motion, centre: FloatArray, start: FloatArray, viewpoint: Viewpoint, seconds: float, draws: Draws
) -> Callable[[float], FloatArray]:
    path = draws.text("motion.path", motion.path)
    speed = draws.number("motion.speed", motion.speed)
    if path == "orbit":
        pace = speed if draws.stream("motion.side").uniform() < 0.5 else -speed
        return lambda time: centre + rotation_about(UP, pace * time) @ (start - centre)
    pace = math.radians(speed)
    azimuths = [0.0]

    def point(number: int) -> FloatArray:
        """Azimuth (rad, without jumps), elevation (rad) and logarithm of the distance."""
        eye = start if number == 0 else viewpoint(draws.apart(f"motion.viewpoint[{number}]"))
        x, y, z = eye - centre
        azimuth = math.atan2(y, x)
        # The shorter way round from the viewpoint before.
        turns = round((azimuths[-1] - azimuth) / math.tau) if number else 0
        azimuths.append(azimuth + turns * math.tau)
        return np.array([azimuths[-1], math.atan2(z, math.hypot(x, y)), math.log(math.hypot(x, y, z))])

    way = Way(point, _on_unit_scale, pace * seconds, "motion.speed")
    return lambda time: centre + _offset(way.at(pace * time))


def _offset(point: FloatArray) -> FloatArray:
    azimuth, elevation, log_distance = point.tolist()
    return math.exp(log_distance) * direction(math.degrees(azimuth), math.degrees(elevation))


def _on_unit_scale(points: FloatArray) -> FloatArray:
    """Places (N, 3) whose distances are the angles by which a camera goes that is at `points` (N, 3): azimuth,
    elevation, logarithm of the distance; coming nearer by a hundredth counts as a hundredth of a radian."""
    steps = np.diff(points, axis=0)
    steps[:, 0] *= np.cos((points[1:, 1] + points[:-1, 1]) / 2)
    return np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


@dataclass(frozen=True, slots=True)
class _Room:
    """The free space of one object."""

    pose: FloatArray
    pivot: FloatArray
    radius: float
    """Of the disc, or ball, that holds it however it turns, metres."""
    free: float
    """How far that may be moved, metres."""


def _rooms(wander: float, things: Things, facts: Sequence[ModelFacts], catalog: Catalog) -> list[_Room]:
    """Each moves within a disc about its place, in the air a ball, that touches no other's."""
    in_air = things.kind == "air"
    own = [
        _extent(np.array(it.T_world_model), it.scale, model.hull, in_air)
        for it, model in zip(things.objects, facts, strict=True)
    ]
    others = [_extent(np.array(it.T_world_model), it.scale, hull_of(it, catalog), in_air) for it in things.props]
    rooms = []
    for i, (pivot, radius) in enumerate(own):
        gaps = _gaps(i, [*own, *others], 3 if in_air else 2)
        free = min([wander * radius, *(max(gap, 0.0) / 2 for gap in gaps)])
        rooms.append(_Room(np.array(things.objects[i].T_world_model), pivot, radius, free))
    return rooms


def _gaps(i: int, extents: list[tuple[FloatArray, float]], dimensions: int) -> Iterator[float]:
    pivot, radius = extents[i]
    for j, (other, size) in enumerate(extents):
        if j != i:
            yield float(np.linalg.norm((pivot - other)[:dimensions])) - radius - size


def _extent(pose: FloatArray, scale: float, hull: FloatArray, in_air: bool) -> tuple[FloatArray, float]:
    """What a thing turns about, (3,), and the radius of the disc, or ball, about it that it stays in."""
    posture = Posture(pose[:3, :3], scale, hull)
    if in_air:
        return pose[:3, 3] + posture.centre, posture.radius
    return pose[:3, 3] + posture.middle, posture.footprint


def _draw_mover(motion: Motion, kind: str, room: _Room, seconds: float, name: str, draws: Draws) -> Mover:
    turn = draws.number(f"{name}.turn", motion.turn)
    drift = draws.number(f"{name}.drift", motion.drift)
    toward = draws.stream(f"{name}.axis")
    axis = direction(360 * toward.uniform(), math.degrees(math.asin(2 * toward.uniform() - 1))) if kind == "air" else UP
    spots = draws.stream(f"{name}.spots")
    throw = throw_in_ball if kind == "air" else throw_in_disc
    still = np.zeros(3 if kind == "air" else 2)

    def point(number: int) -> FloatArray:
        return still if number == 0 else np.array(throw(room.free, spots))

    pace = drift * room.radius
    way = Way(point, lambda points: points, pace * seconds, "motion.drift") if pace * room.free > 0 else None
    return Mover(room.pose, room.pivot, axis, turn if toward.uniform() < 0.5 else -turn, way, pace)
