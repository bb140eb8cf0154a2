"""A room while it is being furnished: what is in it so far, and the throws that decide what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.frame.geometry import FloatArray, rigid, rotation_about
from engine.frame.looks_spec import Look
from engine.frame.rng import Stream
from engine.frame.room_looks import furniture_look
from engine.frame.room_plan import UP, Plan, Taken
from engine.frame.room_spec import Box

TRIES = 16
"""Throws for one piece before it is left out."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in the room's frame."""

    kind: str
    measures: tuple[float, ...]
    T_room_part: FloatArray
    look: Look


@dataclass(frozen=True, slots=True)
class Lamp:
    """A glowing ball."""

    position: FloatArray
    diameter: float


@dataclass
class Furniture:
    """What has been put into a room so far."""

    plan: Plan
    layout: Stream
    looks: Stream
    parts: list[Part] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    doors: list[tuple[int, float, float]] = field(default_factory=list)
    """Wall, and where the door in it begins and ends."""

    def between(self, low: float, high: float) -> float:
        """A number for the layout; `low` where the ends are the wrong way round."""
        return low + max(high - low, 0.0) * self.layout.uniform()

    def chance(self, share: float) -> bool:
        """True for this share of cases."""
        return self.layout.uniform() < share

    def choose[T](self, options: tuple[T, ...]) -> T:
        """One of some."""
        return options[int(self.layout.uniform() * len(options))]

    def add(self, kind: str, measures: tuple[float, ...], T: FloatArray, look: Look | None = None) -> None:  # noqa: N803
        """Have a thing there; without a look it gets one of its kind."""
        self.parts.append(Part(kind, measures, T, look or furniture_look(kind, self.looks)))

    def at_wall(self, wall: int, x: float, y: float = 0.0, z: float = 0.0) -> FloatArray:
        """T_room_part of what lies along a wall from x on, so far from it."""
        return self.plan.T_room_wall(wall) @ rigid(np.eye(3), np.array([x, y, z]))


def moved_to(x: float, y: float, z: float = 0.0, turn: float = 0.0) -> FloatArray:
    """(4, 4): turned by degrees about the vertical, then moved."""
    return rigid(rotation_about(UP, turn), np.array([x, y, z]))


def against_wall(room: Furniture, length: float, width: float, height: float) -> tuple[FloatArray, Box] | None:
    """A free place at a wall: T_room_part of what stands about the z axis with its back there, and its box."""
    plan = room.plan
    wall = room.choose((0, 1, 2, 3))
    x = room.between(0.06, plan.length(wall) - length - 0.06)
    taken = Taken(x, x + length, 0.0, height)
    box = plan.box_at(wall, taken, width + 0.03)
    if not (plan.wall_is_free(wall, taken) and plan.floor_is_free(box)):
        return None
    plan.walls[wall].append(taken)
    return room.at_wall(wall, x + length / 2, width / 2 + 0.03), box
