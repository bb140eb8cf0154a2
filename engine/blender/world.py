"""What is all around: background and light of a scene."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy

from engine.blender import stale
from engine.blender.nodes import Socket
from engine.blender.sky import Sky
from engine.frame.spec import WorldSpec

_PLAIN_MAP = 64
"""Width of the importance map of a world that is the same all round."""

_SKY_MAP = 256
"""That of a sky, whose sun is no part of it."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A loaded HDRI, or an image made like one."""

    image: bpy.types.Image
    map_resolution: int
    """Width of Cycles' importance map that its brightest spots need."""


class World:
    """Surroundings, turned about the vertical, tinted and scaled: background and light alike."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._world = bpy.data.worlds.new("surroundings")
        scene.world = self._world
        tree = self._world.node_tree
        self._shown: tuple[WorldSpec, Environment | None] | None = None
        self._sky: Sky | None = None
        self._background = next(node for node in tree.nodes if node.type == "BACKGROUND")
        self._picture = tree.nodes.new("ShaderNodeTexEnvironment")
        self._turn = tree.nodes.new("ShaderNodeMapping")
        # TEXTURE turns the surroundings themselves; POINT would turn the direction they are looked up in.
        self._turn.vector_type = "TEXTURE"
        coordinates = tree.nodes.new("ShaderNodeTexCoord")
        self._tint = tree.nodes.new("ShaderNodeVectorMath")
        self._tint.operation = "MULTIPLY"
        tree.links.new(coordinates.outputs["Generated"], self._turn.inputs["Vector"])
        tree.links.new(self._turn.outputs["Vector"], self._picture.inputs["Vector"])
        tree.links.new(self._picture.outputs["Color"], self._tint.inputs[0])
        tree.links.new(self._tint.outputs["Vector"], self._background.inputs["Color"])

    @property
    def datablock(self) -> bpy.types.World:
        """Blender's."""
        return self._world

    def show(self, spec: WorldSpec, environment: Environment | None) -> None:
        """Have these surroundings. `environment` is the image of those that have one."""
        if self._shown == (spec, environment):
            return
        self._shown = spec, environment
        if environment is not None:
            self._picture.image = environment.image
            self._feed(self._picture.outputs["Color"])
        elif spec.sky is not None:
            self._sky = self._sky or Sky(self._world.node_tree)
            self._sky.show(spec.sky, spec.rotation)
            self._feed(self._sky.color)
        else:
            self._feed(None)
        self._turn.inputs["Rotation"].default_value = (0.0, 0.0, math.radians(spec.rotation))
        self._tint.inputs[1].default_value = spec.tint
        self._background.inputs["Strength"].default_value = spec.strength
        resolution = environment.map_resolution if environment else _SKY_MAP if spec.sky else _PLAIN_MAP
        stale.set_world_cycles(self._world, sampling_method="MANUAL", sample_map_resolution=resolution)

    def _feed(self, source: Socket | None) -> None:
        """Take the colours from the output of a node; white all round without one."""
        target = self._tint.inputs[0]
        now = target.links[0].from_socket if target.is_linked else None
        if source == now:
            return
        if source is None:
            self._world.node_tree.links.remove(target.links[0])
            target.default_value = (1.0, 1.0, 1.0)
        else:
            self._world.node_tree.links.new(source, target)
