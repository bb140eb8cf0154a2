"""The scenes that come with the program: three furnished rooms, always the same."""

from __future__ import annotations

import numpy as np

from engine.frame.draw_room import DrawnRoom, draw_room
from engine.frame.draws import Draws
from engine.recipe.distributions import Constant
from engine.recipe.room import Room

_REACH = 0.25
"""Metres of free place that the main piece of furniture has at least round its middle."""

_ROOMS: dict[str, tuple[int, Room]] = {
    "study": (
        4,
        Room(
            kind=Constant("room"),
            width=Constant(4.4),
            depth=Constant(3.8),
            height=Constant(2.6),
            support=Constant("table"),
            windows=Constant(2),
            furniture=Constant(5),
            lamps=Constant(2),
            lamp_strength=Constant(0.8),
            lamp_temperature=Constant(3200.0),
        ),
    ),
    "living": (
        11,
        Room(
            kind=Constant("room"),
            width=Constant(6.2),
            depth=Constant(4.8),
            height=Constant(2.8),
            support=Constant("cupboard"),
            windows=Constant(3),
            furniture=Constant(7),
            lamps=Constant(2),
            lamp_strength=Constant(0.7),
            lamp_temperature=Constant(2900.0),
        ),
    ),
    "hall": (
        23,
        Room(
            kind=Constant("room"),
            width=Constant(8.0),
            depth=Constant(5.5),
            height=Constant(3.3),
            support=Constant("table"),
            windows=Constant(4),
            furniture=Constant(10),
            lamps=Constant(3),
            lamp_strength=Constant(1.0),
            lamp_temperature=Constant(4000.0),
        ),
    ),
}


def demo_scene(name: str) -> DrawnRoom:
    """What one of them is made of."""
    seed, room = _ROOMS[name]
    box = _REACH * np.array([[x, y, z] for x in (-0.7, 0.7) for y in (-0.7, 0.7) for z in (0.0, 1.0)])
    drawn = draw_room(room, box, _REACH, Draws(seed, 0, 0))
    assert drawn is not None
    return drawn
