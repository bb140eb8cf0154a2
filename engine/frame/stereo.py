"""The right camera of a stereo pair: the left one, displaced along its x axis."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_matrix4
from engine.frame.motion_spec import Matrix4, Poses
from engine.frame.spec import FrameSpec, StereoSpec
from engine.recipe.model import Recipe
from engine.recipe.output import RIGHT_PASS


def draw_stereo(recipe: Recipe, draws: Draws, own: Draws) -> StereoSpec | None:
    """`draws` are those of the sequence, `own` the frame's. None, and nothing noted, where no pair is asked for."""
    if RIGHT_PASS not in recipe.render.passes:
        return None
    return StereoSpec(
        baseline=draws.number("camera.baseline", recipe.camera.baseline),
        cycles_seed=math.floor(own.stream("render.seed right").uniform() * 2**31),
        noise_seed=math.floor(own.stream("sensor.noise right").uniform() * 2**53),
    )


def eyes(spec: FrameSpec) -> FloatArray:
    """(N, 3) metres in the world: where the frame's cameras are, the left one first."""
    T = np.array(spec.camera.T_world_camera)  # noqa: N806 - a transform
    baselines = [0.0] if spec.stereo is None else [0.0, spec.stereo.baseline]
    places: FloatArray = T[:3, 3] + np.outer(baselines, T[:3, 0])
    return places


def right_of(spec: FrameSpec) -> FrameSpec:
    """The spec of the right picture of a pair, a frame by itself; `spec` must be one of a pair."""
    stereo = spec.stereo
    assert stereo is not None
    replaced = msgspec.structs.replace

    def moved(T_world_camera: Matrix4) -> Matrix4:  # noqa: N803 - a transform
        T = np.array(T_world_camera)  # noqa: N806 - a transform
        T[:3, 3] += stereo.baseline * T[:3, 0]
        return as_matrix4(T)

    def at(poses: Poses) -> Poses:
        return replaced(poses, T_world_camera=moved(poses.T_world_camera))

    sequence = spec.sequence
    if sequence is not None and sequence.shutter is not None:
        shutter = replaced(sequence.shutter, opened=at(sequence.shutter.opened), closed=at(sequence.shutter.closed))
        sequence = replaced(sequence, shutter=shutter)
    return replaced(
        spec,
        camera=replaced(spec.camera, T_world_camera=moved(spec.camera.T_world_camera)),
        cycles_seed=stereo.cycles_seed,
        sensor=spec.sensor and replaced(spec.sensor, noise_seed=stereo.noise_seed),
        sequence=sequence,
        stereo=None,
    )
