"""Put furniture, pictures and lamps into a room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.frame.furniture import TRIES, Furniture, Lamp, against_wall, moved_to
from engine.frame.geometry import FloatArray
from engine.frame.room_plan import Taken

PIECES = ("shelf", "cupboard", "sideboard", "sofa", "chair", "shelf")


def add_piece(room: Furniture) -> None:
    """A piece of furniture at a wall, if one finds room."""
    kind = room.choose(PIECES)
    length, deep, high, measures = _measures(room, kind)
    for _ in range(TRIES):
        placed = against_wall(room, length, deep, high)
        if placed is not None:
            T, box = placed
            room.plan.put(box)
            room.add("cupboard" if kind == "sideboard" else kind, measures, T)
            return


def _measures(room: Furniture, kind: str) -> tuple[float, float, float, tuple[float, ...]]:
    """Length along the wall, depth, height, and what the shape is made from."""
    between = room.between
    if kind == "shelf":
        size = between(0.6, 1.3), between(0.24, 0.38), min(between(0.9, 2.15), room.plan.height - 0.1)
        return *size, (*size, float(max(round(size[2] / 0.36) - 1, 1)))
    if kind == "sofa":
        size = between(1.3, 2.2), between(0.8, 0.95), between(0.72, 0.86)
        return *size, size
    if kind == "chair":
        size = between(0.42, 0.46), between(0.42, 0.46), between(0.8, 0.95)
        return *size, (size[0], size[1], 0.45, size[2])
    high = between(0.6, 0.95) if kind == "sideboard" else min(between(1.7, 2.2), room.plan.height - 0.1)
    size = between(0.8, 1.6), between(0.38, 0.6), high
    return *size, (*size, float(max(round(size[0] / 0.5), 1)))


def add_pictures(room: Furniture) -> None:
    """Up to four, where walls are bare."""
    for _ in range(room.choose((0, 1, 2, 3, 4))):
        for _ in range(TRIES):
            wall = room.choose((0, 1, 2, 3))
            width, height = room.between(0.25, 0.9), room.between(0.25, 0.75)
            x = room.between(0.2, room.plan.length(wall) - width - 0.2)
            z = room.between(1.2, 1.65)
            taken = Taken(x, x + width, z, z + height)
            if taken.z1 < room.plan.height - 0.15 and room.plan.wall_is_free(wall, taken, 0.1):
                room.plan.walls[wall].append(taken)
                room.add("picture", (width, height, room.between(0.012, 0.045)), room.at_wall(wall, x, 0.0, z))
                break


def add_rug(room: Furniture) -> None:
    """One that lies flat where there is much floor, sometimes."""
    if not room.chance(0.4):
        return
    plan = room.plan
    width, depth = (room.between(0.3, 0.55) * side for side in (plan.width, plan.depth))
    x, y = room.between(0.5, plan.width - width - 0.5), room.between(0.5, plan.depth - depth - 0.5)
    room.add("rug", (width, depth, 0.008), moved_to(x, y))


def add_lamps(room: Furniture, count: int, spot: FloatArray) -> None:
    """Lamps that hang from the ceiling, some of them over the objects, or stand in a corner."""
    add: Callable[[], bool]
    for number in range(count):
        add = (lambda: _standing_lamp(room)) if number and room.chance(0.6) else lambda: _hanging_lamp(room, spot)
        if not add():
            _hanging_lamp(room, spot)


def _hanging_lamp(room: Furniture, spot: FloatArray) -> bool:
    plan = room.plan
    if room.chance(0.35):
        x, y = float(spot[0]), float(spot[1])
    else:
        x, y = room.between(0.3 * plan.width, 0.7 * plan.width), room.between(0.3 * plan.depth, 0.7 * plan.depth)
    diameter = room.between(0.12, 0.32)
    cord = room.between(0.08, max(plan.height - 2.0 - diameter, 0.1))
    room.add("pendant", (cord, 0.03), moved_to(x, y, plan.height))
    centre = np.array([x, y, plan.height - cord - diameter / 2])
    room.lamps.append(Lamp(centre, diameter))
    half = diameter / 2
    plan.solids.append((x - half, y - half, float(centre[2]) - half, x + half, y + half, plan.height))
    return True


def _standing_lamp(room: Furniture) -> bool:
    height, radius = room.between(1.4, 1.7), room.between(0.16, 0.24)
    placed = against_wall(room, 2 * radius + 0.04, 2 * radius + 0.04, height)
    if placed is None:
        return False
    T, box = placed
    room.plan.put(box)
    room.add("standard lamp", (height, radius), T)
    room.lamps.append(Lamp((T @ np.array([0.0, 0.0, height - 0.15, 1.0]))[:3], 0.07))
    return True
