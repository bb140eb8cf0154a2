"""Small scenes, built fresh, for the tests of rendering."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Vector

GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))


def empty() -> Any:
    """A scene with nothing in it, in a Blender with factory settings."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene


def objects_on_a_floor(count: int = 12) -> Any:
    """`count` objects of four shared meshes with pass indices 1 to `count`, touching and hiding each other, on a
    floor with index 0, under a plain sky with a lamp, seen by a camera from the side."""
    scene = empty()
    meshes = [_grab(make) for make in _PRIMITIVES]
    for index in range(count):
        thing = bpy.data.objects.new(f"thing {index}", meshes[index % len(meshes)])
        angle, radius = index * GOLDEN_ANGLE, 0.55 * math.sqrt(index + 0.5)
        thing.location = (radius * math.cos(angle), radius * math.sin(angle), 0.5 + 0.35 * (index % 3))
        thing.rotation_euler = Euler((0.7 * index, 1.3 * index, 2.1 * index))
        thing.scale = [0.75 + 0.05 * (index % 5)] * 3
        thing.pass_index = index + 1
        thing.data.materials or thing.data.materials.append(None)
        thing.material_slots[0].link = "OBJECT"
        thing.material_slots[0].material = coloured(f"paint {index}", hue=index / count)
        scene.collection.objects.link(thing)
    bpy.ops.mesh.primitive_plane_add(size=12)
    bpy.context.object.name = "floor"
    sky(scene)
    lamp(scene)
    camera(scene, location=(4.2, -4.6, 3.4), target=(0, 0, 0.6))
    return scene


def camera(scene: Any, location: tuple[float, ...], target: tuple[float, ...] = (0, 0, 0)) -> Any:
    """Add a camera that looks at `target` and make it the scene's."""
    thing = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(thing)
    thing.location = location
    thing.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    scene.camera = thing
    return thing


def lamp(scene: Any) -> Any:
    """Add a small, strong lamp, so that pictures have highlights brighter than white."""
    thing = bpy.data.objects.new("lamp", bpy.data.lights.new("lamp", "POINT"))
    thing.data.energy, thing.data.shadow_soft_size = 400.0, 0.2
    thing.location = (2.0, -2.0, 4.0)
    scene.collection.objects.link(thing)
    return thing


def sky(scene: Any, strength: float = 0.6) -> Any:
    """Give the scene a plain bluish world."""
    world = bpy.data.worlds.new("sky")
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.55, 0.7, 1.0, 1.0)
    background.inputs["Strength"].default_value = strength
    scene.world = world
    return world


def coloured(name: str, hue: float) -> Any:
    """A glossy material of that hue (0 to 1)."""
    material = bpy.data.materials.new(name)
    shader = principled(material)
    wave = [0.5 + 0.45 * math.cos(2 * math.pi * (hue - shift / 3)) for shift in range(3)]
    shader.inputs["Base Color"].default_value = (*wave, 1.0)
    shader.inputs["Roughness"].default_value = 0.3
    return material


def principled(material: Any) -> Any:
    """The material's Principled BSDF node."""
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def keyframed(thing: Any, path: str, values: dict[int, Any]) -> None:
    """Animate a property: frame to value, linear in between."""
    for frame, value in values.items():
        setattr(thing, path, value)
        thing.keyframe_insert(path, frame=frame)
    for curve in thing.animation_data.action.layers[0].strips[0].channelbags[0].fcurves:
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"


def linear_gradient(height: int, width: int) -> np.ndarray:
    """(H, W, 3) float32 from black to 8 times white in differing hues, the same on every call."""
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return np.stack([8 * across**3 * (1 - down), 8 * across**3 * down, 4 * across**2 * np.ones_like(down)], axis=-1)


def _grab(make: Callable[[], Any]) -> Any:
    make()
    thing = bpy.context.object
    mesh = thing.data
    bpy.data.objects.remove(thing)
    return mesh


_PRIMITIVES = (
    lambda: bpy.ops.mesh.primitive_monkey_add(size=1.0),
    lambda: bpy.ops.mesh.primitive_torus_add(major_radius=0.45, minor_radius=0.15),
    lambda: bpy.ops.mesh.primitive_cylinder_add(radius=0.35, depth=0.9),
    lambda: bpy.ops.mesh.primitive_cube_add(size=0.7),
)
