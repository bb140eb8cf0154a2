"""The scenes that come with the program, as Blender's datablocks."""

from __future__ import annotations

import hashlib

import bpy
import msgspec
import numpy as np
from mathutils import Matrix

from engine.blender.lights import light_object
from engine.blender.props import prop_object
from engine.blender.scene import look_of_slot, material_of
from engine.blender.scene_import import ImportedScene
from engine.blender.whole_scene import Part
from engine.frame.demo_scenes import demo_scene
from engine.frame.lights_spec import LightSpec
from engine.frame.spec import PropSpec, rigid_inverse


def build_demo_scene(name: str, *, scale: float) -> tuple[ImportedScene, str]:
    """The scene in its own frame, a corner of its floor at the origin; and its content hash."""
    drawn = demo_scene(name)
    T_room_world = Matrix.Scale(scale, 4) @ Matrix(rigid_inverse(np.array(drawn.room.T_world_room)))  # noqa: N806
    things = tuple(_thing(f"{name} {n:03d}", prop, T_room_world) for n, prop in enumerate(drawn.props))
    lamps = tuple(_lamp(f"{name} lamp {n}", light, T_room_world) for n, light in enumerate(drawn.lights))
    digest = hashlib.blake2b(msgspec.msgpack.encode((drawn.room, drawn.props, drawn.lights)), digest_size=16)
    return ImportedScene(things, lamps, None, ()), digest.hexdigest()


def _thing(name: str, prop: PropSpec, T_room_world: Matrix) -> Part:  # noqa: N803 - a transform
    thing = prop_object(name, prop, {})
    mesh = thing.data
    for number in range(len(mesh.materials)):
        mesh.materials[number] = material_of(f"{name} {number}", look_of_slot(prop.look, number), None, {})
    part = Part(name, mesh, T_room_world @ thing.matrix_basis, {})
    bpy.data.objects.remove(thing)
    return part


def _lamp(name: str, light: LightSpec, T_room_world: Matrix) -> Part:  # noqa: N803 - a transform
    thing = light_object(light, name)
    part = Part(name, thing.data, T_room_world @ thing.matrix_basis, {"visible_camera": light.seen})
    bpy.data.objects.remove(thing)
    return part
