"""What surfaces are made of, at their natural sizes in metres: plain paint, wood, stone and cloth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import bpy

from engine.blender.nodes import Graph, Socket, Value, linear
from engine.frame.looks_spec import Rgb

BOARD = 0.11
"""Width of a wooden board, metres."""

THREAD = 0.0016
"""From one thread of the cloth to the next, metres."""


class Finish(Protocol):
    """What a material is drawn with; colours are sRGB."""

    @property
    def base_color(self) -> Rgb: ...
    @property
    def second_color(self) -> Rgb: ...
    @property
    def roughness(self) -> float: ...
    @property
    def seed(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Top:
    """The surface of a material as sockets or values."""

    color: Value
    roughness: Value
    height: Value
    """Metres."""

    sheen: float = 0.0
    metallic: Value = 0.0
    anisotropy: float = 0.0
    tangent: Socket | None = None
    normal: Value | None = None
    """Of the surface that the height rises from, where it is not the mesh's own."""


def finish_with(g: Graph, material: bpy.types.Material, top: Top, metres: float = 1.0) -> None:
    """Give a new material the surface `top`, its height multiplied by `metres`."""
    inputs = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED").inputs
    g.feed(inputs["Base Color"], top.color)
    g.feed(inputs["Roughness"], top.roughness)
    g.feed(inputs["Metallic"], top.metallic)
    g.feed(inputs["Sheen Weight"], top.sheen)
    g.feed(inputs["Anisotropic"], top.anisotropy)
    if top.tangent is not None:
        g.feed(inputs["Tangent"], top.tangent)
    if not isinstance(top.height, float):
        g.feed(inputs["Normal"], g.bump(top.height, metres, top.normal))
    elif top.normal is not None:
        g.feed(inputs["Normal"], top.normal)


def plain(g: Graph, point: Socket, spec: Finish) -> Top:
    """Lacquer, wiped not quite evenly."""
    wiped = g.noise(point, 9.0, 3.0)
    return Top(linear(spec.base_color), uneven(g, spec.roughness, wiped, 0.12), 0.0)


def wood(g: Graph, point: Socket, spec: Finish, *, boards: bool) -> Top:
    """Growth rings cut lengthwise, fibres and pores along them: boards glued side by side, or one piece."""
    if not boards:
        return _grain(g, point, spec, 0.5, 0.0)
    x, y, z = g.separate(point)
    across = g.multiply(y, 1.0 / BOARD)
    own = g.node("ShaderNodeTexWhiteNoise", noise_dimensions="1D")
    g.feed(own.inputs["W"], g.math("FLOOR", across))
    shift, tone, _ = g.separate(own.outputs["Color"])
    in_board = g.combine(g.add(x, g.multiply(shift, 7.0)), y, g.add(z, g.multiply(tone, 3.0)))
    seam = g.math("ABSOLUTE", g.subtract(g.math("FRACT", across), 0.5))
    seam = g.ramp(seam, 0.5 - 0.0011 / BOARD, 0.5 - 0.0003 / BOARD)
    return _grain(g, in_board, spec, tone, seam)


def _grain(g: Graph, in_board: Socket, spec: Finish, tone: Value, seam: Value) -> Top:
    # Rings are the contour lines of a noise that changes slowly along the board.
    trunk = g.noise(g.vector("MULTIPLY", in_board, (1.1, 9.0, 9.0)), 1.0, 2.0, 0.35)
    ring = g.math("FRACT", g.multiply(trunk, 22.0))
    late = g.multiply(g.ramp(ring, 0.15, 0.92), g.ramp(ring, 1.0, 0.94))
    fibre = g.noise(g.vector("MULTIPLY", in_board, (9.0, 420.0, 420.0)), 1.0, 3.0, 0.65)
    pores = g.ramp(g.noise(g.vector("MULTIPLY", in_board, (28.0, 900.0, 900.0)), 1.0, 0.0), 0.62, 0.72)

    dark = g.add(g.multiply(late, 0.34), g.multiply(g.subtract(fibre, 0.35), 0.85))
    dark = g.math("ADD", dark, g.multiply(pores, 0.30), clamp=True)
    color = g.mix(dark, linear(spec.base_color), _kindred(spec))
    color = g.adjust(color, value=g.add(0.82, g.multiply(tone, 0.36)))
    color = g.adjust(color, value=g.subtract(1.0, g.multiply(seam, 0.6)))
    height = g.multiply(g.either(g.multiply(pores, 0.12), seam), -0.00025)
    return Top(color, uneven(g, spec.roughness, fibre, 0.25), height)


def stone(g: Graph, point: Socket, spec: Finish) -> Top:
    """Veined marble, or speckled granite in the upper half of the seeds."""
    return (_granite if spec.seed >= 0.5 else marble)(g, point, spec)


