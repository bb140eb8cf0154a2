"""Draw the view."""

from __future__ import annotations

import math

import numpy as np

from engine.frame.catalog import ModelFacts
from engine.frame.draw_lens import Optics, draw_optics
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_matrix4, direction, distance_to_fill, look_at, turned_onto
from engine.frame.rng import Stream
from engine.frame.scene_view import SceneView
from engine.frame.spec import CameraSpec, ObjectSpec
from engine.recipe.camera import Camera
from engine.recipe.distributions import Constant


def draw_camera(
    camera: Camera,
    resolution: tuple[int, int],
    objects: tuple[ObjectSpec, ...],
    facts: list[ModelFacts],
    draws: Draws,
    view: SceneView | None = None,
) -> CameraSpec:
    """Draw where the camera is, what it looks at, and how it sees; `view` keeps it out of what is in a scene.

    Raises RenderError where its lens cannot, Unplaced where it has no room.
    """
    chosen = draws.pick("camera.target", len(objects))
    target, model = objects[chosen], facts[chosen]
    T_world_model = np.array(target.T_world_model)  # noqa: N806 - the frames' names
    centre = T_world_model[:3, :3] @ (model.centre * target.scale) + T_world_model[:3, 3]
    radius = max(model.radius * target.scale, 1e-9)

    optics = draw_optics(camera, resolution, draws)
    if view is None:
        eye = _eye(camera, optics, centre, radius, draws)
    else:
        eye = view.find(centre, radius, draws, lambda again: _eye(camera, optics, centre, radius, again))
    off = draws.number("camera.look_at_jitter", camera.look_at_jitter) * radius
    aim = centre + off * _random_direction(draws.stream("camera.look_at_direction"))
    T_world_camera = look_at(eye, aim, draws.number("camera.roll", camera.roll))  # noqa: N806
    ray = optics.ray(*_shift(camera, draws))
    if ray is not None:
        T_world_camera[:3, :3] = T_world_camera[:3, :3] @ turned_onto(ray).T
    return CameraSpec(
        width=optics.width,
        height=optics.height,
        focal_length_mm=optics.focal_length_mm,
        sensor_width_mm=optics.sensor_width_mm,
        T_world_camera=as_matrix4(T_world_camera),
        f_stop=draws.number("camera.f_stop", camera.f_stop),
        focus_distance=max(float((centre - eye) @ T_world_camera[:3, 2]), 1e-3 * float(np.linalg.norm(centre - eye))),
        target_instance_id=target.instance_id,
        pixel_aspect=optics.pixel_aspect,
        principal_point=optics.principal_point,
        lens=optics.lens,
    )


def _eye(camera: Camera, optics: Optics, centre: FloatArray, radius: float, draws: Draws) -> FloatArray:
    """Where the camera is, (3,), to look at a sphere."""
    if draws.text("camera.viewpoint", camera.viewpoint) == "box":
        box = camera.box
        axes = (("x", box.x), ("y", box.y), ("z", box.z))
        return np.array([draws.number(f"camera.box.{name}", distribution) for name, distribution in axes])
    if camera.distance is not None:
        distance = draws.number("camera.distance", camera.distance)
    else:
        fill = draws.number("camera.fill", camera.fill)
        distance = distance_to_fill(radius, optics.angle_to_fill(fill))
    azimuth = draws.number("camera.azimuth", camera.azimuth)
    eye: FloatArray = centre + distance * direction(azimuth, draws.number("camera.elevation", camera.elevation))
    return eye


def _shift(camera: Camera, draws: Draws) -> tuple[float, float]:
    """How far off the picture's centre its subject appears: fractions of width and height."""
    if camera.shift_x == camera.shift_y == Constant(0.0):
        return 0.0, 0.0
    return draws.number("camera.shift_x", camera.shift_x), draws.number("camera.shift_y", camera.shift_y)


def _random_direction(stream: Stream) -> FloatArray:
    z = 2 * stream.uniform() - 1
    return direction(stream.uniform() * 360, math.degrees(math.asin(z)))
