"""Cups as they are served: with something to drink in them, on saucers, with small things round them that are no cups.
A plug-in for the built-in cup.

    [[plugins]]
    module = "served.py"

All of it is background to the masks, as what plug-ins build is: the mask of a full cup ends at the drink.
"""

import math
from random import Random

import bpy
from mathutils import Matrix

OPTIONS = {"full": 0.7, "saucers": 0.5, "beside": (0, 12), "order": (0.0, 1.0)}
"""Shares of the cups that are full and that have saucers; how many spoons, coins and biscuits lie about; what decides
which, and where, in a frame."""

DRINKS = (
    ((0.02, 0.008, 0.003), 0.03), ((0.40, 0.16, 0.05), 0.25), ((0.45, 0.26, 0.13), 0.3), ((0.22, 0.06, 0.01), 0.02),
    ((0.10, 0.03, 0.012), 0.35), ((0.82, 0.78, 0.70), 0.1), ((0.30, 0.28, 0.08), 0.02),
)  # fmt: skip
"""Linear colour and roughness of coffee, crema, milk coffee, tea, cocoa, milk and green tea."""

RADIUS, HEIGHT, INSIDE = 0.0405, 0.092, 0.0362
"""Metres, of the built-in cup: its outer wall, its rim, and its inner wall."""

METALS = ((0.75, 0.73, 0.70), (0.80, 0.55, 0.22), (0.62, 0.30, 0.18), (0.40, 0.40, 0.42))
"""Linear colours of steel, brass, copper and old silver."""

DOUGH = ((0.50, 0.28, 0.10), (0.70, 0.50, 0.26), (0.09, 0.04, 0.02), (0.78, 0.70, 0.58))
"""Of biscuits."""

SIDES = 48

UPRIGHT = 0.999
"""Least cosine of the tilt of a cup that holds a drink."""


def randomize(spec, draws):
    for name in OPTIONS:
        draws.number(name)
    return spec


def build(scene, spec, values):
    taken = [(*column(cup), 1.3 * RADIUS * cup.scale) for cup in spec.objects]
    for cup in spec.objects:
        chance = Random(f"{values['order']} {cup.instance_id}")
        full, saucer = chance.random() < values["full"], chance.random() < values["saucers"]
        if cup.model.name != "cup" or cup.T_world_model[2][2] < UPRIGHT:
            continue
        factors = [cup.scale * stretch for stretch in cup.stretch]
        place = Matrix([list(row) for row in cup.T_world_model]) @ Matrix.Diagonal((*factors, 1.0))
        if full:
            color, roughness = chance.choice(DRINKS)
            level = HEIGHT * chance.uniform(0.45, 0.9)
            drink = turned("drink", [(0.0, level), (INSIDE - 0.002, level), (INSIDE, level + 0.0007)])
            put(scene, place, drink, color, roughness)
        room = 2.1 * RADIUS * cup.scale
        if saucer and spec.ground is not None and is_free(column(cup), room, taken, cup):
            white = (0.75, 0.74, 0.70)
            color = getattr(cup.look, "base_color", white) if chance.random() < 0.6 else white
            put(scene, place, turned("saucer", saucer_profile(chance)), color, chance.uniform(0.08, 0.4))
            taken.append((*column(cup), room))
    if spec.ground is not None:
        lay_about(scene, spec, round(values["beside"]), Random(f"{values['order']} beside"), taken)