def marble(g: Graph, point: Socket, spec: Finish) -> Top:
    """Wide and fine veins, and clouds."""
    # Veins run slantwise more than they turn back: the noise is drawn out along one diagonal.
    slant = g.node("ShaderNodeVectorRotate", rotation_type="Z_AXIS")
    g.feed(slant.inputs["Vector"], point)
    g.feed(slant.inputs["Angle"], 0.6)
    drawn = g.vector("MULTIPLY", slant.outputs[0], (0.45, 1.0, 1.0))
    warp = g.vector("MULTIPLY", g.noise_vector(drawn, 7.0, 5.0), (0.10, 0.10, 0.10))
    warped = g.vector("ADD", drawn, warp)
    wide = _vein(g, g.noise(warped, 3.6, 1.0), 0.045)
    fine = _vein(g, g.noise(g.vector("ADD", warped, (3.1, 1.7, 0.4)), 9.0, 1.0), 0.014)
    cloud = g.ramp(g.noise(warped, 4.0, 4.0, 0.6), 0.42, 0.75)
    patch = g.ramp(g.noise(point, 4.5, 1.0), 0.38, 0.62)
    amount = g.either(g.multiply(wide, g.add(0.25, g.multiply(patch, 0.55))), g.multiply(fine, g.multiply(patch, 0.7)))
    amount = g.math("ADD", amount, g.multiply(cloud, 0.22), clamp=True)
    color = g.mix(amount, linear(spec.base_color), linear(spec.second_color))
    # Stone is polished, whatever wood would be.
    return Top(color, uneven(g, 0.6 * spec.roughness, cloud, 0.08), 0.0)


def _vein(g: Graph, noise: Socket, width: float) -> Socket:
    """1 along a contour line of a noise, fading to 0 over `width`, steeply beside the line."""
    return g.math("POWER", g.ramp(g.math("ABSOLUTE", g.subtract(noise, 0.5)), width, 0.0), 2.0)


def _granite(g: Graph, point: Socket, spec: Finish) -> Top:
    bent = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 400.0), (0.0012, 0.0012, 0.0012)))
    coarse = g.separate(g.voronoi(bent, 0.0042).outputs["Color"])
    fine = g.separate(g.voronoi(bent, 0.0019).outputs["Color"])
    base = linear(spec.base_color)
    color = g.adjust(base, saturation=0.6, value=g.add(0.70, g.multiply(coarse[0], 0.55)))
    dark = g.multiply(g.math("GREATER_THAN", coarse[1], 0.72), g.add(0.4, g.multiply(fine[1], 0.5)))
    color = g.mix(dark, color, linear(spec.second_color))
    mica = g.math("GREATER_THAN", fine[0], 0.86)
    color = g.mix(g.multiply(mica, 0.8), color, (0.02, 0.02, 0.022, 1.0))
    return Top(color, uneven(g, 0.6 * spec.roughness, fine[1], 0.06), 0.0)


def fabric(g: Graph, point: Socket, spec: Finish, folds: float) -> Top:
    """Plain-woven cloth with uneven threads, broad coloured stripes in one direction, and soft folds so high, in
    metres."""
    x, y, _ = g.separate(point)
    wobble_x, wobble_y, _ = g.separate(g.noise_vector(point, 55.0, 1.0))
    u = g.add(g.multiply(x, 1.0 / THREAD), g.multiply(wobble_x, 1.6))
    v = g.add(g.multiply(y, 1.0 / THREAD), g.multiply(wobble_y, 1.6))
    warp = g.math("ABSOLUTE", g.math("SINE", g.multiply(u, math.pi)))
    weft = g.math("ABSOLUTE", g.math("SINE", g.multiply(v, math.pi)))
    parity = g.math("FLOORED_MODULO", g.add(g.math("FLOOR", u), g.math("FLOOR", v)), 2.0)
    over = g.blend(parity, g.multiply(warp, g.add(0.35, g.multiply(weft, 0.65))), weft)
    slub_u = g.noise(g.vector("MULTIPLY", point, (650.0, 30.0, 0.0)), 1.0, 1.0)
    slub_v = g.noise(g.vector("MULTIPLY", point, (30.0, 650.0, 0.0)), 1.0, 1.0)
    slub = g.blend(parity, slub_u, slub_v)

    stripe = g.math("ABSOLUTE", g.subtract(g.math("FRACT", g.multiply(y, 1.0 / 0.16)), 0.5))
    striped = g.either(g.ramp(stripe, 0.0805, 0.0795), _pinstripe(g, stripe))
    dyed = g.multiply(striped, g.add(0.35, g.multiply(parity, 0.65)))
    color = g.mix(dyed, linear(spec.base_color), linear(spec.second_color))
    shade = g.add(g.add(0.52, g.multiply(over, 0.38)), g.multiply(slub, 0.36))
    height = g.add(g.multiply(over, 0.00035), g.multiply(g.noise(point, 7.0, 2.0), folds))
    return Top(g.adjust(color, value=shade), max(0.75, spec.roughness), height, sheen=0.25)


def _pinstripe(g: Graph, stripe: Socket) -> Socket:
    return g.ramp(g.math("ABSOLUTE", g.subtract(stripe, 0.125)), 0.0205, 0.0195)


def _kindred(spec: Finish) -> tuple[float, float, float, float]:
    """The grain's colour: the second colour, drawn half-way to a darker tone of the base, as in one piece of wood."""
    base, second = linear(spec.base_color), linear(spec.second_color)
    tones = zip(base, second, (0.38, 0.28, 0.22), strict=False)
    red, green, blue = (0.6 * b * dim + 0.4 * min(s, 0.7 * b) for b, s, dim in tones)
    return red, green, blue, 1.0


def uneven(g: Graph, roughness: Value, noise: Socket, spread: float) -> Socket:
    """`roughness` varied by up to half of `spread` to either side."""
    return g.math("ADD", g.multiply(g.subtract(noise, 0.5), spread), roughness, clamp=True)
