"""A stage on which what stays the same from one frame to the next is kept, for previews.

`Stage` makes everything anew, which costs up to half a second for a worn cup and has Cycles compile and sort it anew.
Here an object stays while its model does, and a material while its look does; another look of the same kind goes into
the same shader nodes. What is seen is the same, to the pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import bpy
import msgspec

from engine.blender.ground import ground_mesh
from engine.blender.instances import set_instance_id
from engine.blender.nodes import OtherNodesNeeded, Tape
from engine.blender.props import owns_mesh, prop_object
from engine.blender.scene import SceneAssets, Stage, look_of_slot, material_of, model_matrix
from engine.blender.surfaces import ground_material
from engine.frame.looks_spec import CupLook, GroundSpec, Look, SurfaceLook, Wear
from engine.frame.spec import FrameSpec, ModelShape, ObjectSpec, PropSpec

_MOST_IDLE = 24
"""Materials that are kept though nothing shows them just now."""

_GROUND = "ground"


class KeptStage(Stage):
    """The scene of a preview worker. `assets` may be replaced between frames by others that hold the same datablocks
    where they name the same content."""

    def __init__(self, scene: bpy.types.Scene, assets: SceneAssets) -> None:
        super().__init__(scene, assets)
        self._things: dict[int, tuple[ObjectSpec, bpy.types.Object]] = {}
        self._props: dict[int, tuple[PropSpec, bpy.types.Object]] = {}
        self._ground: tuple[GroundSpec, bpy.types.Object] | None = None
        self._wardrobe = _Wardrobe()

    def build(self, spec: FrameSpec) -> None:
        """See `Stage`."""
        self._stand_still()
        wanted = {instance.instance_id: instance for instance in spec.objects}
        for number, (before, thing) in list(self._things.items()):
            now = wanted.get(number)
            if now is None or now.model != before.model or thing.data != self._mesh(now):
                self._wardrobe.undress(thing)
                bpy.data.objects.remove(thing)
                del self._things[number]
        for instance in spec.objects:
            self._place(instance)
        self._set_props(spec.props)
        self._lay_ground(spec.ground)
        self._wardrobe.tidy()
        self._look_round(spec)

    def clear(self) -> None:
        """Remove all objects and their materials, so that the meshes can be removed too."""
        self._stand_still()
        for _, thing in self._things.values():
            self._wardrobe.undress(thing)
            bpy.data.objects.remove(thing)
        self._things = {}
        self._set_props(())
        self._lay_ground(None)
        self._whole_scene.show(None, {})
        self._wardrobe.tidy(keep=0)

    def _mesh(self, instance: ObjectSpec) -> bpy.types.Mesh:
        return self.assets.meshes[instance.model.content_hash]

    def _place(self, instance: ObjectSpec) -> None:
        before, thing = self._things.get(instance.instance_id, (None, None))
        if thing is None:
            thing = bpy.data.objects.new(f"instance {instance.instance_id:05d}", self._mesh(instance))
            set_instance_id(thing, instance.instance_id)
        if before is None or _pose_and_size(before) != _pose_and_size(instance):
            thing.matrix_world = model_matrix(instance, instance.T_world_model)
        if before is None or before.look != instance.look:
            self._wardrobe.undress(thing)
            self._dress(thing, instance.look)
        if before is None:
            self.scene.collection.objects.link(thing)
        self._things[instance.instance_id] = instance, thing
        self._instances[instance.instance_id] = thing

    def _set_props(self, props: tuple[PropSpec, ...]) -> None:
        """Have these things without a label in the scene; those that are as they were stay."""
        for number, (before, thing) in list(self._props.items()):
            if number < len(props) and props[number] == before and self._has_mesh(before, thing):
                continue
            mesh = thing.data if owns_mesh(before) else None
            self._wardrobe.undress(thing)
            bpy.data.objects.remove(thing)
            if mesh is not None:
                bpy.data.meshes.remove(mesh)
            del self._props[number]
        for number, prop in enumerate(props):
            if number not in self._props:
                thing = prop_object(f"prop {number:05d}", prop, self.assets.meshes)
                self._dress(thing, prop.look)
                self.scene.collection.objects.link(thing)
                self._props[number] = prop, thing

    def _has_mesh(self, prop: PropSpec, thing: bpy.types.Object) -> bool:
        return not isinstance(prop.shape, ModelShape) or thing.data == self.assets.meshes.get(
            prop.shape.model.content_hash
        )

    def _dress(self, thing: bpy.types.Object, look: Look) -> None:
        for number, own in enumerate(thing.data.materials):
            self._wardrobe.dress(thing, number, *self._recipe_of(look_of_slot(look, number), own))

    def _lay_ground(self, spec: GroundSpec | None) -> None:
        before, ground = self._ground or (None, None)
        if before == spec:
            return
        if ground is not None and (spec is None or before is None or before.radius != spec.radius):
            mesh = ground.data
            self._wardrobe.undress(ground)
            bpy.data.objects.remove(ground)
            bpy.data.meshes.remove(mesh)
            self._ground = ground = None
        if spec is None:
            return
        if ground is None:
            mesh = ground_mesh(_GROUND, spec.radius)
            mesh.materials.append(None)
            ground = bpy.data.objects.new(_GROUND, mesh)
            self.scene.collection.objects.link(ground)
        self._wardrobe.undress(ground)
        sets = self.assets.texture_sets
        self._wardrobe.dress(
            ground,
            0,
            ("ground", spec.finish, spec.textures, _kinds(spec.wear)),
            lambda: ground_material(_GROUND, spec, sets),
        )
        self._ground = spec, ground

    def _recipe_of(
        self, look: Look, own: bpy.types.Material | None
    ) -> tuple[Hashable, Callable[[], bpy.types.Material]]:
        """Which nodes a look needs (None where they are few), and how its material is made."""
        sets = self.assets.texture_sets
        kind: tuple[Hashable, ...]
        if isinstance(look, CupLook):
            print_ = look.pattern if look.look in ("textured", "imperfect") else ""
            kind = ("cup", look.look, print_, look.metallic > 0, look.imperfection > 0, _kinds(look.wear))
            return kind, lambda: material_of("cup", look, own, sets)
        if isinstance(look, SurfaceLook):
            kind = ("surface", look.material, look.textures, _kinds(look.wear))
            return kind, lambda: material_of("surface", look, own, sets)
        return None, lambda: material_of("model", look, own, sets)


def _pose_and_size(instance: ObjectSpec) -> tuple[object, ...]:
    return instance.T_world_model, instance.scale, instance.stretch


def _kinds(wear: Wear | None) -> tuple[bool, ...]:
    """Which kinds of wear there are: each has nodes of its own."""
    return () if wear is None else tuple(value > 0.0 for value in msgspec.structs.astuple(wear))


class _Wardrobe:
    """The materials of a stage: each worn by one slot of one object, or waiting to be worn again."""

    def __init__(self) -> None:
        self._worn: dict[tuple[int, int], tuple[Hashable, Tape]] = {}
        """By object and slot."""
        self._idle: list[tuple[Hashable, Tape]] = []
        """Least lately worn first."""
        self._spent: list[bpy.types.Material] = []
        self._plain: dict[tuple[int, int], bpy.types.Material] = {}

    def dress(
        self, thing: bpy.types.Object, number: int, kind: Hashable, make: Callable[[], bpy.types.Material]
    ) -> None:
        """Give a slot the material that `make` makes, in idle nodes of that kind if there are any."""
        place = (thing.as_pointer(), number)
        if kind is None:
            material = self._plain[place] = make()
        else:
            tape = self._run(kind, make)
            assert tape.material is not None
            self._worn[place] = kind, tape
            material = tape.material
        slot = thing.material_slots[number]
        slot.link = "OBJECT"
        slot.material = material

    def undress(self, thing: bpy.types.Object) -> None:
        """The materials of an object are free now; they stay on it until it is dressed or removed."""
        for number in range(len(thing.material_slots)):
            place = (thing.as_pointer(), number)
            if (worn := self._worn.pop(place, None)) is not None:
                self._idle.append(worn)
            if (plain := self._plain.pop(place, None)) is not None:
                self._spent.append(plain)

    def tidy(self, keep: int = _MOST_IDLE) -> None:
        """Remove what is not needed any more."""
        while len(self._idle) > keep:
            _, tape = self._idle.pop(0)
            assert tape.material is not None
            self._spent.append(tape.material)
        bpy.data.batch_remove(self._spent)
        self._spent = []

    def _run(self, kind: Hashable, make: Callable[[], bpy.types.Material]) -> Tape:
        """A tape on which the material was just made."""
        for position in reversed(range(len(self._idle))):
            if self._idle[position][0] != kind:
                continue
            _, tape = self._idle.pop(position)
            try:
                with tape.running():
                    make()
            except OtherNodesNeeded:
                assert tape.material is not None
                self._spent.append(tape.material)
                continue
            return tape
        tape = Tape()
        with tape.running():
            make()
        return tape
