"""Build the bpy scene of a FrameSpec. What belongs to one frame is made anew each time, so that no frame can leak into
the next; meshes and HDRIs stay loaded, as does the world, whose values alone change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from engine.blender import stale
from engine.blender.camera import add_camera, aim
from engine.blender.ground import ground_object
from engine.blender.instances import set_instance_id
from engine.blender.lights import Lights
from engine.blender.looks import cup_material, jitter_material, painted_material
from engine.frame.looks_spec import CupLook, Look, PaintLook
from engine.frame.spec import FrameSpec, ObjectSpec, WorldSpec


@dataclass(frozen=True, slots=True)
class Environment:
    """A loaded HDRI."""

    image: bpy.types.Image
    map_resolution: int
    """Width of Cycles' importance map that its brightest spots need."""


@dataclass(frozen=True, slots=True)
class SceneAssets:
    """Everything on disk that frames of a recipe are built from, loaded, by content hash."""

    meshes: Mapping[str, bpy.types.Mesh]
    environments: Mapping[str, Environment]


class Stage:
    """The one scene of a worker, rebuilt for each frame."""

    def __init__(self, scene: bpy.types.Scene, assets: SceneAssets) -> None:
        self.scene = scene
        self.assets = assets
        self._camera = add_camera(scene)
        self._world = _World(scene)
        self._lights = Lights(scene)
        self._objects: list[bpy.types.Object] = []
        self._owned: list[Any] = []

    def build(self, spec: FrameSpec) -> None:
        """Make the scene that `spec` describes; its instance ids are set for the masks."""
        self.clear()
        for instance in spec.objects:
            self._add(instance)
        if spec.ground is not None:
            self._add_ground(spec)
        self._look_round(spec)

    def _look_round(self, spec: FrameSpec) -> None:
        self._world.show(spec.world, self.assets.environments[spec.world.hdri.content_hash])
        self._lights.show(spec.lights)
        aim(self.scene, self._camera, spec.camera)
        stale.set_cycles(self.scene, max_bounces=spec.max_bounces)

    def clear(self) -> None:
        """Remove what the last frame made: objects first, then what only they used."""
        bpy.data.batch_remove(self._objects)
        bpy.data.batch_remove(self._owned)
        self._objects, self._owned = [], []

    def _add(self, instance: ObjectSpec) -> None:
        mesh = self.assets.meshes[instance.model.content_hash]
        thing = bpy.data.objects.new(f"instance {instance.instance_id:05d}", mesh)
        thing.matrix_world = Matrix(instance.T_world_model) @ Matrix.Scale(instance.scale, 4)
        set_instance_id(thing, instance.instance_id)
        self.scene.collection.objects.link(thing)
        self._objects.append(thing)
        self._dress(thing, instance.look)

    def _dress(self, thing: bpy.types.Object, look: Look) -> None:
        """Give each material slot its own material on the object, so that instances can share a mesh."""
        for number, slot in enumerate(thing.material_slots):
            material = material_of(f"{thing.name} material {number}", look, slot.material)
            slot.link = "OBJECT"
            slot.material = material
            self._owned.append(material)

    def _add_ground(self, spec: FrameSpec) -> None:
        assert spec.ground is not None
        ground = ground_object(spec.ground)
        self.scene.collection.objects.link(ground)
        self._objects.append(ground)
        self._owned += [ground.data, *(slot.material for slot in ground.material_slots)]


def material_of(name: str, look: Look, own: bpy.types.Material | None) -> bpy.types.Material:
    """A new material for a slot of a model whose own material there is `own`."""
    if isinstance(look, CupLook):
        return cup_material(name, look)
    if isinstance(look, PaintLook) or own is None:
        paint = look if isinstance(look, PaintLook) else PaintLook((0.8, 0.8, 0.8), 0.5, 0.0)
        return painted_material(name, paint.base_color, paint.roughness, paint.metallic)
    return jitter_material(own, look.hue_shift, look.saturation, look.value, look.roughness_shift)


class _World:
    """HDRI, turned about the vertical, tinted and scaled: background and light alike."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._world = bpy.data.worlds.new("surroundings")
        scene.world = self._world
        tree = self._world.node_tree
        self._shown: tuple[WorldSpec, Environment] | None = None
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

    def show(self, spec: WorldSpec, environment: Environment) -> None:
        if self._shown == (spec, environment):
            return
        self._shown = spec, environment
        self._picture.image = environment.image
        self._turn.inputs["Rotation"].default_value = (0.0, 0.0, math.radians(spec.rotation))
        self._tint.inputs[1].default_value = spec.tint
        self._background.inputs["Strength"].default_value = spec.strength
        stale.set_world_cycles(self._world, sampling_method="MANUAL", sample_map_resolution=environment.map_resolution)


def mesh_arrays(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) float32 in metres and triangles (M, 3) int32 of a mesh, in its own frame."""
    vertices = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", vertices)
    triangles = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    return vertices.reshape(-1, 3), triangles.reshape(-1, 3)
