"""Draw a room round the objects: its size, what they stand on in it, what else is there, and its lamps."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import numpy as np

from engine.frame.blackbody import light_color
from engine.frame.draw_surroundings import LEVEL_LUMINANCE
from engine.frame.draws import Draws
from engine.frame.furnish import add_lamps, add_pictures, add_piece, add_rug
from engine.frame.furniture import Furniture, Lamp, Part
from engine.frame.geometry import FloatArray, as_matrix4, as_point, rigid, rotation_about
from engine.frame.lights_spec import LightSpec
from engine.frame.looks_spec import Rgb, SlotLooks
from engine.frame.room_looks import ceiling_paint, floor_look, wall_paint
from engine.frame.room_plan import UP, Plan
from engine.frame.room_shell import add_baseboards, add_door, add_shell, add_windows
from engine.frame.room_spec import CAMERA_ROOM, RoomSpec
from engine.frame.room_support import add_sideboard, add_table, clear_floor
from engine.frame.spec import CameraSpec, ProceduralShape, PropSpec
from engine.recipe.distributions import Constant
from engine.recipe.room import Room

LARGEST_ON_TABLE = 0.9
"""Objects that reach farther than this, metres, stand on the floor."""

ASIDE = 1.2
"""Metres of floor at least beside what the objects stand on."""

HALL = 5.0
"""Width of a room round objects that are large for a table, as a multiple of how far they reach: for the camera."""


class DrawnRoom(NamedTuple):
    """A room in the world: the objects stand on its support, at z = 0."""

    room: RoomSpec
    props: tuple[PropSpec, ...]
    lights: tuple[LightSpec, ...]
    is_hall: bool
    """Whether it was made for objects that are large for a table."""


def draw_room(room: Room, points: FloatArray, reach: float, draws: Draws) -> DrawnRoom | None:
    """`points` (N, 3) are the objects' corners in the world, metres; all things there are no farther than `reach` from
    the world's vertical axis."""
    if room.kind == Constant("none") or draws.text("room.kind", room.kind) == "none":
        return None
    plan = _plan(room, float(points[:, 2].max()), reach, draws)
    furniture = Furniture(plan, draws.stream("room.layout"), draws.stream("room.looks"))
    add_door(furniture)
    spot = _support(room, furniture, reach, draws)
    openings = add_windows(furniture, draws.integer("room.windows", room.windows))
    for _ in range(draws.integer("room.furniture", room.furniture)):
        add_piece(furniture)
    add_pictures(furniture)
    add_rug(furniture)
    add_baseboards(furniture)
    add_lamps(furniture, draws.integer("room.lamps", room.lamps), spot)
    _add_shell(furniture, openings)
    turn = rotation_about(UP, 360 * draws.stream("room.turn").uniform())
    T_world_room = rigid(turn, -turn @ spot)  # noqa: N806 - a transform
    strength = draws.number("room.lamp_strength", room.lamp_strength)
    color = light_color(draws.number("room.lamp_temperature", room.lamp_temperature))
    target = (points.min(axis=0) + points.max(axis=0)) / 2
    return DrawnRoom(
        RoomSpec(as_matrix4(T_world_room), (plan.width, plan.depth, plan.height), tuple(plan.solids)),
        tuple(
            PropSpec(
                ProceduralShape(part.kind, part.measures), as_matrix4(T_world_room @ part.T_room_part), 1.0, part.look
            )
            for part in furniture.parts
        ),
        _lights(furniture.lamps, T_world_room, target, strength, color),
        reach > LARGEST_ON_TABLE,
    )


def _prop(part: Part, T_world_room: FloatArray) -> PropSpec:  # noqa: N803 - a transform
    T = as_matrix4(T_world_room @ part.T_room_part)  # noqa: N806
    return PropSpec(ProceduralShape(part.kind, part.measures), T, 1.0, part.look)


def _plan(room: Room, tall: float, reach: float, draws: Draws) -> Plan:
    """An empty room, large enough for what is to stand in it."""
    large = reach > LARGEST_ON_TABLE
    least = (HALL if large else 2.3) * reach + ASIDE
    return Plan(
        max(draws.number("room.width", room.width), least),
        max(draws.number("room.depth", room.depth), least),
        max(draws.number("room.height", room.height), (2 * tall if large else tall) + ASIDE),
    )


def backed_by_wall(camera: CameraSpec, room: RoomSpec, points: FloatArray) -> CameraSpec:
    """The camera, moved towards the middle of the objects' corners (N, 3) until it is inside the room."""
    T_world_room, T = np.array(room.T_world_room), np.array(camera.T_world_camera)  # noqa: N806 - transforms
    middle, eye = (
        T_world_room[:3, :3].T @ (point - T_world_room[:3, 3])
        for point in ((points.min(axis=0) + points.max(axis=0)) / 2, T[:3, 3])
    )
    low, high = np.full(3, 1.01 * CAMERA_ROOM), np.array(room.size) - 1.01 * CAMERA_ROOM
    away = eye - middle
    room_there = np.where(away > 0, high - middle, low - middle)
    share = min(1.0, float(np.min(np.divide(room_there, away, out=np.ones(3), where=np.abs(away) > 1e-9))))
    T[:3, 3] = T_world_room[:3, :3] @ (middle + share * away) + T_world_room[:3, 3]
    return msgspec.structs.replace(camera, T_world_camera=as_matrix4(T), focus_distance=share * camera.focus_distance)


def _support(room: Room, furniture: Furniture, reach: float, draws: Draws) -> FloatArray:
    """Where the objects stand, (3,), in the room's frame; the floor where there is no room for anything else."""
    wanted = draws.text("room.support", room.support)
    spot = None
    if wanted != "floor" and reach <= LARGEST_ON_TABLE:
        spot = (add_table if wanted == "table" else add_sideboard)(furniture, reach)
    return clear_floor(furniture, reach) if spot is None else spot


def _add_shell(furniture: Furniture, openings: list[list[float]]) -> None:
    looks = furniture.looks
    paint = SlotLooks((wall_paint(looks),))
    accent = SlotLooks((wall_paint(looks),)) if looks.uniform() < 0.3 else paint
    floor, ceiling = SlotLooks((floor_look(looks),)), SlotLooks((ceiling_paint(looks),))
    add_shell(furniture, openings, (accent, paint, paint, paint, floor, ceiling))


def _lights(
    lamps: list[Lamp],
    T_world_room: FloatArray,  # noqa: N803 - a transform
    target: FloatArray,
    strength: float,
    color: Rgb,
) -> tuple[LightSpec, ...]:
    """Balls that the camera sees; together they have the strength (see `draw_lights`), those nearer by more of it."""
    places = [T_world_room[:3, :3] @ lamp.position + T_world_room[:3, 3] for lamp in lamps]
    powers = [1 / max(float(np.linalg.norm(place - target)), 0.3) ** 2 for place in places]
    return tuple(
        LightSpec(
            kind="point",
            position=as_point(place),
            target=as_point(target),
            width=lamp.diameter,
            height=lamp.diameter,
            cone=0.0,
            color=color,
            irradiance=strength * power / sum(powers) * math.pi * LEVEL_LUMINANCE,
            seen=True,
        )
        for lamp, place, power in zip(lamps, places, powers, strict=True)
    )
