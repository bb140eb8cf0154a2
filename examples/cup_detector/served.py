"""Cups as they are served: with something to drink in them, and on saucers. A plug-in for the built-in cup.

    [[plugins]]
    module = "served.py"

Both are background to the masks, as all that plug-ins build: the mask of a full cup ends at the drink.
"""

import math
from random import Random

import bpy
from mathutils import Matrix

OPTIONS = {"full": 0.7, "saucers": 0.5, "order": (0.0, 1.0)}
"""Shares of the cups that are full and that have saucers; and what decides, cup by cup, in a frame."""

DRINKS = (
    ((0.02, 0.008, 0.003), 0.03), ((0.40, 0.16, 0.05), 0.25), ((0.45, 0.26, 0.13), 0.3), ((0.22, 0.06, 0.01), 0.02),
    ((0.10, 0.03, 0.012), 0.35), ((0.82, 0.78, 0.70), 0.1), ((0.30, 0.28, 0.08), 0.02),
)  # fmt: skip
"""Linear colour and roughness of coffee, crema, milk coffee, tea, cocoa, milk and green tea."""

RADIUS, HEIGHT, INSIDE = 0.0405, 0.092, 0.0362
"""Metres, of the built-in cup: its outer wall, its rim, and its inner wall."""

SIDES = 48

UPRIGHT = 0.999
"""Least cosine of the tilt of a cup that holds a drink."""


def randomize(spec, draws):
    for name in OPTIONS:
        draws.number(name)
    return spec


def build(scene, spec, values):
    for cup in spec.objects:
        chance = Random(f"{values['order']} {cup.instance_id}")
        full, saucer = chance.random() < values["full"], chance.random() < values["saucers"]
        if cup.model.name != "cup" or cup.T_world_model[2][2] < UPRIGHT:
            continue
        if full:
            color, roughness = chance.choice(DRINKS)
            level = HEIGHT * chance.uniform(0.45, 0.9)
            drink = turned("drink", [(0.0, level), (INSIDE - 0.002, level), (INSIDE, level + 0.0007)])
            put(scene, cup, drink, color, roughness)
        if saucer and spec.ground is not None and has_room(cup, spec.objects):
            white = (0.75, 0.74, 0.70)
            color = getattr(cup.look, "base_color", white) if chance.random() < 0.6 else white
            put(scene, cup, turned("saucer", saucer_profile(chance)), color, chance.uniform(0.08, 0.4))


def has_room(cup, others):
    """Whether no other object stands where a saucer would be."""
    near = 3.4 * RADIUS * cup.scale
    return all(math.dist(column(cup), column(it)) > near for it in others if it is not cup)


def column(thing):
    return [row[3] for row in thing.T_world_model[:2]]


def saucer_profile(chance):
    """(radius, height) from under the foot to the rim and back below, in metres."""
    wide, high = RADIUS * chance.uniform(1.65, 2.05), chance.uniform(0.012, 0.02)
    thick = 0.003
    above = [(0.6 * RADIUS, 0.003), (1.02 * RADIUS, 0.0032), (0.75 * wide, 0.5 * high), (wide, high)]
    return [*above, (wide, high - 0.6 * thick), (0.74 * wide, 0.5 * high - thick), (0.9 * RADIUS, 0.0004)]


def turned(name, profile):
    """The mesh that a line of (radius, height) leaves when it is turned about z."""
    mesh = bpy.data.meshes.new(name)
    angles = [2 * math.pi * i / SIDES for i in range(SIDES)]
    corners = [(r * math.cos(a), r * math.sin(a), z) for r, z in profile for a in angles]
    faces = [
        (row + i, row + (i + 1) % SIDES, row + SIDES + (i + 1) % SIDES, row + SIDES + i)
        for row in range(0, SIDES * (len(profile) - 1), SIDES)
        for i in range(SIDES)
    ]
    mesh.from_pydata(corners, [], faces, shade_flat=False)
    return mesh


def put(scene, cup, mesh, color, roughness):
    """Place a mesh that is given in the cup's own frame, with a plain material."""
    material = bpy.data.materials.new(mesh.name)
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    mesh.materials.append(material)
    thing = bpy.data.objects.new(mesh.name, mesh)
    factors = [cup.scale * stretch for stretch in cup.stretch]
    thing.matrix_world = Matrix([list(row) for row in cup.T_world_model]) @ Matrix.Diagonal((*factors, 1.0))
    scene.collection.objects.link(thing)
