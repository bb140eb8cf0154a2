"""Frames that follow each other: where things are a little earlier and a little later. Plain data."""

from __future__ import annotations

import msgspec

type Matrix4 = tuple[
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
]


class Poses(msgspec.Struct, frozen=True):
    """Where all is at another moment. `T_a_b`, row major, as in a FrameSpec."""

    T_world_camera: Matrix4
    T_world_model: tuple[Matrix4, ...] = ()
    """Of the frame's objects, in their order; empty where all of them stand still."""


class ShutterSpec(msgspec.Struct, frozen=True):
    """Motion blur. In between things move evenly, from `opened` by the frame's own poses to `closed`."""

    seconds: float
    """How long it is open, half of it before and half of it after the frame's own moment."""
    opened: Poses
    closed: Poses


class SequenceSpec(msgspec.Struct, frozen=True):
    """A frame's place among those that follow each other. The frame's own poses are those of its moment, which is the
    middle of its exposure."""

    number: int
    """Of the sequence in the dataset, from 0."""
    frame: int
    """Of the frame in the sequence, from 0."""
    frames: int
    """How many there are in a sequence."""
    rate: float
    """Frames in a second."""
    time: float
    """Seconds since the moment of the sequence's first frame."""
    previous: Poses
    """At the moment of the frame before. Before the first one, things moved as they do then."""
    next: Poses
    """At the moment of the frame after; the motion of the last one goes on."""
    shutter: ShutterSpec | None = None
    """None: the picture is sharp, as if it took no time."""