def lay_about(scene, spec, count, chance, taken):
    """Lay spoons, coins and biscuits on the table, where there is room."""
    around = next(it for it in spec.objects if it.instance_id == spec.camera.target_instance_id)
    for _ in range(count):
        angle, far = chance.uniform(0, 2 * math.pi), around.scale * RADIUS * chance.uniform(1.5, 4)
        at = [
            value + far * turn for value, turn in zip(column(around), (math.cos(angle), math.sin(angle)), strict=True)
        ]
        kind, size = chance.choice(("coin", "biscuit", "spoon")), around.scale * chance.uniform(0.8, 1.8)
        radius = {"coin": 0.016, "biscuit": 0.026, "spoon": 0.05}[kind]
        room = radius * size
        if not is_free(at, room, taken):
            continue
        taken.append((*at, room))
        place = Matrix.Translation((*at, 0.0)) @ Matrix.Rotation(chance.uniform(0, 2 * math.pi), 4, "Z")
        place @= Matrix.Scale(size, 4)
        if kind == "spoon":
            put(scene, place, spoon(), chance.choice(METALS), chance.uniform(0.05, 0.3), metallic=1.0)
        else:
            metal = kind == "coin"
            high = 0.0018 if metal else chance.uniform(0.004, 0.01)
            edge = 0.9 if metal else 0.75
            disc = turned(kind, [(0.0, high), (edge * radius, high), (radius, 0.6 * high), (radius, 0.0)])
            color = chance.choice(METALS if metal else DOUGH)
            put(scene, place, disc, color, chance.uniform(0.2, 0.6), metallic=float(metal), relief=high)


def is_free(at, room, taken, own=None):
    """Whether nothing of what has its place, (x, y, radius) each, is so near; a cup's own place does not count."""
    others = taken if own is None else [place for place in taken if place[:2] != tuple(column(own))]
    return all(math.dist(at, (x, y)) > room + radius for x, y, radius in others)


def column(thing):
    return [row[3] for row in thing.T_world_model[:2]]


def saucer_profile(chance):
    """(radius, height) from under the foot to the rim and back below, in metres."""
    wide, high = RADIUS * chance.uniform(1.65, 2.05), chance.uniform(0.012, 0.02)
    thick = 0.003
    above = [(0.6 * RADIUS, 0.003), (1.02 * RADIUS, 0.0032), (0.75 * wide, 0.5 * high), (wide, high)]
    return [*above, (wide, high - 0.6 * thick), (0.74 * wide, 0.5 * high - thick), (0.9 * RADIUS, 0.0004)]


def spoon():
    """A teaspoon of 13 cm that lies on its bowl, the handle along x."""
    mesh = turned(
        "spoon", [(0.0, 0.003), (0.006, 0.0035), (0.0125, 0.009), (0.0135, 0.009), (0.007, 0.001), (0.0, 0.0)]
    )
    corners = [vertex.co for vertex in mesh.vertices]
    faces = [tuple(face.vertices) for face in mesh.polygons]
    wide = [(1.5 * co.x - 0.045, co.y, co.z) for co in corners]
    handle = [(-0.028, 0.003, 0.008), (0.0, 0.002, 0.013), (0.07, 0.0045, 0.004)]
    first = len(wide)
    wide += [(x, side * y, z + lift) for x, y, z in handle for side in (-1, 1) for lift in (0.0, 0.0012)]
    for a in (first, first + 4):
        faces += [(a, a + 4, a + 6, a + 2), (a + 1, a + 3, a + 7, a + 5), (a, a + 1, a + 5, a + 4)]
        faces.append((a + 2, a + 6, a + 7, a + 3))
    mesh.clear_geometry()
    mesh.from_pydata(wide, [], faces, shade_flat=False)
    return mesh


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


def put(scene, place, mesh, color, roughness, metallic=0.0, relief=0.0):
    """Place a mesh, with a plain material; `relief` is the height of bumps in metres."""
    material = bpy.data.materials.new(mesh.name)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*color, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    if relief:
        noise, bump, frame = (nodes.new(f"ShaderNode{kind}") for kind in ("TexNoise", "Bump", "TexCoord"))
        noise.inputs["Scale"].default_value = 180.0
        bump.inputs["Distance"].default_value = relief
        links.new(frame.outputs["Object"], noise.inputs["Vector"])
        links.new(noise.outputs["Fac"], bump.inputs["Height"])
        links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    mesh.materials.append(material)
    thing = bpy.data.objects.new(mesh.name, mesh)
    thing.matrix_world = place
    scene.collection.objects.link(thing)
