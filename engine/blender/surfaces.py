"""Materials of a `SurfaceLook`, on anything: on objects, on furniture, and on the ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import bpy

from engine.blender import finishes, hard_surfaces, soft_surfaces
from engine.blender.finishes import Finish, Top, finish_with
from engine.blender.imperfections import wear_out
from engine.blender.mapping import Place, place_of, scaled
from engine.blender.nodes import Graph, Socket, linear, new_material, offset
from engine.blender.texture_sets import LoadedSet, textured_top
from engine.frame.looks_spec import GroundSpec, SurfaceLook
from engine.recipe.materials import PBR

_FOLDS = 0.010
"""Height of the folds of a table cloth, metres."""

_SALT = 17

type Sets = Mapping[str, LoadedSet]
"""Sets of pictures by content hash."""

_MATERIALS: dict[str, Callable[[Graph, Place, Finish], Top]] = {
    "wood": lambda g, at, spec: finishes.wood(g, at.solid, spec, boards=False),
    "marble": lambda g, at, spec: finishes.marble(g, at.solid, spec),
    "concrete": hard_surfaces.concrete,
    "fabric": lambda g, at, spec: finishes.fabric(g, at.flat, spec, 0.1 * _FOLDS),
    "brushed-metal": hard_surfaces.brushed_metal,
    "polished-metal": hard_surfaces.polished_metal,
    "plastic": hard_surfaces.plastic,
    "ceramic": hard_surfaces.ceramic,
    "tiles": hard_surfaces.tiles,
    "leather": soft_surfaces.leather,
    "cardboard": soft_surfaces.cardboard,
    "dirty-paint": hard_surfaces.dirty_paint,
}

_TABLE_TOPS: dict[str, Callable[[Graph, Socket, Finish], Top]] = {
    "plain": finishes.plain,
    "wood": lambda g, point, spec: finishes.wood(g, point, spec, boards=True),
    "stone": finishes.stone,
    "fabric": lambda g, point, spec: finishes.fabric(g, point, spec, _FOLDS),
}
"""What only a table top is made of, or is made of in another way: it needs no projection."""


def surface_material(name: str, look: SurfaceLook, sets: Sets | None = None) -> bpy.types.Material:
    """A new material datablock of `look`, for an object of any scale; `sets` must hold the set that it names.

    Patterns have their natural size in metres (times `look.scale`), follow the object's own coordinates, and turn and
    move with it. Nothing is drawn here: the same look gives the same pixels.
    """
    material = new_material(name)
    g = Graph(material.node_tree)
    if look.material == PBR:
        assert sets is not None
        assert look.textures is not None
        top = textured_top(g, sets[look.textures.content_hash], look)
    else:
        at = place_of(g, look.scale, look.seed, _SALT, look.uv_metres)
        top = _MATERIALS[look.material](g, at, look)
    finish_with(g, material, top, look.scale)
    material.diffuse_color = linear(look.base_color)
    wear_out(material, look.wear)
    return material


def ground_material(name: str, spec: GroundSpec, sets: Sets | None = None) -> bpy.types.Material:
    """A new material for the table top, cut from its endless pattern at a place that follows from `spec.seed`."""
    if spec.finish not in _TABLE_TOPS:
        return surface_material(name, _as_look(spec), sets)
    material = new_material(name)
    g = Graph(material.node_tree)
    here = g.object_position()
    point = g.vector("ADD", scaled(g, here, 1.0 / spec.scale), offset(spec.seed, 5))
    finish_with(g, material, _TABLE_TOPS[spec.finish](g, point, spec), spec.scale)
    material.diffuse_color = linear(spec.base_color)
    wear_out(material, spec.wear)
    return material


def _as_look(spec: GroundSpec) -> SurfaceLook:
    return SurfaceLook(
        material=spec.finish,
        base_color=spec.base_color,
        second_color=spec.second_color,
        roughness=spec.roughness,
        seed=spec.seed,
        scale=spec.scale,
        textures=spec.textures,
        texture_size=spec.texture_size,
        wear=spec.wear,
    )
