"""Where objects stand: circles that do not overlap, thrown into a disc."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.frame.rng import Stream

TRIES = 60
"""Throws for one object before the disc is made larger."""

GROWTH = 1.1


@dataclass(frozen=True, slots=True)
class Footprint:
    """The circle on the ground that an object takes up."""

    radius: float
    """Metres."""


def place(footprints: list[Footprint], spread: float, gap: float, stream: Stream) -> list[tuple[float, float]]:
    """Centres (x, y) in metres for the footprints, so that no two overlap.

    Each footprint keeps `gap` times its own radius free around it. The disc has `spread` times the radius of the disc
    with the footprints' total area, and grows when an object finds no room, so that this always ends. A single
    footprint stands at the origin.
    """
    if len(footprints) == 1:
        return [(0.0, 0.0)]
    radii = [footprint.radius * (1 + gap) for footprint in footprints]
    disc = spread * math.sqrt(math.fsum(r * r for r in radii))
    spots: list[tuple[float, float]] = []
    for i, radius in enumerate(radii):
        tries = 0
        while True:
            spot = _throw(max(disc - radius, 0.0), stream)
            if all(math.dist(spot, spots[j]) >= radius + radii[j] for j in range(i)):
                break
            tries += 1
            if tries % TRIES == 0:
                disc = disc * GROWTH + 1e-9
        spots.append(spot)
    return spots


def _throw(reach: float, stream: Stream) -> tuple[float, float]:
    distance = reach * math.sqrt(stream.uniform())
    angle = math.tau * stream.uniform()
    return distance * math.cos(angle), distance * math.sin(angle)
