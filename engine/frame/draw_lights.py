"""Draw the lights beside the surroundings.

A light's `strength` s is relative: on a surface at the objects' centre that faces the light it yields the irradiance
E = s · π · LEVEL_LUMINANCE. That is what levelled surroundings of strength 1 give a surface, averaged over all ways in
which it may face. It holds whatever the light's size and distance, and whatever the size of the objects.
"""

from __future__ import annotations

import math
from typing import Literal, cast

import numpy as np

from engine.frame.blackbody import light_color
from engine.frame.catalog import ModelFacts
from engine.frame.draw_surroundings import LEVEL_LUMINANCE
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_point, direction
from engine.frame.lights_spec import LightSpec
from engine.frame.spec import CameraSpec, ObjectSpec
from engine.recipe.lights import Light

type _Kind = Literal["area", "point", "spot", "sun"]

_FLASH_OFFSET = 0.06
"""How far above the lens a flash sits, as a fraction of its distance from what it lights."""


def draw_lights(
    lights: tuple[Light, ...], stand: tuple[FloatArray, float], start: CameraSpec, camera: CameraSpec, draws: Draws
) -> tuple[LightSpec, ...]:
    """`stand` is the centre and radius of what is lit. A flash goes with the `camera`, other lights stay where they
    stood in view of the camera at its `start`."""
    centre, radius = stand
    return tuple(
        _draw_light(light, f"lights[{i}][{n}]", centre, radius, start, camera, draws)
        for i, light in enumerate(lights)
        for n in range(draws.integer(f"lights[{i}].count", light.count))
    )


def stand_of(objects: tuple[ObjectSpec, ...], facts: list[ModelFacts]) -> tuple[FloatArray, float]:
    """Centre (3,) of the box round all objects, and the greatest distance of a point of theirs from it, metres."""
    points = points_of(objects, facts)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    return centre, max(float(np.linalg.norm(points - centre, axis=1).max()), 1e-9)


def points_of(objects: tuple[ObjectSpec, ...], facts: list[ModelFacts]) -> FloatArray:
    """The corners of all objects' hulls in the world, (N, 3), metres."""
    clouds = []
    for instance, model in zip(objects, facts, strict=True):
        T = np.array(instance.T_world_model)  # noqa: N806
        clouds.append(model.hull @ T[:3, :3].T * instance.scale + T[:3, 3])
    return np.concatenate(clouds)


def _draw_light(
    light: Light, name: str, centre: FloatArray, radius: float, start: CameraSpec, camera: CameraSpec, draws: Draws
) -> LightSpec:
    kind = draws.text(f"{name}.kind", light.kind)
    size = draws.number(f"{name}.size", light.size)
    strength = draws.number(f"{name}.strength", light.strength)
    color = light_color(draws.number(f"{name}.temperature", light.temperature))
    if kind == "flash":
        position = _beside_the_lens(camera, centre)
    else:
        azimuth = draws.number(f"{name}.azimuth", light.azimuth)
        if light.azimuth_from == "camera":
            azimuth += azimuth_of(np.array(start.T_world_camera)[:3, 3] - centre)
        elevation = draws.number(f"{name}.elevation", light.elevation)
        distance = 1.0 if kind == "sun" else draws.number(f"{name}.distance", light.distance)
        position = centre + distance * radius * direction(azimuth, elevation)
    aspect = draws.number(f"{name}.aspect", light.aspect) if kind == "area" else 1.0
    across = 2 * float(np.linalg.norm(position - centre)) * math.tan(math.radians(size) / 2)
    return LightSpec(
        kind=cast("_Kind", "area" if kind == "flash" else kind),
        position=as_point(position),
        target=as_point(centre),
        width=size if kind == "sun" else across * math.sqrt(aspect),
        height=size if kind == "sun" else across / math.sqrt(aspect),
        cone=draws.number(f"{name}.cone", light.cone) if kind == "spot" else 0.0,
        color=color,
        irradiance=strength * math.pi * LEVEL_LUMINANCE,
    )


def _beside_the_lens(camera: CameraSpec, centre: FloatArray) -> FloatArray:
    """Where a camera's own flash sits: a little above the lens, as the camera is held."""
    T = np.array(camera.T_world_camera)  # noqa: N806
    lens: FloatArray = T[:3, 3]
    return lens - _FLASH_OFFSET * float(np.linalg.norm(centre - lens)) * T[:3, 1]


def azimuth_of(vector: FloatArray) -> float:
    """Degrees about the vertical at which a vector points, counted as `direction` does."""
    return math.degrees(math.atan2(vector[1], vector[0]))
