"""Wear on any material: scratches, smudges, fingerprints, dust, stains, rubbed edges, bumps and dents; on the mug also
chips and tea.

Everything follows a seed and object coordinates, or the UV map where that is asked for. Textures are solid (cut from
three dimensions), so that they have no seams in object coordinates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy

from engine.blender.cup import DEFAULT_SHAPE, REGION_ATTRIBUTE, Region
from engine.blender.mapping import place_of
from engine.blender.nodes import Graph, Socket, Value, linear, offset
from engine.frame.looks_spec import Wear

METAL_MARK = linear((0.42, 0.41, 0.40))
"""What a spoon leaves on a glaze."""

BISQUE = linear((0.83, 0.76, 0.67))
"""The fired clay under the glaze."""

TEA = linear((0.62, 0.42, 0.22))
DUST = linear((0.66, 0.63, 0.58))


_GLAZE = 0.9
"""By how much an uneven glaze varies the colour of the mug, at most."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """Masks from 0 to 1, and what they do together to the shape."""

    scratches: Value = 0.0
    smudges: Value = 0.0
    dust: Value = 0.0
    stains: Value = 0.0
    edges: Value = 0.0
    shade: Value = 1.0
    """Factor on the colour: the glaze is thicker here, thinner there."""

    chips: Value = 0.0
    height: Value = 0.0
    """Metres."""


def imperfect(material: bpy.types.Material, amount: float, seed: float, *, is_cup: bool = False) -> None:
    """Wear `material` out, in place: every Principled BSDF in it, whatever feeds its inputs.

    `amount` is 0 (the material is left as it is) to 1 (heavily worn); `seed`, 0 to 1, says where the wear lies.
    Lengths are those of the object before it is scaled. `is_cup` adds chips at the rim and a tea stain inside, for the
    built-in mug. Nodes of other types are left alone.
    """
    amount = min(amount, 1.0)
    if amount > 0.0:
        _wear(material, lambda g: _as_on_a_mug(g, amount, seed, is_cup))


def wear_out(material: bpy.types.Material, wear: Wear | None) -> None:
    """Wear `material` out, in place, as `wear` says: every Principled BSDF in it, whatever feeds its inputs.

    Marks have their natural size in metres (times `wear.scale`), whatever the object's scale.
    """
    if wear is not None:
        _wear(material, lambda g: _marks(g, wear))


def _wear(material: bpy.types.Material, marks_of: Callable[[Graph], _Marks]) -> None:
    shaders = [] if material.node_tree is None else material.node_tree.nodes
    shaders = [node for node in shaders if node.type == "BSDF_PRINCIPLED"]
    if not shaders:
        return
    g = Graph(material.node_tree)
    marks = marks_of(g)
    for shader in shaders:
        _apply(g, shader, marks)


def _as_on_a_mug(g: Graph, amount: float, seed: float, is_cup: bool) -> _Marks:
    """Everything at once, each as strong as the others."""
    here = g.object_position()
    point = g.vector("ADD", here, offset(seed, 11))
    scratch, prints = _long_scratches_and_prints(g, point, amount, amount)
    scratches = g.either(scratch, _hairlines(g, point, amount))
    smudges = g.multiply(g.either(_smears(g, point), prints), 0.3 + 0.7 * amount)
    stains = _stains(g, point, amount, 0.72 - 0.12 * amount)
    uneven = g.subtract(g.noise(point, 38.0, 1.0), 0.5)
    shade = g.add(1.0, g.multiply(uneven, _GLAZE * amount))
    height: Value = g.multiply(uneven, 0.0016 * amount)
    chips: Value = 0.0
    if is_cup:
        stains = g.either(stains, _tea(g, here, point, amount))
        chips = _chips(g, here, point, amount)
        height = g.subtract(height, g.multiply(chips, 0.0009))
    return _Marks(scratches, smudges, _dust(g, point, amount), stains, 0.0, shade, chips, height)


def _marks(g: Graph, wear: Wear) -> _Marks:
    """Each kind as strong as it is asked for; what is not wanted costs no nodes."""
    point = place_of(g, wear.scale, wear.seed, 11, wear.uv_metres).solid
    scratches: Value = 0.0
    smudges: Value = 0.0
    height: Value = 0.0
    if wear.scratches > 0.0 or wear.fingerprints > 0.0:
        scratch, prints = _long_scratches_and_prints(g, point, wear.scratches, wear.fingerprints)
        if wear.scratches > 0.0:
            scratches = g.either(scratch, _hairlines(g, point, wear.scratches))
        if wear.fingerprints > 0.0:
            smudges = g.multiply(prints, 0.5 + 0.5 * wear.fingerprints)
    if wear.smudges > 0.0:
        smudges = g.either(smudges, g.multiply(_smears(g, point), 0.3 + 0.7 * wear.smudges))
    if wear.bumps > 0.0:
        height = g.add(height, g.multiply(_bumps(g, point), 0.0011 * wear.bumps))
    if wear.dents > 0.0:
        height = g.subtract(height, g.multiply(_dents(g, point, wear.dents), 0.0016))
    return _Marks(
        scratches=scratches,
        smudges=smudges,
        dust=_dust(g, point, wear.dust) if wear.dust > 0.0 else 0.0,
        stains=_stains(g, point, wear.stains, 0.67 - 0.11 * wear.stains) if wear.stains > 0.0 else 0.0,
        edges=_edges(g, point, wear) if wear.edges > 0.0 else 0.0,
        height=height if isinstance(height, float) else g.multiply(height, wear.scale),
    )


def _smears(g: Graph, point: Socket) -> Socket:
    """Where a greasy hand has wiped along."""
    return g.ramp(g.noise(point, 26.0, 3.0, 0.6), 0.50, 0.68)


def _bumps(g: Graph, point: Socket) -> Socket:
    """As of a surface that was pressed, cast or painted carelessly."""
    return g.add(g.noise(point, 38.0, 1.0), g.multiply(g.ramp(g.noise(point, 150.0, 1.0), 0.60, 0.78), 0.22))


def _dents(g: Graph, point: Socket, amount: float) -> Socket:
    """Shallow bowls of all sizes, 1 in their middle; more of them the larger `amount`."""
    bent = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 60.0), (0.005, 0.005, 0.005)))
    cells = g.voronoi(bent, 0.027)
    chance, size, _ = g.separate(cells.outputs["Color"])
    reach = g.add(0.16, g.multiply(size, 0.26))
    bowl = g.ramp(g.math("DIVIDE", cells.outputs["Distance"], reach), 1.0, 0.0)
    return g.multiply(g.multiply(bowl, reach), g.multiply(_chosen(g, chance, 37.0, 0.25 + 0.7 * amount), 2.4))


def _edges(g: Graph, point: Socket, wear: Wear) -> Socket:
    """Where a convex edge is near: there the normal of a rounded copy of the surface leaves that of the surface."""
    rounded = g.node("ShaderNodeBevel", samples=6)
    g.feed(rounded.inputs["Radius"], (0.0012 + 0.0018 * wear.edges) * wear.scale)
    own = g.node("ShaderNodeNewGeometry").outputs["Normal"]
    turned = g.subtract(1.0, g.vector("DOT_PRODUCT", rounded.outputs[0], own))
    rub = g.subtract(g.noise(point, 130.0, 4.0, 0.65), 0.5)
    return g.ramp(g.add(g.multiply(turned, 3.0), rub), 0.14, 0.26, 0.0, 0.35 + 0.65 * wear.edges)


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


def _long_scratches_and_prints(g: Graph, point: Socket, scratched: float, touched: float) -> tuple[Socket, Socket]:
    """A few long scratches, and fingerprints; both live in the same wide cells."""
    cell = 0.030
    bent = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 45.0), (0.006, 0.006, 0.006)))
    cells = g.voronoi(bent, cell)
    chance = g.separate(cells.outputs["Color"])[0]
    scratch = _scratch(g, bent, cells, cell, 0.00055)
    scratch = g.multiply(scratch, _chosen(g, chance, 61.0, 0.20 + 0.75 * scratched))
    distance = g.multiply(cells.outputs["Distance"], cell)
    ridges = g.add(0.65, g.multiply(g.math("SINE", g.multiply(distance, 6.2832 / 0.0009)), 0.35))
    prints = g.multiply(g.ramp(distance, 0.0085, 0.0060), ridges)
    return scratch, g.multiply(prints, _chosen(g, chance, 29.0, 0.10 + 0.40 * touched))


def _hairlines(g: Graph, point: Socket, amount: float) -> Socket:
    """Many short, fine scratches, in patches."""
    cell = 0.0075
    cells = g.voronoi(point, cell)
    chance = g.separate(cells.outputs["Color"])[1]
    lines = g.multiply(_scratch(g, point, cells, cell, 0.00028), _chosen(g, chance, 43.0, 0.25 + 0.75 * amount))
    return g.multiply(lines, 0.40 + 0.45 * amount)


def _stains(g: Graph, point: Socket, amount: float, shore: float) -> Socket:
    """Dried splashes: pale inside, dark along the edge; drawn out downwards. The lower the `shore`, the wider."""
    drawn = g.vector("MULTIPLY", point, (1.0, 1.0, 0.5))
    level = g.noise(drawn, 24.0, 4.0, 0.55)
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


def _apply(g: Graph, shader: bpy.types.Node, marks: _Marks) -> None:
    """Put the wear between what feeds a Principled BSDF and its inputs."""
    inputs = shader.inputs
    color = _source(inputs["Base Color"])
    if _is_there(marks.shade, 1.0):
        color = g.adjust(color, value=marks.shade)
    if _is_there(marks.edges):
        color = g.mix(g.multiply(marks.edges, 0.8), color, g.mix(0.35, g.adjust(color, 0.5, 0.7, 1.5), METAL_MARK))
    if _is_there(marks.stains):
        color = g.mix(marks.stains, color, TEA, "MULTIPLY")
    if _is_there(marks.scratches):
        color = g.mix(g.multiply(marks.scratches, 0.75), color, METAL_MARK)
    if _is_there(marks.chips):
        color = g.mix(marks.chips, color, BISQUE)
    if _is_there(marks.dust):
        color = g.mix(marks.dust, color, DUST)
    g.feed(inputs["Base Color"], color)

    covered = g.either(marks.chips, g.either(marks.stains, marks.dust))
    dull = g.add(g.multiply(marks.scratches, 0.35), g.multiply(marks.smudges, 0.22))
    dull = g.add(dull, g.multiply(covered, 0.6))
    if _is_there(marks.edges):
        dull = g.add(dull, g.multiply(marks.edges, 0.15))
    is_coated = inputs["Coat Weight"].is_linked or inputs["Coat Weight"].default_value > 0.0
    for name in ("Roughness", "Coat Roughness") if is_coated else ("Roughness",):
        g.feed(inputs[name], g.math("ADD", _source(inputs[name]), dull, clamp=True))
    _bare(g, inputs, marks, is_coated)
    if not isinstance(marks.height, float):
        for name in ("Normal", "Coat Normal") if is_coated else ("Normal",):
            before = inputs[name].links[0].from_socket if inputs[name].is_linked else None
            g.feed(inputs[name], g.bump(marks.height, 1.0, before))


def _bare(g: Graph, inputs: bpy.types.NodeInputs, marks: _Marks, is_coated: bool) -> None:
    """Under chips and scratches is no coat. The mug's metal is a glaze, which they take too; other metal goes on below
    them, and is hidden by what lies on it."""
    bare = g.math("SUBTRACT", 1.0, g.either(marks.chips, g.multiply(marks.scratches, 0.7)), clamp=True)
    if is_coated:
        g.feed(inputs["Coat Weight"], g.multiply(_source(inputs["Coat Weight"]), bare))
    if inputs["Metallic"].is_linked or inputs["Metallic"].default_value > 0.0:
        shown = bare if _is_there(marks.chips) else g.math("SUBTRACT", 1.0, marks.dust)
        g.feed(inputs["Metallic"], g.multiply(_source(inputs["Metallic"]), shown))


def _is_there(mask: Value, absent: float = 0.0) -> bool:
    """Whether there is anything of it."""
    return mask != absent


def _source(socket: bpy.types.NodeSocket) -> Value:
    """What feeds an input: the linked socket, else its value."""
    if socket.is_linked:
        return socket.links[0].from_socket
    value = socket.default_value
    return value if isinstance(value, float) else tuple(value)
