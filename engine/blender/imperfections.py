"""Wear on any material: scratches, smudges, fingerprints, dust, stains, uneven glaze; on the mug also chips and tea.

Everything follows object coordinates and a seed. Textures are solid (cut from three dimensions), so that they need no
texture coordinates and have no seams.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from engine.blender.cup import DEFAULT_SHAPE, REGION_ATTRIBUTE, Region
from engine.blender.nodes import Graph, Socket, Value, linear, offset

NATURAL_SIZE = 0.09
"""Size of the object that the lengths below are made for, metres."""

METAL_MARK = linear((0.42, 0.41, 0.40))
"""What a spoon leaves on a glaze."""

BISQUE = linear((0.83, 0.76, 0.67))
"""The fired clay under the glaze."""

TEA = linear((0.62, 0.42, 0.22))
DUST = linear((0.66, 0.63, 0.58))


@dataclass(frozen=True, slots=True)
class Wear:
    """Masks from 0 to 1, and what they do together to the shape."""

    scratches: Value
    smudges: Value
    dust: Value
    stains: Value
    shade: Value
    """Factor on the colour: the glaze is thicker here, thinner there."""

    chips: Value
    height: Value
    """Metres."""


def imperfect(
    material: bpy.types.Material, amount: float, seed: float, size: float = NATURAL_SIZE, *, is_cup: bool = False
) -> None:
    """Wear `material` out, in place: every Principled BSDF in it, whatever feeds its inputs.

    `amount` is 0 (the material is left as it is) to 1 (heavily worn); `seed`, 0 to 1, says where the wear lies;
    `size` is the size of the object in its own coordinates, in which wear is as large as on a mug of 9 cm.
    `is_cup` adds chips at the rim and a tea stain inside, for the built-in mug. Nodes of other types are left alone.
    """
    if amount <= 0.0 or material.node_tree is None:
        return
    shaders = [node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"]
    if not shaders:
        return
    g = Graph(material.node_tree)
    wear = _wear(g, min(amount, 1.0), seed, size / NATURAL_SIZE, is_cup)
    for shader in shaders:
        _apply(g, shader, wear)


def _wear(g: Graph, amount: float, seed: float, unit: float, is_cup: bool) -> Wear:
    here = g.object_position()
    position = here if unit == 1.0 else g.vector("MULTIPLY", here, (1.0 / unit,) * 3)
    point = g.vector("ADD", position, offset(seed, 11))
    marks, prints = _long_scratches_and_prints(g, point, amount)
    scratches = g.either(marks, _hairlines(g, point, amount))
    smear = g.ramp(g.noise(point, 26.0, 3.0, 0.6), 0.50, 0.68)
    smudges = g.multiply(g.either(smear, prints), 0.3 + 0.7 * amount)
    stains = _stains(g, point, amount)
    uneven = g.subtract(g.noise(point, 38.0, 1.0), 0.5)
    shade = g.add(1.0, g.multiply(uneven, 0.9 * amount))
    height: Value = g.multiply(uneven, 0.0016 * unit * amount)
    chips: Value = 0.0
    if is_cup:
        stains = g.either(stains, _tea(g, here, point, amount))
        chips = _chips(g, here, point, amount)
        height = g.subtract(height, g.multiply(chips, 0.0009))
    return Wear(scratches, smudges, _dust(g, point, amount), stains, shade, chips, height)


def _scratch(g: Graph, point: Socket, cells: bpy.types.Node, cell: float, width: float) -> Socket:
    """A straight cut through each Voronoi cell's middle in a direction of its own, fading out before the border."""
    away = g.vector("SUBTRACT", point, cells.outputs["Position"])
    direction = g.vector("NORMALIZE", g.vector("SUBTRACT", cells.outputs["Color"], (0.5, 0.5, 0.5)))
    off = g.math("ABSOLUTE", g.vector("DOT_PRODUCT", away, direction))
    line = g.ramp(off, width * 0.5, width * 0.15)
    return g.multiply(line, g.ramp(cells.outputs["Distance"], 0.62, 0.30))


def _chosen(g: Graph, chance: Socket, salt: float, share: float) -> Socket:
    """1 for about `share` of all cells: their random number, stirred so that several choices can be made from it."""
    return g.math("LESS_THAN", g.math("FRACT", g.multiply(chance, salt)), share)


def _long_scratches_and_prints(g: Graph, point: Socket, amount: float) -> tuple[Socket, Socket]:
    """A few long scratches, and fingerprints; both live in the same wide cells."""
    cell = 0.030
    bent = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 45.0), (0.006, 0.006, 0.006)))
    cells = g.voronoi(bent, cell)
    chance = g.separate(cells.outputs["Color"])[0]
    scratch = _scratch(g, bent, cells, cell, 0.00055)
    scratch = g.multiply(scratch, _chosen(g, chance, 61.0, 0.20 + 0.75 * amount))
    distance = g.multiply(cells.outputs["Distance"], cell)
    ridges = g.add(0.65, g.multiply(g.math("SINE", g.multiply(distance, 6.2832 / 0.0009)), 0.35))
    prints = g.multiply(g.ramp(distance, 0.0085, 0.0060), ridges)
    return scratch, g.multiply(prints, _chosen(g, chance, 29.0, 0.10 + 0.40 * amount))


