"""Draw a FrameSpec: a pure function of (recipe, catalog, seed, index, attempt). The only room with randomness.

Every parameter draws from a stream of its own, named by its path in the recipe, so that adding one does not change the
values of the others.
"""

from __future__ import annotations

import math

from engine.frame.catalog import Catalog
from engine.frame.draw_camera import draw_camera
from engine.frame.draw_ground import draw_ground
from engine.frame.draw_lights import draw_lights
from engine.frame.draw_objects import draw_objects
from engine.frame.draw_sensor import draw_sensor
from engine.frame.draw_surroundings import draw_surroundings
from engine.frame.draws import Draws
from engine.frame.spec import FrameSpec
from engine.recipe.model import Recipe


def draw(recipe: Recipe, catalog: Catalog, seed: int, index: int, attempt: int = 0) -> FrameSpec:
    """Draw attempt `attempt` at frame `index` of `seed`."""
    draws = Draws(seed, index, attempt)
    objects = draw_objects(recipe, catalog, draws)
    facts = [catalog.models[instance.recipe_object] for instance in objects]
    camera = draw_camera(recipe.camera, recipe.render.resolution, objects, facts, draws)
    return FrameSpec(
        index=index,
        seed=seed,
        attempt=attempt,
        objects=objects,
        camera=camera,
        world=draw_surroundings(recipe.surroundings, catalog, draws),
        ground=draw_ground(recipe.ground, objects, facts, draws),
        samples=recipe.render.samples,
        cycles_seed=math.floor(draws.stream("render.seed").uniform() * 2**31),
        denoise=recipe.render.denoise,
        max_bounces=recipe.render.max_bounces,
        view=recipe.render.view,
        exposure=draws.number("camera.exposure", recipe.camera.exposure),
        drawn=draws.values,
        lights=draw_lights(recipe.lights, objects, facts, camera, draws),
        sensor=draw_sensor(recipe.sensor, camera.principal_point, draws),
    )
