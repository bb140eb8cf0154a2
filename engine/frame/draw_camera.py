"""Draw the view."""

from __future__ import annotations

import math

import numpy as np

from engine.frame.catalog import ModelFacts
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_matrix4, direction, distance_to_fill, look_at
from engine.frame.rng import Stream
from engine.frame.spec import CameraSpec, ObjectSpec
from engine.recipe.camera import Camera


def draw_camera(
    camera: Camera, resolution: tuple[int, int], objects: tuple[ObjectSpec, ...], facts: list[ModelFacts], draws: Draws
) -> CameraSpec:
    width, height = resolution
    chosen = draws.pick("camera.target", len(objects))
    target, model = objects[chosen], facts[chosen]
    T_world_model = np.array(target.T_world_model)  # noqa: N806 - the frames' names
    centre = T_world_model[:3, :3] @ (model.centre * target.scale) + T_world_model[:3, 3]
    radius = max(model.radius * target.scale, 1e-9)

    focal_length = draws.number("camera.focal_length", camera.focal_length)
    if camera.distance is not None:
        distance = draws.number("camera.distance", camera.distance)
    else:
        half_side = camera.sensor_width / 2 * min(1.0, height / width)
        fill = draws.number("camera.fill", camera.fill)
        distance = distance_to_fill(radius, fill, math.atan(half_side / focal_length))
    azimuth = draws.number("camera.azimuth", camera.azimuth)
    eye = centre + distance * direction(azimuth, draws.number("camera.elevation", camera.elevation))
    off = draws.number("camera.look_at_jitter", camera.look_at_jitter) * radius
    aim = centre + off * _random_direction(draws.stream("camera.look_at_direction"))
    T_world_camera = look_at(eye, aim, draws.number("camera.roll", camera.roll))  # noqa: N806
    return CameraSpec(
        width=width,
        height=height,
        focal_length_mm=focal_length,
        sensor_width_mm=camera.sensor_width,
        T_world_camera=as_matrix4(T_world_camera),
        f_stop=draws.number("camera.f_stop", camera.f_stop),
        focus_distance=max(float((centre - eye) @ T_world_camera[:3, 2]), 1e-3 * distance),
        target_instance_id=target.instance_id,
    )


def _random_direction(stream: Stream) -> FloatArray:
    z = 2 * stream.uniform() - 1
    return direction(stream.uniform() * 360, math.degrees(math.asin(z)))