def _hairlines(g: Graph, point: Socket, amount: float) -> Socket:
    """Many short, fine scratches, in patches."""
    cell = 0.0075
    cells = g.voronoi(point, cell)
    chance = g.separate(cells.outputs["Color"])[1]
    lines = g.multiply(_scratch(g, point, cells, cell, 0.00028), _chosen(g, chance, 43.0, 0.25 + 0.75 * amount))
    return g.multiply(lines, 0.40 + 0.45 * amount)


def _stains(g: Graph, point: Socket, amount: float) -> Socket:
    """Dried splashes: pale inside, dark along the edge; drawn out downwards."""
    drawn = g.vector("MULTIPLY", point, (1.0, 1.0, 0.5))
    level = g.noise(drawn, 24.0, 4.0, 0.55)
    shore = 0.72 - 0.12 * amount
    inside = g.multiply(g.ramp(level, shore, shore + 0.012), 0.30)
    edge = g.ramp(g.math("ABSOLUTE", g.subtract(level, shore + 0.012)), 0.014, 0.0)
    return g.multiply(g.either(inside, g.multiply(edge, 0.55)), 0.25 + 0.75 * amount)


def _dust(g: Graph, point: Socket, amount: float) -> Socket:
    """Dust on what faces up, in fine clumps."""
    up = g.separate(g.node("ShaderNodeNewGeometry").outputs["Normal"])[2]
    clumps = g.ramp(g.noise(point, 420.0, 3.0, 0.7), 0.48, 0.75)
    return g.multiply(g.multiply(g.ramp(up, 0.25, 0.95), g.add(0.12, g.multiply(clumps, 0.5))), 0.7 * amount)


def _tea(g: Graph, here: Socket, point: Socket, amount: float) -> Socket:
    """Inside the mug: a dark line where the tea stood, and a film below it."""
    region = g.node("ShaderNodeAttribute", attribute_name=REGION_ATTRIBUTE).outputs["Factor"]
    within = g.math("COMPARE", region, (Region.INSIDE + Region.FLOOR) / 2.0, (Region.FLOOR - Region.INSIDE) / 2.0 + 0.1)
    outer_base = g.math("COMPARE", region, float(Region.BASE), 0.1)
    within = g.subtract(within, outer_base)
    wander = g.multiply(g.noise(point, 60.0, 3.0), 0.010)
    depth = g.subtract(DEFAULT_SHAPE.height * 0.70, g.add(g.separate(here)[2], wander))
    film = g.ramp(depth, 0.0, 0.0012, 0.0, 0.32)
    line = g.ramp(g.math("ABSOLUTE", depth), 0.0014, 0.0, 0.0, 0.75)
    return g.multiply(g.multiply(g.either(film, line), within), min(1.0, 0.15 + amount))


def _chips(g: Graph, here: Socket, point: Socket, amount: float) -> Socket:
    """Bites out of the glaze at the rim."""
    below_rim = g.subtract(DEFAULT_SHAPE.height, g.separate(here)[2])
    bite = g.subtract(g.noise(point, 75.0, 3.0, 0.6), g.multiply(below_rim, 45.0))
    threshold = 0.68 - 0.12 * amount
    return g.ramp(bite, threshold, threshold + 0.025)


def _apply(g: Graph, shader: bpy.types.Node, wear: Wear) -> None:
    """Put the wear between what feeds a Principled BSDF and its inputs."""
    inputs = shader.inputs
    color = g.adjust(_source(inputs["Base Color"]), value=wear.shade)
    color = g.mix(wear.stains, color, TEA, "MULTIPLY")
    color = g.mix(g.multiply(wear.scratches, 0.75), color, METAL_MARK)
    color = g.mix(wear.chips, color, BISQUE)
    g.feed(inputs["Base Color"], g.mix(wear.dust, color, DUST))

    dull = g.add(g.multiply(wear.scratches, 0.35), g.multiply(wear.smudges, 0.22))
    dull = g.add(dull, g.multiply(g.either(wear.chips, g.either(wear.stains, wear.dust)), 0.6))
    for name in ("Roughness", "Coat Roughness"):
        g.feed(inputs[name], g.math("ADD", _source(inputs[name]), dull, clamp=True))
    bare = g.math("SUBTRACT", 1.0, g.either(wear.chips, g.multiply(wear.scratches, 0.7)), clamp=True)
    g.feed(inputs["Coat Weight"], g.multiply(_source(inputs["Coat Weight"]), bare))
    if inputs["Metallic"].is_linked or inputs["Metallic"].default_value > 0.0:
        g.feed(inputs["Metallic"], g.multiply(_source(inputs["Metallic"]), bare))

    for name in ("Normal", "Coat Normal"):
        before = inputs[name].links[0].from_socket if inputs[name].is_linked else None
        g.feed(inputs[name], g.bump(wear.height, 1.0, before))


def _source(socket: bpy.types.NodeSocket) -> Value:
    """What feeds an input: the linked socket, else its value."""
    if socket.is_linked:
        return socket.links[0].from_socket
    value = socket.default_value
    return value if isinstance(value, float) else tuple(value)
