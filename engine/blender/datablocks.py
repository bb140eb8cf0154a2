"""Keeping bpy.data clean: work in a scene of its own, keep what is wanted, remove the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import bpy

_KEPT_KINDS = {"MESH", "MATERIAL", "IMAGE", "NODETREE", "LIGHT", "WORLD"}
"""Kinds of datablocks that what is kept may bring along. Others it refers to (an object that a texture follows) go."""

_NEVER_REMOVED = {"KEY", "SCREEN", "WINDOWMANAGER", "WORKSPACE"}
"""Shape keys go with their mesh; the window's datablocks belong to the session."""


def all_datablocks() -> dict[int, bpy.types.ID]:
    """Every datablock of the session by its `session_uid`."""
    found: dict[int, bpy.types.ID] = {}
    for prop in bpy.data.bl_rna.properties:
        if prop.type == "COLLECTION":
            found.update((item.session_uid, item) for item in getattr(bpy.data, prop.identifier))
    return found


@dataclass(slots=True)
class Workbench:
    """A scene for temporary work, see `workbench`."""

    scene: bpy.types.Scene
    before: set[int]
    """The `session_uid` of every datablock that existed before."""

    keep: tuple[bpy.types.ID, ...] = ()
    """The result, meshes, lights or worlds: survives together with its materials, their images and node groups."""

    override: dict[str, object] = field(default_factory=dict)
    """What to pass to `bpy.context.temp_override` for operators to act in the scene."""

    def new(self) -> list[bpy.types.ID]:
        """The datablocks that were made since, without the scene itself."""
        return [item for uid, item in all_datablocks().items() if uid not in self.before and item != self.scene]


@contextmanager
def workbench() -> Iterator[Workbench]:
    """A scene of its own; at the end, and after any error, it and all new datablocks but the kept ones are removed.

    The user's scene and its view layer are not touched. Objects, collections, cameras, actions, texts, libraries and
    scenes never survive, whatever refers to them.
    """
    before = set(all_datablocks())
    scene = bpy.data.scenes.new("import")
    bench = Workbench(scene, before, override={"scene": scene, "view_layer": scene.view_layers[0]})
    try:
        yield bench
    except BaseException:
        bench.keep = ()
        raise
    finally:
        _remove_new(bench)


def used_by(*owners: bpy.types.ID) -> list[bpy.types.ID]:
    """The materials, images and node groups that meshes, lights or worlds need, themselves included."""
    uses: dict[bpy.types.ID, set[bpy.types.ID]] = {}
    for item, users in bpy.data.user_map(key_types=_KEPT_KINDS, value_types=_KEPT_KINDS).items():
        for user in users:
            uses.setdefault(user, set()).add(item)
    found = dict.fromkeys(owners)
    queue = list(owners)
    for item in queue:
        more = [used for used in uses.get(item, ()) if used not in found and used.id_type != "MESH"]
        found.update(dict.fromkeys(more))
        queue.extend(more)
    return list(found)


def _remove_new(bench: Workbench) -> None:
    kept = {item.session_uid for item in used_by(*bench.keep)}
    doomed = [
        item
        for uid, item in all_datablocks().items()
        if uid not in bench.before and uid not in kept and item.id_type not in _NEVER_REMOVED
    ]
    bpy.data.batch_remove(doomed)
