"""What the objects stand on in a room: a table with chairs, a low cupboard, the floor."""

from __future__ import annotations

import numpy as np

from engine.frame.furniture import TRIES, Furniture, against_wall, moved_to
from engine.frame.geometry import FloatArray
from engine.frame.room_looks import furniture_look
from engine.frame.room_plan import boxed
from engine.frame.room_spec import Box


def add_table(room: Furniture, reach: float) -> FloatArray | None:
    """A table with chairs; returns a place on it, (3,), for objects that reach so far; None where it has no room."""
    length = max(room.between(1.0, 1.9), 2.3 * reach)
    width = max(room.between(0.65, 0.95), 2.3 * reach)
    height = room.between(0.71, 0.77)
    top, leg = room.between(0.02, 0.045), room.between(0.04, 0.09)
    for _ in range(TRIES):
        placed = against_wall(room, length, width, height) if room.chance(0.4) else _free(room, length, width, height)
        if placed is not None:
            T, box = placed
            room.plan.put(box)
            room.add("table", (length, width, height, top, leg), T)
            _add_chairs(room, T, length, width)
            return _spot(room, T, (length, width, height), reach)
    return None


def add_sideboard(room: Furniture, reach: float) -> FloatArray | None:
    """A low cupboard at a wall; otherwise as `add_table`."""
    length = max(room.between(1.0, 1.9), 2.3 * reach)
    width = max(room.between(0.4, 0.55), 2.3 * reach)
    height = room.between(0.7, 0.95)
    for _ in range(TRIES):
        placed = against_wall(room, length, width, height)
        if placed is not None:
            T, box = placed
            room.plan.put(box)
            room.add("cupboard", (length, width, height, float(round(length / 0.5))), T)
            return _spot(room, T, (length, width, height), reach)
    return None


def clear_floor(room: Furniture, reach: float) -> FloatArray:
    """A place on the floor that is kept free round the objects."""
    plan, half = room.plan, 1.05 * reach
    x, y = plan.width / 2, plan.depth / 2
    for _ in range(TRIES):
        tried = room.between(half, plan.width - half), room.between(half, plan.depth - half)
        if plan.floor_is_free((tried[0] - half, tried[1] - half, 0.0, tried[0] + half, tried[1] + half, plan.height)):
            x, y = tried
            break
    plan.ways.append((x - half, y - half, 0.0, x + half, y + half, plan.height))
    return np.array([x, y, 0.0])


def _spot(room: Furniture, T: FloatArray, size: tuple[float, float, float], reach: float) -> FloatArray:  # noqa: N803
    """A place on top of a piece from whose edges the objects stay away."""
    length, width, height = size
    along, across = length / 2 - 1.08 * reach, width / 2 - 1.08 * reach
    local = np.array([room.between(-along, along), room.between(-across, across), height, 1.0])
    spot: FloatArray = (T @ local)[:3]
    return spot


def _free(room: Furniture, length: float, width: float, height: float) -> tuple[FloatArray, Box] | None:
    plan = room.plan
    T = moved_to(
        room.between(0.3 * plan.width, 0.7 * plan.width),
        room.between(0.3 * plan.depth, 0.7 * plan.depth),
        turn=room.choose((0.0, 90.0)),
    )
    box = boxed(T, (-length / 2, -width / 2, 0.0, length / 2, width / 2, height))
    return (T, box) if plan.floor_is_free(box, 0.1) else None


def _add_chairs(room: Furniture, T: FloatArray, length: float, width: float) -> None:  # noqa: N803
    measures = (room.between(0.4, 0.46), room.between(0.4, 0.44), room.between(0.44, 0.47), room.between(0.78, 0.98))
    look = furniture_look("chair", room.looks)
    sides = ((0.0, -width / 2, 0.0), (0.0, width / 2, 180.0), (-length / 2, 0.0, -90.0), (length / 2, 0.0, 90.0))
    for x, y, turn in sides:
        if not room.chance(0.55):
            continue
        out = room.between(0.0, 0.35) + measures[1] / 2 - 0.12
        along = room.between(-0.25, 0.25) * (length if y else width)
        at = np.array([x, y]) + out * np.sign([x, y]) + (np.array([along, 0.0]) if y else np.array([0.0, along]))
        # The back of a chair is away from the table.
        T_chair = T @ moved_to(float(at[0]), float(at[1]), 0.0, turn + room.between(-12, 12))  # noqa: N806
        box = boxed(T_chair, (-0.23, -0.22, 0.0, 0.23, 0.22, measures[3]))
        others = [solid for solid in room.plan.solids[:-1] if solid[5] > 0.1]
        inside = box[0] > 0.02 and box[1] > 0.02 and box[3] < room.plan.width - 0.02 and box[4] < room.plan.depth - 0.02
        if inside and not any(all(box[k] < o[k + 3] and box[k + 3] > o[k] for k in range(3)) for o in others):
            room.plan.solids.insert(len(room.plan.solids) - 1, box)
            room.add("chair", measures, T_chair, look)
