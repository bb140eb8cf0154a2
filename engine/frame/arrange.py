"""Give each thing its place: on the ground, in the air, or above what it is to fall onto."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray
from engine.frame.placement import place, throw_in_disc
from engine.frame.posture import Posture
from engine.frame.spec import Matrix4
from engine.recipe.placement import Placement
from engine.shapes.receivers import SPLAY

_HOVER = 0.3
"""Height of the lowest thing in the air above z = 0, where a ground may be, as a share of the room's size."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A box or bin on the ground, about the world's vertical axis, that things fall into."""

    kind: str
    """As `engine.shapes.build` knows it."""
    measures: tuple[float, float, float, float]
    """Length along x, width along y, depth, and thickness of the wall: metres; of the room inside, at its floor."""

    @property
    def opening(self) -> tuple[float, float]:
        """Half of the length and of the width that things may fall through, metres."""
        length, width, depth, _ = self.measures
        wider = SPLAY * depth if self.kind == "bin" else 0.0
        return length / 2 + wider, width / 2 + wider


def stand(postures: list[Posture], placement: Placement, draws: Draws) -> list[Matrix4]:
    """Poses apart on the ground."""
    spread = draws.number("placement.spread", placement.spread)
    spots = place([p.footprint for p in postures], spread, placement.gap, draws.stream("placement.spots"))
    return [posture.standing_at(x, y) for posture, (x, y) in zip(postures, spots, strict=True)]


def fly(postures: list[Posture], placement: Placement, draws: Draws) -> list[Matrix4]:
    """Poses apart in the air, all above z = 0."""
    spread = draws.number("placement.spread", placement.spread)
    radii = [p.radius for p in postures]
    spots = np.array(place(radii, spread, placement.gap, draws.stream("placement.spots"), in_air=True))
    low, high = (spots[:, 2] - radii).min(), (spots[:, 2] + radii).max()
    spots[:, 2] += _HOVER * (high - low) - low
    return [posture.centred_at(spot) for posture, spot in zip(postures, spots, strict=True)]


def hang(postures: list[Posture], placement: Placement, draws: Draws) -> tuple[list[Matrix4], Receiver | None]:
    """Poses to fall from, none touching another, and what they are to fall into, if into anything."""
    spread = draws.number("placement.spread", placement.spread)
    into = draws.text("placement.into", placement.into)
    receiver = None if into == "table" else _receiver(into, [p.radius for p in postures], spread, draws)
    order = draws.stream("placement.order")
    turns = [i for _, i in sorted((order.uniform(), i) for i in range(len(postures)))]
    spots = draws.stream("placement.spots")
    reach = spread * math.sqrt(math.fsum(p.radius**2 for p in postures))
    floor = receiver.measures[3] if receiver else 0.0
    placed: dict[int, FloatArray] = {}
    for i in turns:
        radius = postures[i].radius
        if receiver is None:
            x, y = throw_in_disc(max(0.6 * reach - radius, 0.0), spots)
        else:
            x, y = (max(half / 2 - radius, 0.0) * (2 * spots.uniform() - 1) for half in receiver.measures[:2])
        placed[i] = np.array([x, y, _height(x, y, radius, floor, placed, postures)])
    return [postures[i].centred_at(placed[i]) for i in range(len(postures))], receiver


def _height(
    x: float, y: float, radius: float, floor: float, placed: dict[int, FloatArray], postures: list[Posture]
) -> float:
    """The least height at which a ball over (x, y) is clear of the floor and of those placed before."""
    height = floor + 1.02 * radius
    for i, (px, py, pz) in placed.items():
        apart, least = math.hypot(x - px, y - py), 1.02 * (radius + postures[i].radius)
        if apart < least:
            height = max(height, pz + math.sqrt(least * least - apart * apart))
    return height


def _receiver(into: str, radii: list[float], spread: float, draws: Draws) -> Receiver:
    """A box or bin that holds balls of `radii` with room to spare: `spread` times the least in each direction."""
    stream = draws.stream("placement.receiver")
    largest = max(radii)
    area = math.pi * spread * spread * math.fsum(r * r for r in radii) * 0.55
    aspect = 1.0 + 0.6 * stream.uniform()
    length = max(math.sqrt(area * aspect), 2.3 * largest)
    width = max(area / length, 2.1 * largest)
    filled = 0.55 * math.fsum(4 / 3 * math.pi * r**3 for r in radii) / (length * width)
    depth = max(filled * (1.0 + 0.5 * stream.uniform()), (0.6 + 0.4 * stream.uniform()) * float(np.median(radii)))
    wall = 0.012 * min(length, width) * (1.0 if into == "box" else 0.8)
    return Receiver("open box" if into == "box" else "bin", (length, width, depth, wall))
