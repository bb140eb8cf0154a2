"""Motion blur: the scene of a frame while its shutter is open.

Cycles asks Blender's scene for the middle, the beginning and the end of the exposure. Keys stand at just these three
moments, so nothing is left to how curves run between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
from mathutils import Matrix

OPENED, MIDDLE, CLOSED = 0.5, 1.0, 1.5
"""Frames of Blender's clock; `MIDDLE` is the one that is rendered."""

_PATHS = ("location", "rotation_quaternion", "scale")

type Moving = tuple[bpy.types.Object, Sequence[Matrix]]
"""An object, and its world matrices when the shutter opens, in the middle, and when it closes."""


def blur(scene: Any, moving: Sequence[Moving]) -> None:
    """Have objects of `scene` move while the shutter is open. Where none moves there is no blur."""
    render = scene.render
    if render.use_motion_blur != bool(moving):
        render.use_motion_blur = bool(moving)
        scene.update_tag()
    if not moving:
        return
    if render.motion_blur_shutter != CLOSED - OPENED:
        render.motion_blur_shutter = CLOSED - OPENED
        scene.update_tag()
    for thing, matrices in moving:
        thing.rotation_mode = "QUATERNION"
        _key(thing, matrices)
    scene.frame_set(int(MIDDLE))


def stand_still(moving: Sequence[Moving]) -> None:
    """Take the motion back, and all that it has changed but the objects' places."""
    actions = [thing.animation_data.action for thing, _ in moving]
    for thing, _ in moving:
        thing.animation_data_clear()
        thing.rotation_mode = "XYZ"
    bpy.data.batch_remove(actions)


def _key(thing: Any, matrices: Sequence[Matrix]) -> None:
    first = None
    for moment, matrix in zip((OPENED, MIDDLE, CLOSED), matrices, strict=True):
        location, rotation, scale = matrix.decompose()
        # A quaternion and its negative are one rotation, but not one way from another.
        first = first or rotation.copy()
        rotation.make_compatible(first)
        thing.location, thing.rotation_quaternion, thing.scale = location, rotation, scale
        for path in _PATHS:
            thing.keyframe_insert(path, frame=moment)
