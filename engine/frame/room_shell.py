"""The shell of a room: walls, floor, ceiling, doors, windows with curtains, baseboards."""

from __future__ import annotations

from engine.frame.furniture import TRIES, Furniture, moved_to
from engine.frame.looks_spec import SlotLooks
from engine.frame.room_looks import furniture_look
from engine.frame.room_plan import Taken

THICK = 0.2
"""Of walls, metres."""

DOOR = (0.86, 2.03)


def add_door(room: Furniture) -> None:
    """A closed door in one of the walls; the way before it stays free."""
    plan = room.plan
    wall = room.choose((0, 1, 2, 3))
    width, height = DOOR
    x = room.between(0.25, plan.length(wall) - width - 0.25)
    taken = Taken(x - 0.08, x + width + 0.08, 0.0, height + 0.08)
    plan.walls[wall].append(taken)
    plan.ways.append(plan.box_at(wall, taken, 0.9))
    room.doors.append((wall, x - 0.08, x + width + 0.08))
    room.add("door", (width, height), room.at_wall(wall, x))


def add_windows(room: Furniture, count: int) -> list[list[float]]:
    """Windows, as many as there is room for; returns the openings of each wall, x0, x1, z0, z1 one after the other."""
    plan = room.plan
    openings: list[list[float]] = [[], [], [], []]
    for _ in range(count):
        for _ in range(TRIES):
            wall = room.choose((0, 1, 2, 3))
            width = room.between(0.8, min(2.2, plan.length(wall) - 0.8))
            x = room.between(0.4, plan.length(wall) - width - 0.4)
            sill = room.between(0.45, 1.0)
            head = min(plan.height - 0.18, sill + room.between(1.1, 1.6))
            taken = Taken(x, x + width, sill, head)
            if plan.wall_is_free(wall, taken, 0.25):
                plan.walls[wall].append(taken)
                openings[wall] += [x, x + width, sill, head]
                panes = 1.0 if width < 1.0 else float(room.choose((2, 2, 3)))
                room.add("window", (width, head - sill, THICK, panes), room.at_wall(wall, x, 0.0, sill))
                if room.chance(0.55):
                    _add_curtains(room, wall, taken)
                break
    return openings


def _add_curtains(room: Furniture, wall: int, window: Taken) -> None:
    high = min(window.z1 + 0.12, room.plan.height - 0.02)
    low = 0.03 if room.chance(0.6) else max(window.z0 - 0.15, 0.03)
    broad = room.between(0.2, 0.4)
    look = furniture_look("curtain", room.looks)
    for x in (window.x0 - 0.6 * broad, window.x1 - 0.4 * broad):
        taken = Taken(x, x + broad, low, high)
        if x < 0.02 or x + broad > room.plan.length(wall) - 0.02:
            continue
        measures = (broad, high - low, 0.07, max(round(broad / 0.09), 2.0), room.layout.uniform())
        room.add("curtain", measures, room.at_wall(wall, x, 0.1, low), look)
        room.plan.put(room.plan.box_at(wall, taken, 0.16), wall, taken)


def add_baseboards(room: Furniture) -> None:
    """Along the foot of the walls, but for doors."""
    height = room.between(0.05, 0.12)
    look = furniture_look("baseboard", room.looks)
    for wall in range(4):
        doors = sorted((x0, x1) for at, x0, x1 in room.doors if at == wall)
        ends = [0.0, *(x for door in doors for x in door), room.plan.length(wall)]
        for x0, x1 in zip(ends[::2], ends[1::2], strict=True):
            if x1 - x0 > 0.05:
                room.add("baseboard", (x1 - x0, 0.014, height), room.at_wall(wall, x0), look)


def add_shell(room: Furniture, openings: list[list[float]], looks: tuple[SlotLooks, ...]) -> None:
    """Walls with their openings, floor and ceiling; `looks` are those of the four walls, the floor, the ceiling."""
    plan = room.plan
    for wall in range(4):
        length = plan.length(wall) + 2 * THICK
        shifted = [value + THICK if k % 4 < 2 else value for k, value in enumerate(openings[wall])]
        room.add("wall", (length, plan.height, THICK, *shifted), room.at_wall(wall, -THICK), looks[wall])
    outside = (plan.width + 2 * THICK, plan.depth + 2 * THICK, 0.1)
    room.add("slab", outside, moved_to(-THICK, -THICK, -0.1), looks[4])
    room.add("slab", outside, moved_to(-THICK, -THICK, plan.height), looks[5])
