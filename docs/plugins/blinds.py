"""Slats beside the objects, as of a blind, that throw stripes of shadow; dimmer light; skies from a folder."""

import math

import bpy
import msgspec
from mathutils import Matrix

OPTIONS = {"slats": (5, 12), "gap": (0.3, 0.6), "turn": (60, 300), "dim": (0.7, 1.0), "skies": ""}


def assets(options):
    return {"surroundings.hdris": [options["skies"]] if options["skies"] else []}


def randomize(spec, draws):
    draws.integer("slats"), draws.number("gap"), draws.number("turn")  # `build` gets what was drawn
    world = msgspec.structs.replace(spec.world, strength=spec.world.strength * draws.number("dim"))
    return msgspec.structs.replace(spec, world=world)


def build(scene, spec, values):
    count, size = int(values["slats"]), 0.6 * spec.camera.focus_distance
    low = [size * n / count for n in range(count)]
    edges = [(z, z + (1 - values["gap"]) * size / count) for z in low]
    corners = [(size, y, z) for a, b in edges for y, z in ((-size, a), (size, a), (size, b), (-size, b))]
    mesh = bpy.data.meshes.new("slats")
    mesh.from_pydata(corners, [], [tuple(range(4 * n, 4 * n + 4)) for n in range(count)])
    thing = bpy.data.objects.new("slats", mesh)
    eye = math.atan2(spec.camera.T_world_camera[1][3], spec.camera.T_world_camera[0][3])
    thing.matrix_world = Matrix.Rotation(eye + math.radians(values["turn"]), 4, "Z")
    scene.collection.objects.link(thing)
