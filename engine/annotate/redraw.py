"""Draw a frame until it shows the object it is about; every draw that does not is counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.annotate.drop import placed_prop, settled
from engine.annotate.visibility import Body, PlacedBody, visible_fraction
from engine.errors import RenderError
from engine.frame.catalog import Catalog
from engine.frame.draw import draw
from engine.frame.spec import FrameSpec
from engine.physics.settle import Unsettled
from engine.recipe.model import Recipe

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
    unsettled: list[str] = []
    for attempt in range(recipe.visibility.tries):
        try:
            spec = draw(recipe, catalog, seed, index, attempt, lambda things: settled(things, bodies, models))
        except Unsettled as error:
            unsettled.append(str(error))
            continue
        fraction = target_fraction(spec, bodies, models)
        if fraction >= recipe.visibility.least:
            return spec
        best = max(best, fraction)
    if len(unsettled) == recipe.visibility.tries:
        raise RenderError(
            f"Frame {index}: in none of {recipe.visibility.tries} draws did what was dropped come to rest (the last "
            f"time {unsettled[-1]}). Lower the objects' count or distractors.count, or raise placement.spread."
        )
    raise RenderError(
        f"Frame {index}: none of {recipe.visibility.tries} draws shows {recipe.visibility.least:.0%} of its object "
        f"(the best showed {best:.0%}{_also(unsettled)}). Lower visibility.least, or change camera.elevation (the "
        "ground hides what is seen from below), camera.fill, camera.look_at_jitter or the objects' count."
    )


def _also(unsettled: list[str]) -> str:
    return f"; in {len(unsettled)} what was dropped did not come to rest" if unsettled else ""


def target_fraction(spec: FrameSpec, bodies: Sequence[Body], models: int) -> float:
    """Share of the looked-at object that is in the picture and hidden neither by others nor by the ground.

    `bodies` are the meshes of the recipe's objects, which are `models`, then those of its models of distractors.
    """
    placed = {
        instance.instance_id: PlacedBody(
            bodies[instance.recipe_object], np.array(instance.T_world_model), instance.scale
        )
        for instance in spec.objects
    }
    target = placed.pop(spec.camera.target_instance_id)
    others = [*placed.values(), *(placed_prop(prop, bodies, models) for prop in spec.props)]
    if spec.ground is not None:
        others.append(PlacedBody(_disc(spec.ground.radius), np.eye(4)))
    return visible_fraction(spec.camera, target, others)


def _disc(radius: float) -> Body:
    """The table top, just under z = 0 so that it does not hide the very feet of what stands on it."""
    turns = np.linspace(0, 2 * np.pi, _DISC_CORNERS, endpoint=False)
    rim = np.column_stack([np.cos(turns), np.sin(turns), np.zeros(_DISC_CORNERS)]) * radius
    sunk = np.vstack([rim, np.zeros((1, 3))]) - [0, 0, 1e-3 * radius]
    corners = np.arange(_DISC_CORNERS)
    fan = np.column_stack([corners, np.roll(corners, -1), np.full(_DISC_CORNERS, _DISC_CORNERS)])
    return Body(sunk.astype(np.float32), fan.astype(np.int32), sunk)
