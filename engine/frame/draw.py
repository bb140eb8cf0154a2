"""Draw a FrameSpec: a pure function of (recipe, catalog, seed, index, attempt). The only room with randomness.

Every parameter draws from a stream of its own, named by its path in the recipe, so that adding one does not change the
values of the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.frame.catalog import Catalog
from engine.frame.draw_camera import draw_camera
from engine.frame.draw_distractors import reach
from engine.frame.draw_ground import draw_ground
from engine.frame.draw_lights import points_of
from engine.frame.draw_objects import Things, draw_things
from engine.frame.draw_room import draw_room
from engine.frame.draw_scenery import draw_scenery
from engine.frame.draw_sensor import draw_sensor
from engine.frame.draws import Draws
from engine.frame.spec import FrameSpec
from engine.recipe.model import Recipe

type Settle = Callable[[Things], Things]
"""Lets things fall until they lie still, as a function of nothing else."""


def draw(
    recipe: Recipe, catalog: Catalog, seed: int, index: int, attempt: int = 0, settle: Settle | None = None
) -> FrameSpec:
    """Draw attempt `attempt` at frame `index` of `seed`; `settle` is needed where the recipe drops things, and what it
    raises is passed on."""
    draws = Draws(seed, index, attempt)
    things = draw_things(recipe, catalog, draws)
    if things.falls:
        if settle is None:
            raise ValueError("things that fall need physics to come to rest: pass `settle`")
        things = settle(things)
    objects = things.objects
    facts = [catalog.models[instance.recipe_object] for instance in objects]
    camera = draw_camera(recipe.camera, recipe.render.resolution, objects, facts, draws)
    sets = catalog.texture_sets.get("ground.textures", ())
    among = reach(things.props, catalog)
    ground = draw_ground(recipe.ground, objects, facts, sets, draws, props_reach=among)
    points = points_of(objects, facts)
    around = max(among, float(np.linalg.norm(points[:, :2], axis=1).max()))
    room = draw_room(recipe.room, points, around, draws)
    if room is not None:
        ground = None
    scenery = draw_scenery(recipe, catalog, objects, facts, camera, draws, has_ground=ground is not None)
    return FrameSpec(
        index=index,
        seed=seed,
        attempt=attempt,
        objects=objects,
        camera=camera,
        world=scenery.world,
        ground=ground,
        samples=recipe.render.samples,
        cycles_seed=math.floor(draws.stream("render.seed").uniform() * 2**31),
        denoise=recipe.render.denoise,
        max_bounces=recipe.render.max_bounces,
        view=recipe.render.view,
        exposure=draws.number("camera.exposure", recipe.camera.exposure),
        drawn=draws.values,
        lights=scenery.lights if room is None else (*scenery.lights, *room.lights),
        backdrop=scenery.backdrop,
        props=things.props if room is None else (*things.props, *room.props),
        sensor=draw_sensor(recipe.sensor, camera.principal_point, draws),
        room=None if room is None else room.room,
    )
