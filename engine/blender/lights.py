"""The lights of a frame that stand beside its surroundings."""

from __future__ import annotations

import math

import bpy
from mathutils import Vector

from engine.frame.lights_spec import LightSpec

_KINDS = {"area": "AREA", "point": "POINT", "spot": "SPOT", "sun": "SUN"}

_SPOT_BLEND = 0.4
"""How much of a spot's cone is its soft edge; what it is aimed at gets the full light."""


class Lights:
    """The lights of a scene, made anew where another frame has others."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._scene = scene
        self._shown: tuple[LightSpec, ...] = ()
        self._objects: list[bpy.types.Object] = []

    def show(self, specs: tuple[LightSpec, ...]) -> None:
        """Have the scene lit by these and no others."""
        if specs == self._shown:
            return
        lamps = [thing.data for thing in self._objects]
        bpy.data.batch_remove(self._objects)
        bpy.data.batch_remove(lamps)
        self._objects = [light_object(spec, f"light {number}") for number, spec in enumerate(specs)]
        for thing in self._objects:
            self._scene.collection.objects.link(thing)
        self._shown = specs


def light_object(spec: LightSpec, name: str) -> bpy.types.Object:
    """A new light, linked to no collection; mirrors see it."""
    data = bpy.data.lights.new(name, _KINDS[spec.kind])
    brightest = max(spec.color)
    data.color = [part / brightest for part in spec.color]
    data.energy = brightest * energy(spec)
    match spec.kind:
        case "area":
            data.shape, data.size, data.size_y = "RECTANGLE", spec.width, spec.height
        case "sun":
            data.angle = math.radians(spec.width)
        case _:
            data.shadow_soft_size = spec.width / 2
            data.use_soft_falloff = False
    if spec.kind == "spot":
        data.spot_size, data.spot_blend = math.radians(spec.cone), _SPOT_BLEND
    thing = bpy.data.objects.new(name, data)
    thing.visible_camera = spec.seen
    thing.location = spec.position
    thing.rotation_euler = (Vector(spec.target) - Vector(spec.position)).to_track_quat("-Z", "Y").to_euler()
    return thing


def energy(spec: LightSpec) -> float:
    """What Blender wants as the light's energy: watts, of a sun watts per square metre.

    A sun's is its irradiance. A lamp of power P gives P / (4π d²) at distance d, a spot the same within its cone. An
    area light of sides w and h has the radiance P / (π w h); the irradiance is π times that times the form factor.
    """
    distance = math.dist(spec.position, spec.target)
    if spec.kind == "sun":
        return spec.irradiance
    if spec.kind == "area":
        return spec.irradiance * spec.width * spec.height / form_factor(spec.width, spec.height, distance)
    return spec.irradiance * 4 * math.pi * distance**2


def form_factor(width: float, height: float, distance: float) -> float:
    """Share of the light of a whole hemisphere that reaches a small surface from a rectangle which it faces on its
    axis: four times that of a corner (Howell, A Catalog of Radiation Heat Transfer Configuration Factors, B-3)."""
    x, y = width / (2 * distance), height / (2 * distance)
    far_x, far_y = math.hypot(1, x), math.hypot(1, y)
    return 2 / math.pi * (x / far_x * math.atan(y / far_x) + y / far_y * math.atan(x / far_y))
