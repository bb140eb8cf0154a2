"""The scene from a file that the objects of a frame stand in."""

from __future__ import annotations

import msgspec

from engine.frame.looks_spec import AssetRef


class SceneSpec(msgspec.Struct, frozen=True):
    """Which scene it is, and where the world's origin is in it: a place on one of its surfaces."""

    file: AssetRef
    number: int
    """Which of the recipe's scenes it is, in their order."""
    scale: float
    """Factor from the file's own size, after its unit and up axis were applied."""
    T_world_scene: tuple[tuple[float, float, float, float], ...]
    """Rigid, (4, 4): of the scene's frame, which is the file's, z up, times `scale`. It only moves it."""
    lamps: bool
    """Whether the file's own lamps are on."""
    sky: bool
    """Whether its own surroundings are round it, instead of the frame's `world`."""
    expose: bool
    """Whether the picture is brought to a usual brightness before `exposure`."""
