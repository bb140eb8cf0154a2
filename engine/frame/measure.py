"""Measuring a drawn frame's facts."""

from __future__ import annotations

import math

import numpy as np

from engine.frame.backdrop_spec import PhotoCrop
from engine.frame.catalog import Catalog, HdriFacts
from engine.frame.draw_surroundings import LEVEL_LUMINANCE
from engine.frame.facts import Box, FrameFacts
from engine.frame.geometry import direction
from engine.frame.projection import Projection
from engine.frame.sky_light import irradiance_facing
from engine.frame.spec import FloatArray, FrameSpec, WorldSpec, rigid_inverse

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def facts_of(spec: FrameSpec, catalog: Catalog) -> FrameFacts:
    """The facts of a frame. `catalog` is the one that it was drawn from."""
    viewpoint = _viewpoint(spec, catalog)
    vector, mean = _light(spec, catalog)
    length = float(np.linalg.norm(vector))
    return FrameFacts(
        index=spec.index,
        attempt=spec.attempt,
        azimuth=_azimuth(viewpoint),
        elevation=_elevation(viewpoint),
        distance=float(np.linalg.norm(viewpoint)),
        boxes=tuple(_boxes(spec, catalog)),
        light_azimuth=_azimuth(vector),
        light_elevation=_elevation(vector),
        light_share=length / mean if mean > 0 else 0.0,
        light_strength=math.log2(max(mean, 1e-9) / LEVEL_LUMINANCE),
        background=_background(spec),
        drawn=spec.drawn,
        redrawn=spec.redrawn,
    )


def _viewpoint(spec: FrameSpec, catalog: Catalog) -> FloatArray:
    """The camera's place (3,), seen from the centre of the model that it looks at, in the model's frame, metres."""
    target = next(item for item in spec.objects if item.instance_id == spec.camera.target_instance_id)
    eye = rigid_inverse(np.array(target.T_world_model)) @ np.array(spec.camera.T_world_camera)[:, 3]
    place: FloatArray = eye[:3] - catalog.facts_of(target).centre * target.scale
    return place


def _boxes(spec: FrameSpec, catalog: Catalog) -> list[Box]:
    projection = Projection.of(spec.camera)
    T_camera_world = rigid_inverse(np.array(spec.camera.T_world_camera))  # noqa: N806 - the frames' names
    size = np.array([spec.camera.width, spec.camera.height])
    found: list[Box] = []
    for item in spec.objects:
        T = T_camera_world @ np.array(item.T_world_model)  # noqa: N806
        extremes = projection.extremes(catalog.facts_of(item).hull * item.scale @ T[:3, :3].T + T[:3, 3])
        if extremes is None:
            continue
        left, top = np.clip((extremes[0] + 0.5) / size, 0.0, 1.0).tolist()
        right, bottom = np.clip((extremes[1] + 0.5) / size, 0.0, 1.0).tolist()
        if left < right and top < bottom:
            found.append(((left + right) / 2, (top + bottom) / 2, right - left, bottom - top))
    return found


def _light(spec: FrameSpec, catalog: Catalog) -> tuple[FloatArray, float]:
    """The light vector (3,) in the world, and the mean radiance from all directions, at the objects."""
    vector, mean = _light_of_world(spec.world, catalog)
    for light in spec.lights:
        away = np.subtract(light.position, light.target)
        # Its irradiance, spread over all directions.
        share = light.irradiance / (4 * math.pi)
        vector = vector + share * away / max(float(np.linalg.norm(away)), 1e-12)
        mean += share
    if spec.scene is not None and spec.scene.lamps:
        origin = rigid_inverse(np.array(spec.scene.T_world_scene))[:3, 3]
        for lamp in catalog.scenes[spec.scene.number].lamps:
            away = np.array(lamp.position) if lamp.is_sun else np.array(lamp.position) - origin
            distance = max(float(np.linalg.norm(away)), 1e-3)
            share = lamp.irradiance / (1.0 if lamp.is_sun else distance**2) / (4 * math.pi)
            vector = vector + share * away / distance
            mean += share
    return vector, mean


def _light_of_world(world: WorldSpec, catalog: Catalog) -> tuple[FloatArray, float]:
    strength = world.strength * float(_LUMINANCE @ world.tint)
    if world.sky is not None:
        # Most of it comes from the sun: here, as if all did.
        mean = strength * irradiance_facing(world.sky.sun_elevation, world.sky.haze) / (4 * math.pi)
        return mean * direction(world.rotation, world.sky.sun_elevation), mean
    if world.hdri is None:
        return np.zeros(3), strength
    hdri = _hdri(world.hdri.content_hash, catalog)
    x, y, z = hdri.light
    turn = math.radians(world.rotation)
    turned = [x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn), z]
    return strength * np.array(turned), strength * hdri.mean_luminance


def _hdri(content_hash: str, catalog: Catalog) -> HdriFacts:
    return next(hdri for hdri in catalog.hdris if hdri.ref.content_hash == content_hash)


def _background(spec: FrameSpec) -> str:
    if spec.backdrop is not None and isinstance(spec.backdrop.picture, PhotoCrop):
        return spec.backdrop.picture.photo.name
    if spec.scene is not None:
        return spec.scene.file.name
    if spec.world.hdri is not None:
        return spec.world.hdri.name
    return "sky" if spec.world.sky is not None else "plain"


def _azimuth(vector: FloatArray) -> float:
    return math.degrees(math.atan2(vector[1], vector[0]))


def _elevation(vector: FloatArray) -> float:
    return math.degrees(math.atan2(vector[2], math.hypot(vector[0], vector[1])))
