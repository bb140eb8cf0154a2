"""The shader of a sky over open land.

The sky is Blender's own model of scattering. Its sun is a light of the frame, as are all others; Blender's could not be
told from the sky where the sky goes on below the horizon, as haze. There is level land there, seen from a fixed height,
that fades into it; it is part of the world, takes no shadows, and nothing stands on it.
"""

from __future__ import annotations

import math

import bpy

from engine.blender.nodes import Graph, Socket
from engine.frame.spec import SkySpec

MODEL = "MULTIPLE_SCATTERING"
_EYE = 1.3
"""Metres above the land."""

_SIGHT = 150.0
"""Metres of haze of density 1 after which two thirds of the land's contrast are gone: its grain would flicker."""

_HORIZON = 0.01
"""Height of the sky that the land fades into."""


class Sky:
    """The nodes of a sky in a world's tree."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        g = Graph(tree)
        ways = g.node("ShaderNodeTexCoord").outputs["Generated"]
        x, y, z = g.separate(ways)
        # One node for sky and haze: Blender computes the model anew for each, which takes a third of a second.
        self._sky = g.node("ShaderNodeTexSky", sky_type=MODEL, sun_disc=False)
        g.feed(self._sky.inputs["Vector"], g.combine(x, y, g.math("MAXIMUM", z, _HORIZON)))
        self._away = g.node("ShaderNodeVectorMath", operation="ADD")
        depth = g.math("MAXIMUM", g.multiply(z, -1.0), 1e-4)
        distance = g.math("DIVIDE", _EYE, depth)
        g.feed(self._away.inputs[0], g.combine(g.multiply(x, distance), g.multiply(y, distance)))
        self._land = g.node("ShaderNodeVectorMath", operation="SCALE")
        g.feed(self._land.inputs["Scale"], _pattern(g, self._away.outputs[0]))
        self._clear = g.node("ShaderNodeMath", operation="MULTIPLY")
        g.feed(self._clear.inputs[0], distance)
        seen = g.multiply(g.math("EXPONENT", self._clear.outputs[0]), g.math("LESS_THAN", z, 0.0))
        self.color: Socket = _mixed(g, seen, self._sky.outputs[0], self._land.outputs[0])

    def show(self, spec: SkySpec, azimuth: float) -> None:
        """Have this sky, its sun at `azimuth` degrees."""
        self._sky.sun_elevation = math.radians(spec.sun_elevation)
        self._sky.sun_rotation = math.radians(90 - azimuth)
        self._sky.aerosol_density = spec.haze
        self._land.inputs[0].default_value = spec.land
        self._away.inputs[1].default_value = (1000 * spec.land_seed, 377 * spec.land_seed, 0)
        self._clear.inputs[1].default_value = -max(spec.haze, 0.25) / _SIGHT


def _pattern(g: Graph, place: Socket) -> Socket:
    """About 1: patches of metres and grain of centimetres."""
    patches = _noise(g, place, 0.35, 4.0)
    grain = _noise(g, place, 18.0, 3.0)
    return g.add(0.1, g.add(g.multiply(patches, 1.1), g.multiply(grain, 0.7)))


def _noise(g: Graph, place: Socket, scale: float, detail: float) -> Socket:
    node = g.node("ShaderNodeTexNoise")
    g.feed(node.inputs["Vector"], place)
    node.inputs["Scale"].default_value, node.inputs["Detail"].default_value = scale, detail
    return node.outputs[0]


def _mixed(g: Graph, share: Socket, zero: Socket, one: Socket) -> Socket:
    """`zero` where `share` is 0, `one` where it is 1."""
    node = g.node("ShaderNodeMix", data_type="RGBA")
    sockets = {item.name: item for item in node.inputs if item.enabled}
    for name, value in (("Factor", share), ("A", zero), ("B", one)):
        g.feed(sockets[name], value)
    result: Socket = next(item for item in node.outputs if item.enabled)
    return result
