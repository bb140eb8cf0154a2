"""Build the bpy scene of a FrameSpec. What belongs to one frame is made anew each time, so that no frame can leak into
the next; meshes and HDRIs stay loaded, as does the world, whose values alone change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from engine.blender import motion, stale
from engine.blender.backdrop import Behind, behind
from engine.blender.camera import add_camera, aim, camera_matrix
from engine.blender.ground import ground_object
from engine.blender.imperfections import wear_out
from engine.blender.instances import set_instance_id
from engine.blender.looks import cup_material, jitter_material, painted_material
from engine.blender.props import owns_mesh, prop_object
from engine.blender.surfaces import Sets, surface_material
from engine.blender.surroundings import Surroundings
from engine.blender.whole_scene import ShownScene, WholeScene
from engine.blender.world import Environment
from engine.frame.looks_spec import CupLook, JitterLook, Look, PaintLook, SlotLooks, SurfaceLook
from engine.frame.spec import FrameSpec, Matrix4, ObjectSpec, PropSpec


@dataclass(frozen=True, slots=True)
class SceneAssets:
    """Everything on disk that frames of a recipe are built from, loaded, by content hash."""

    meshes: Mapping[str, bpy.types.Mesh]
    environments: Mapping[str, Environment]
    photos: Mapping[str, Path] = field(default_factory=dict)
    texture_sets: Sets = field(default_factory=dict)
    scenes: Mapping[str, WholeScene] = field(default_factory=dict)


class Stage:
    """The one scene of a worker, rebuilt for each frame."""

    def __init__(self, scene: bpy.types.Scene, assets: SceneAssets) -> None:
        self.scene = scene
        self.assets = assets
        self._camera = add_camera(scene)
        self._surroundings = Surroundings(scene)
        self._whole_scene = ShownScene(scene)
        self._objects: list[bpy.types.Object] = []
        self._owned: list[Any] = []
        self._instances: dict[int, bpy.types.Object] = {}
        self._moving: list[motion.Moving] = []

    def build(self, spec: FrameSpec) -> None:
        """Make the scene that `spec` describes; its instance ids are set for the masks."""
        self.clear()
        for instance in spec.objects:
            self._add(instance)
        for number, prop in enumerate(spec.props):
            self._add_prop(f"prop {number:05d}", prop)
        if spec.ground is not None:
            self._add_ground(spec)
        self._look_round(spec)

    def _look_round(self, spec: FrameSpec) -> None:
        self._whole_scene.show(spec.scene, self.assets.scenes)
        own = self._whole_scene.sky if spec.scene is not None and spec.scene.sky else None
        self._surroundings.show(spec, self.assets.environments, self.assets.photos, own)
        aim(self.scene, self._camera, spec.camera)
        stale.set_cycles(
            self.scene,
            max_bounces=spec.max_bounces,
            sample_clamp_indirect=spec.clamp,
            caustics_reflective=spec.caustics,
            caustics_refractive=spec.caustics,
        )
        self._expose(spec)

    def _expose(self, spec: FrameSpec) -> None:
        """Have what moves do so while the shutter is open."""
        shutter = spec.sequence.shutter if spec.sequence else None
        if shutter is not None:
            before, after = shutter.opened, shutter.closed
            if before.T_world_camera != after.T_world_camera:
                poses = (before.T_world_camera, spec.camera.T_world_camera, after.T_world_camera)
                self._moving.append((self._camera, [camera_matrix(T) for T in poses]))
            for opened, it, closed in zip(before.T_world_model, spec.objects, after.T_world_model, strict=False):
                matrices = [model_matrix(it, T) for T in (opened, it.T_world_model, closed)]
                self._moving.append((self._instances[it.instance_id], matrices))
        motion.blur(self.scene, self._moving)

    def _stand_still(self) -> None:
        motion.stand_still(self._moving)
        self._moving = []

    def behind(self, spec: FrameSpec) -> Behind | None:
        """The picture behind a frame of which the scene was built; None where the camera sees the world."""
        return behind(spec, self.assets.photos, self.assets.environments)

    def clear(self) -> None:
        """Remove what the last frame made: objects first, then what only they used."""
        self._stand_still()
        bpy.data.batch_remove(self._objects)
        bpy.data.batch_remove(self._owned)
        self._objects, self._owned, self._instances = [], [], {}

    def _add(self, instance: ObjectSpec) -> None:
        mesh = self.assets.meshes[instance.model.content_hash]
        thing = bpy.data.objects.new(f"instance {instance.instance_id:05d}", mesh)
        thing.matrix_world = model_matrix(instance, instance.T_world_model)
        set_instance_id(thing, instance.instance_id)
        self._instances[instance.instance_id] = thing
        self.scene.collection.objects.link(thing)
        self._objects.append(thing)
        self._dress(thing, instance.look)

    def _add_prop(self, name: str, prop: PropSpec) -> None:
        thing = prop_object(name, prop, self.assets.meshes)
        self.scene.collection.objects.link(thing)
        self._objects.append(thing)
        if owns_mesh(prop):
            self._owned.append(thing.data)
        self._dress(thing, prop.look)

    def _dress(self, thing: bpy.types.Object, look: Look) -> None:
        """Give each material slot its own material on the object, so that instances can share a mesh."""
        for number, slot in enumerate(thing.material_slots):
            material = material_of(
                f"{thing.name} material {number}", look_of_slot(look, number), slot.material, self.assets.texture_sets
            )
            slot.link = "OBJECT"
            slot.material = material
            self._owned.append(material)

    def _add_ground(self, spec: FrameSpec) -> None:
        assert spec.ground is not None
        ground = ground_object(spec.ground, self.assets.texture_sets)
        self.scene.collection.objects.link(ground)
        self._objects.append(ground)
        self._owned += [ground.data, *(slot.material for slot in ground.material_slots)]


def model_matrix(instance: ObjectSpec, T_world_model: Matrix4) -> Matrix:  # noqa: N803 - a transform
    """The world matrix of an instance's model in a pose."""
    sizes = [instance.scale * factor for factor in instance.stretch]
    return Matrix(T_world_model) @ Matrix.Diagonal((*sizes, 1.0))


def look_of_slot(look: Look, number: int) -> Look:
    """The look of one of a model's material slots."""
    return look.looks[number] if isinstance(look, SlotLooks) else look


def material_of(name: str, look: Look, own: bpy.types.Material | None, sets: Sets) -> bpy.types.Material:
    """A new material for a slot of a model whose own material there is `own`."""
    assert not isinstance(look, SlotLooks)
    if isinstance(look, SurfaceLook):
        return surface_material(name, look, sets)
    material = _plain_material_of(name, look, own)
    wear_out(material, look.wear)
    return material


def _plain_material_of(
    name: str, look: CupLook | PaintLook | JitterLook, own: bpy.types.Material | None
) -> bpy.types.Material:
    if isinstance(look, CupLook):
        return cup_material(name, look)
    if isinstance(look, PaintLook) or own is None:
        paint = look if isinstance(look, PaintLook) else PaintLook((0.8, 0.8, 0.8), 0.5, 0.0)
        return painted_material(name, paint.base_color, paint.roughness, paint.metallic)
    return jitter_material(own, look.hue_shift, look.saturation, look.value, look.roughness_shift, look.metallic_shift)


def mesh_arrays(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) float32 in metres and triangles (M, 3) int32 of a mesh, in its own frame."""
    vertices = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", vertices)
    triangles = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    return vertices.reshape(-1, 3), triangles.reshape(-1, 3)
