"""Everything around the objects of a scene but the ground: world, lights, and what takes shadows before a backdrop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import bpy

from engine.blender.lights import Lights
from engine.blender.photo_world import PhotoWorld
from engine.blender.shadow_floor import ShadowFloor
from engine.blender.world import Environment, World
from engine.frame.spec import FrameSpec, WorldSpec


class Surroundings:
    """Those of one scene. What stays the same from frame to frame is left as it is."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._scene = scene
        self._world = World(scene)
        self._lights = Lights(scene)
        self._floor = ShadowFloor(scene)
        self._photo_world = PhotoWorld()

    def show(
        self,
        spec: FrameSpec,
        environments: Mapping[str, Environment],
        photos: Mapping[str, Path],
        own_sky: bpy.types.World | None = None,
    ) -> None:
        """Have what a frame has. `environments` and `photos` are by content hash; `own_sky` takes the place of the
        frame's world. Raises AssetError."""
        world = own_sky or self._world.datablock
        if self._scene.world != world:
            self._scene.world = world
        self._world.show(spec.world, self._environment(spec.world, environments, photos))
        self._lights.show(spec.lights)
        self._floor.show(spec.backdrop.shadow if spec.backdrop else None)
        self._scene.render.film_transparent = spec.backdrop is not None

    def _environment(
        self, world: WorldSpec, environments: Mapping[str, Environment], photos: Mapping[str, Path]
    ) -> Environment | None:
        if world.hdri is not None:
            return environments[world.hdri.content_hash]
        if world.photo is not None:
            return self._photo_world.environment(world.photo, photos)
        return None
