"""A frame's place in its sequence, and where all is a little earlier and later."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from engine.frame.draw_motion import Movement
from engine.frame.draws import Draws
from engine.frame.motion_spec import Matrix4, Poses, SequenceSpec, ShutterSpec
from engine.frame.spec import CameraSpec, ObjectSpec
from engine.recipe.distributions import Constant
from engine.recipe.model import Recipe


def draw_sequence(
    recipe: Recipe,
    number: int,
    frame: int,
    camera_at: Callable[[float], CameraSpec],
    movement: Movement,
    draws: Draws,
) -> SequenceSpec | None:
    """Of frame `frame` of sequence `number`, whose camera is known by time in seconds; None where frames stand alone
    and nothing moves."""
    motion = recipe.motion
    if motion.frames == 1 and motion.moves == Constant("none"):
        return None
    shutter = draws.number("camera.shutter", recipe.camera.shutter)

    def poses(later: float) -> Poses:
        """So many frames later."""
        time = (frame + later) / motion.rate
        return Poses(camera_at(time).T_world_camera, movement.poses(time))

    return SequenceSpec(
        number=number,
        frame=frame,
        frames=motion.frames,
        rate=motion.rate,
        time=frame / motion.rate,
        previous=poses(-1),
        next=poses(1),
        shutter=ShutterSpec(shutter / motion.rate, poses(-shutter / 2), poses(shutter / 2)) if shutter > 0 else None,
    )


def moved(objects: Sequence[ObjectSpec], poses: Sequence[Matrix4]) -> tuple[ObjectSpec, ...]:
    """The objects in other poses; where they are if there are none."""
    if not poses:
        return tuple(objects)
    return tuple(msgspec.structs.replace(it, T_world_model=pose) for it, pose in zip(objects, poses, strict=True))
