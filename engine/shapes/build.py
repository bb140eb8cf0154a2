"""Procedural shapes by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from engine.shapes.cables import cable
from engine.shapes.fruit import fruit
from engine.shapes.furniture import chair, cupboard, pendant, shelf, sofa, standard_lamp, table
from engine.shapes.household import book, bottle, bowl, can, packet
from engine.shapes.interior import board, curtain, door, picture, slab, wall, window
from engine.shapes.mesh import Shape
from engine.shapes.receivers import bin_, open_box
from engine.shapes.tools import tool

TRAITS = 6
"""Numbers in [0, 1) that a distractor's shape follows from."""

_MAKERS: dict[str, Callable[[tuple[float, ...]], Shape]] = {
    "box": packet,
    "bottle": bottle,
    "can": can,
    "bowl": bowl,
    "book": book,
    "tool": tool,
    "fruit": fruit,
    "cable": cable,
    "open box": open_box,
    "bin": bin_,
    "slab": slab,
    "wall": wall,
    "window": window,
    "door": door,
    "baseboard": board,
    "rug": board,
    "curtain": curtain,
    "picture": picture,
    "table": table,
    "chair": chair,
    "shelf": shelf,
    "cupboard": cupboard,
    "sofa": sofa,
    "pendant": pendant,
    "standard lamp": standard_lamp,
}

RECEIVERS = ("open box", "bin")
"""Kinds that stand still and hold others."""


@lru_cache(maxsize=256)
def build(kind: str, traits: tuple[float, ...]) -> Shape:
    """The shape of a kind with its traits: see the kinds' own modules."""
    return _MAKERS[kind](traits)
