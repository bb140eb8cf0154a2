"""Draw a frame until it shows the object it is about; every draw that does not is counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.annotate.drop import placed_prop, settled
from engine.annotate.scene_contact import PlacedSoup, reaches_into
from engine.annotate.visibility import Body, Opaque, PlacedBody, visible_fraction
from engine.errors import RenderError
from engine.frame.catalog import Catalog
from engine.frame.draw import draw
from engine.frame.draw_place import Unplaced
from engine.frame.room_spec import has_room_for
from engine.frame.soup import Soup
from engine.frame.spec import FloatArray, FrameSpec, ModelShape, PropSpec
from engine.physics.settle import Unsettled
from engine.recipe.model import Recipe
from engine.shapes.build import build

_DISC_CORNERS = 64


def draw_visible(recipe: Recipe, catalog: Catalog, bodies: Sequence[Body], seed: int, index: int) -> FrameSpec:
    """The first attempt at frame `index` in which things lie still and the camera sees enough of what it looks at.

    `bodies` are the meshes of `catalog.models`, then those of `catalog.distractors`, in that order. A function of its
    arguments alone.

    Raises:
        RenderError: no attempt among `recipe.visibility.tries` shows `recipe.visibility.least` of its object.
    """
    models = len(catalog.models)
    best = 0.0
    undone: list[Unsettled | Unplaced] = []
    for attempt in range(recipe.visibility.tries):
        try:
            spec = draw(recipe, catalog, seed, index, attempt, lambda things: settled(things, bodies, models))
        except (Unsettled, Unplaced) as error:
            undone.append(error)
            continue
        soup = None if spec.scene is None else catalog.scenes[spec.scene.number].soup
        if soup is not None and reaches_into(spec, soup, bodies, models):
            undone.append(Unsettled("things reached into what stood round them"))
            continue
        fraction = target_fraction(spec, bodies, models, soup)
        if fraction >= recipe.visibility.least:
            return spec
        best = max(best, fraction)
    if len(undone) == recipe.visibility.tries:
        raise RenderError(_why_none(index, undone))
    raise RenderError(
        f"Frame {index}: none of {recipe.visibility.tries} draws shows {recipe.visibility.least:.0%} of its object "
        f"(the best showed {best:.0%}{_also(undone)}). Lower visibility.least, or change camera.elevation (the "
        "ground hides what is seen from below), camera.fill, camera.look_at_jitter or the objects' count."
    )


def _why_none(index: int, undone: Sequence[Unsettled | Unplaced]) -> str:
    last = undone[-1]
    if isinstance(last, Unplaced):
        return (
            f"Frame {index}: in none of {len(undone)} draws did the scene have room (the last time {last}). Lower the "
            "objects' count, their scale, distractors.count or scene.clearance, widen scene.lowest to scene.highest, "
            "or check scene.scale and scene.up."
        )
    return (
        f"Frame {index}: in none of {len(undone)} draws did what was dropped come to rest (the last time {last}). "
        "Lower the objects' count or distractors.count, or raise placement.spread."
    )


def _also(undone: Sequence[Unsettled | Unplaced]) -> str:
    fallen = sum(isinstance(error, Unsettled) for error in undone)
    told = f"; in {fallen} what was dropped did not come to rest" if fallen else ""
    return f"{told}; in {len(undone) - fallen} the scene had no room" if len(undone) > fallen else told


def target_fraction(spec: FrameSpec, bodies: Sequence[Body], models: int, soup: Soup | None = None) -> float:
    """Share of the looked-at object that is in the picture and hidden neither by others nor by the ground; 0 where
    the camera is in a wall or in a cupboard.

    `bodies` are the meshes of the recipe's objects, which are `models`, then those of its models of distractors; `soup`
    is the scene that they are in, if any.
    """
    placed = {
        instance.instance_id: PlacedBody(
            bodies[instance.recipe_object], np.array(instance.T_world_model), instance.scale
        )
        for instance in spec.objects
    }
    target = placed.pop(spec.camera.target_instance_id)
    eye = np.array(spec.camera.T_world_camera)[:3, 3]
    if spec.room is not None and not has_room_for(spec.room, eye):
        return 0.0
    sight = np.vstack([target.camera_points(np.eye(4)), eye])
    props = [prop for prop in spec.props if _may_hide(prop, sight, bodies[models:])]
    others: list[Opaque] = [*placed.values(), *(placed_prop(prop, bodies, models) for prop in props)]
    if spec.scene is not None and soup is not None:
        others.append(PlacedSoup(soup, np.array(spec.scene.T_world_scene)))
    if spec.ground is not None:
        others.append(PlacedBody(_disc(spec.ground.radius), np.eye(4)))
    return visible_fraction(spec.camera, target, others)


def _may_hide(prop: PropSpec, sight: FloatArray, models: Sequence[Body]) -> bool:
    """Whether a prop's box touches that of the eye and the object's corners, `sight` (N, 3): all rays are in there. A
    room has dozens of things, and the tree of each takes a while."""
    shape = prop.shape
    points = models[shape.number].hull if isinstance(shape, ModelShape) else build(shape.kind, shape.traits).vertices
    T = np.array(prop.T_world_model)  # noqa: N806 - a transform
    placed = points * prop.scale @ T[:3, :3].T + T[:3, 3]
    return bool(((placed.min(axis=0) <= sight.max(axis=0)) & (placed.max(axis=0) >= sight.min(axis=0))).all())


def _disc(radius: float) -> Body:
    """The table top, just under z = 0 so that it does not hide the very feet of what stands on it."""
    turns = np.linspace(0, 2 * np.pi, _DISC_CORNERS, endpoint=False)
    rim = np.column_stack([np.cos(turns), np.sin(turns), np.zeros(_DISC_CORNERS)]) * radius
    sunk = np.vstack([rim, np.zeros((1, 3))]) - [0, 0, 1e-3 * radius]
    corners = np.arange(_DISC_CORNERS)
    fan = np.column_stack([corners, np.roll(corners, -1), np.full(_DISC_CORNERS, _DISC_CORNERS)])
    return Body(sunk.astype(np.float32), fan.astype(np.int32), sunk)
