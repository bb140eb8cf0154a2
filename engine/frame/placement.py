"""Where things are: discs on the ground, or balls in the air, that do not overlap."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from engine.frame.rng import Stream

type FloatArray = npt.NDArray[np.float64]

TRIES = 60
"""Throws for one thing before the room is made larger."""

GROWTH = 1.1


def place(
    radii: list[float], spread: float, gap: float, stream: Stream, *, in_air: bool = False
) -> list[tuple[float, ...]]:
    """Centres, in metres, for discs of `radii`, (x, y), or for balls, (x, y, z), so that no two overlap.

    Each keeps `gap` times its own radius free around it. The disc (ball) that they are thrown into has `spread` times
    the radius of one with their total area (volume), and grows when one finds no room, so that this always ends. A
    single one is at the origin.
    """
    dimensions = 3 if in_air else 2
    if len(radii) == 1:
        return [(0.0,) * dimensions]
    padded = [radius * (1 + gap) for radius in radii]
    least = math.cbrt(math.fsum(r * r * r for r in padded)) if in_air else math.sqrt(math.fsum(r * r for r in padded))
    room = spread * least
    throw = throw_in_ball if in_air else throw_in_disc
    spots: list[tuple[float, ...]] = []
    for i, radius in enumerate(padded):
        tries = 0
        while True:
            spot = throw(max(room - radius, 0.0), stream)
            if all(math.dist(spot, spots[j]) >= radius + padded[j] for j in range(i)):
                break
            tries += 1
            if tries % TRIES == 0:
                room = room * GROWTH + 1e-9
        spots.append(spot)
    return spots


def throw_in_disc(reach: float, stream: Stream) -> tuple[float, float]:
    """A point (x, y) of the disc of radius `reach` about the origin, all equally likely."""
    distance = reach * math.sqrt(stream.uniform())
    angle = math.tau * stream.uniform()
    return distance * math.cos(angle), distance * math.sin(angle)


def throw_in_ball(reach: float, stream: Stream) -> tuple[float, float, float]:
    """A point (x, y, z) of the ball of radius `reach` about the origin, all equally likely."""
    distance = reach * math.cbrt(stream.uniform())
    angle = math.tau * stream.uniform()
    z = 2 * stream.uniform() - 1
    flat = math.sqrt(1 - z * z)
    return distance * flat * math.cos(angle), distance * flat * math.sin(angle), distance * z


def uniform_rotation(u1: float, u2: float, u3: float) -> FloatArray:
    """A rotation (3, 3) for three numbers in [0, 1), so that independent uniform numbers make every rotation equally
    likely (Haar measure): Shoemake's subgroup algorithm, "Uniform random rotations", Graphics Gems III, 1992."""
    a, b = math.sqrt(1 - u1), math.sqrt(u1)
    x, y = a * math.sin(math.tau * u2), a * math.cos(math.tau * u2)
    z, w = b * math.sin(math.tau * u3), b * math.cos(math.tau * u3)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
