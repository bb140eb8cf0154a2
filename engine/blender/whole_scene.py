"""A user's whole scene in the open file: shown where a frame has it, with or without its own lamps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
from mathutils import Matrix

from engine.blender.datablocks import used_by
from engine.frame.scene_spec import SceneSpec


@dataclass(frozen=True, slots=True)
class Part:
    """A mesh or a lamp in its place."""

    name: str
    data: bpy.types.Mesh | bpy.types.Light
    matrix: Matrix
    """4x4, affine: from its own frame to the scene's."""
    seen_by: Mapping[str, object]
    """Blender's properties of the object that say what sees it."""


@dataclass(frozen=True, slots=True)
class WholeScene:
    """A scene's datablocks. It is in the open file, but in no scene of it until it is shown."""

    root: bpy.types.Object
    """What all others hang on."""
    things: bpy.types.Collection
    lamps: bpy.types.Collection
    sky: bpy.types.World | None

    def remove(self) -> None:
        """Take it out of the open file, with all that only it used."""
        parts = [*self.things.objects, *self.lamps.objects]
        owners = list(dict.fromkeys([thing.data for thing in parts] + ([self.sky] if self.sky else [])))
        brought = [item for item in used_by(*owners) if item not in owners]
        bpy.data.batch_remove([self.root, *parts, self.things, self.lamps])
        bpy.data.batch_remove(owners)
        for item in brought:
            item.use_fake_user = False
        # Materials first, then the pictures and node groups that only they used.
        while unused := [item for item in brought if item.users == 0]:
            brought = [item for item in brought if item not in unused]
            bpy.data.batch_remove(unused)


def put_together(name: str, things: Sequence[Part], lamps: Sequence[Part], sky: bpy.types.World | None) -> WholeScene:
    """Objects for all parts, under id 0, hanging on one root."""
    root = bpy.data.objects.new(f"{name} root", None)
    return WholeScene(root, _collected(name, things, root), _collected(f"{name} lamps", lamps, root), sky)


def _collected(name: str, parts: Sequence[Part], root: bpy.types.Object) -> bpy.types.Collection:
    collection = bpy.data.collections.new(name)
    for part in parts:
        thing = bpy.data.objects.new(part.name, part.data)
        thing.parent = root
        # Unlike an object's own matrix this one may shear, as nested scales do.
        thing.matrix_parent_inverse = part.matrix
        for key, value in part.seen_by.items():
            setattr(thing, key, value)
        collection.objects.link(thing)
    return collection


class ShownScene:
    """The whole scene that a stage shows, if any."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._scene = scene
        self._shown: WholeScene | None = None

    @property
    def sky(self) -> bpy.types.World | None:
        """The surroundings that it brings."""
        return None if self._shown is None else self._shown.sky

    def show(self, spec: SceneSpec | None, scenes: Mapping[str, WholeScene]) -> None:
        """Have the one of `spec`, out of `scenes` by content hash, in its place."""
        wanted = None if spec is None else scenes[spec.file.content_hash]
        if wanted != self._shown:
            if self._shown is not None:
                self._link(self._shown.things, shown=False)
                self._link(self._shown.lamps, shown=False)
            self._shown = wanted
        if wanted is None or spec is None:
            return
        self._link(wanted.things, shown=True)
        self._link(wanted.lamps, shown=spec.lamps)
        wanted.root.matrix_world = Matrix(spec.T_world_scene)

    def _link(self, collection: bpy.types.Collection, *, shown: bool) -> None:
        children = self._scene.collection.children
        if shown and collection.name not in children:
            children.link(collection)
        elif not shown and collection.name in children:
            children.unlink(collection)
