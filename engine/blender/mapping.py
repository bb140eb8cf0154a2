"""Where on a surface a shading point lies, in metres: what the patterns of materials are drawn in.

Lengths are those of the scaled object, so that a pattern is as large on a thimble as on a table.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.blender.nodes import Graph, Socket, Value, offset

type Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A shading point in a material's own coordinates, metres divided by the material's scale."""

    solid: Socket
    """For what is cut from the full: a point in space, moved somewhere by the seed."""

    flat: Socket
    """For what is laid on: the same point with x and y along the surface, seen from the nearest side of a box."""


def place_of(g: Graph, scale: float, seed: float, salt: int, uv_metres: float) -> Place:
    """The nodes that tell it; by the UV map where `uv_metres` (what one unit of it spans) is above 0."""
    away = offset(seed, salt)
    if uv_metres > 0.0:
        uv = g.node("ShaderNodeTexCoord").outputs["UV"]
        point = g.vector("ADD", g.vector("MULTIPLY", uv, (uv_metres / scale,) * 3), away)
        return Place(point, point)
    point = g.vector("ADD", scaled(g, metric_position(g), 1.0 / scale), away)
    x, y, z = g.separate(point)
    from_x, from_y = sides(g)
    across = g.blend(from_x, x, y)
    up = g.blend(g.either(from_x, from_y), y, z)
    deep = g.blend(from_y, g.blend(from_x, z, x), y)
    return Place(point, g.combine(across, up, deep))


def metric_position(g: Graph) -> Socket:
    """The shading point in the object's own axes, metres: with the object's scale, without its rotation and place."""
    axes: tuple[Vector, ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    sizes = [g.vector("LENGTH", to_world(g, axis, "VECTOR")) for axis in axes]
    return g.vector("MULTIPLY", g.object_position(), g.combine(*sizes))


def to_world(g: Graph, vector: Value, kind: str) -> Socket:
    """A `VECTOR` or `NORMAL` of the object's axes in those of the world."""
    node = g.node("ShaderNodeVectorTransform", vector_type=kind, convert_from="OBJECT", convert_to="WORLD")
    g.feed(node.inputs[0], vector)
    return node.outputs[0]


def sides(g: Graph) -> tuple[Socket, Socket]:
    """Whether the surface faces along the object's x axis more than along any other, and whether along y; 0 or 1."""
    nx, ny, nz = (g.math("ABSOLUTE", part) for part in g.separate(object_normal(g)))
    is_level = g.math("GREATER_THAN", g.add(nz, 1e-4), g.either(nx, ny))
    upright = g.subtract(1.0, is_level)
    more_x = g.math("GREATER_THAN", nx, ny)
    return g.multiply(upright, more_x), g.multiply(upright, g.subtract(1.0, more_x))


def object_normal(g: Graph) -> Socket:
    """The normal in the object's own axes."""
    return g.node("ShaderNodeTexCoord").outputs["Normal"]


def along(g: Graph) -> Socket:
    """A direction along the surface, in the world's axes: level on what stands, the object's x on what lies."""
    from_x, from_y = sides(g)
    level = g.vector("CROSS_PRODUCT", (0.0, 0.0, 1.0), object_normal(g))
    standing = g.either(from_x, from_y)
    x, y, z = g.separate(level)
    own = g.combine(g.blend(standing, 1.0, x), g.multiply(standing, y), g.multiply(standing, z))
    return to_world(g, own, "VECTOR")


def scaled(g: Graph, vector: Socket, factor: float) -> Socket:
    """`factor` times the vector; the vector itself where that is 1."""
    return vector if factor == 1.0 else g.vector("MULTIPLY", vector, (factor,) * 3)
