"""Draw the view."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class View:
    """What a camera looks at and how, wherever it is."""

    optics: Optics
    target_instance_id: int
    centre: FloatArray
    """(3,) of what it looks at, in the world, metres."""
    aim: FloatArray
    """(3,) where its axis goes, but for its shift."""
    roll: float
    ray: FloatArray | None
    f_stop: float

    def from_place(self, eye: FloatArray) -> CameraSpec:
        """The camera at `eye` (3,)."""
        optics = self.optics
        T_world_camera = look_at(eye, self.aim, self.roll)  # noqa: N806 - the frames' names
        if self.ray is not None:
            T_world_camera[:3, :3] = T_world_camera[:3, :3] @ turned_onto(self.ray).T
        ahead = self.centre - eye
        return CameraSpec(
            width=optics.width,
            height=optics.height,
            focal_length_mm=optics.focal_length_mm,
            sensor_width_mm=optics.sensor_width_mm,
            T_world_camera=as_matrix4(T_world_camera),
            f_stop=self.f_stop,
            focus_distance=max(float(ahead @ T_world_camera[:3, 2]), 1e-3 * float(np.linalg.norm(ahead))),
            target_instance_id=self.target_instance_id,
            pixel_aspect=optics.pixel_aspect,
            principal_point=optics.principal_point,
            lens=optics.lens,
        )


type Viewpoint = Callable[[Draws], FloatArray]
"""Draws where a camera is, (3,)."""


def draw_view(
    camera: Camera,
    resolution: tuple[int, int],
    objects: tuple[ObjectSpec, ...],
    facts: list[ModelFacts],
    draws: Draws,
    within: SceneView | None = None,
) -> tuple[View, Viewpoint]:
    """Draw what the camera looks at and how it sees; `within` keeps viewpoints out of what is in a scene.

    Raises RenderError where its lens cannot; viewpoints raise Unplaced where there is no room for one.
    """
    chosen = draws.pick("camera.target", len(objects))
    target, model = objects[chosen], facts[chosen]
    T_world_model = np.array(target.T_world_model)  # noqa: N806 - the frames' names
    centre = T_world_model[:3, :3] @ (model.centre * target.scale) + T_world_model[:3, 3]
    radius = max(model.radius * target.scale, 1e-9)
    optics = draw_optics(camera, resolution, draws)
    off = draws.number("camera.look_at_jitter", camera.look_at_jitter) * radius
    view = View(
        optics=optics,
        target_instance_id=target.instance_id,
        centre=centre,
        aim=centre + off * _random_direction(draws.stream("camera.look_at_direction")),
        roll=draws.number("camera.roll", camera.roll),
        ray=optics.ray(*_shift(camera, draws)),
        f_stop=draws.number("camera.f_stop", camera.f_stop),
    )

    def viewpoint(draws: Draws) -> FloatArray:
        if within is None:
            return _eye(camera, optics, centre, radius, draws)
        return within.find(centre, radius, draws, lambda again: _eye(camera, optics, centre, radius, again))

    return view, viewpoint


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
