"""Draw everything around the objects that they are seen in: the surroundings, the lights, and what is behind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.frame.backdrop_spec import BackdropSpec, PhotoCrop
from engine.frame.catalog import Catalog, ModelFacts
from engine.frame.draw_backdrop import draw_backdrop, light_of_photo, photo_of, with_shadow
from engine.frame.draw_lights import draw_lights, stand_of
from engine.frame.draw_surroundings import draw_surroundings, sun_of
from engine.frame.draws import Draws
from engine.frame.lights_spec import LightSpec
from engine.frame.spec import CameraSpec, ObjectSpec, WorldSpec
from engine.recipe.model import Recipe

DARK = WorldSpec(None, 0.0, 0.0, (1.0, 1.0, 1.0))
"""Surroundings without light."""


class Scenery(NamedTuple):
    """What is around the objects of a frame."""

    world: WorldSpec
    lights: tuple[LightSpec, ...]
    backdrop: BackdropSpec | None


def draw_scenery(
    recipe: Recipe,
    catalog: Catalog,
    objects: tuple[ObjectSpec, ...],
    facts: list[ModelFacts],
    start: CameraSpec,
    camera: CameraSpec,
    draws: Draws,
    *,
    has_ground: bool,
    own_sky: bool = False,
) -> Scenery:
    """`own_sky` says that a scene brings its own surroundings, or has none: then there are none of the recipe's.
    `start` is the camera at the beginning of what moves, where `objects` are as well; `camera` is the frame's."""
    stand = stand_of(objects, facts)
    world = DARK if own_sky else draw_surroundings(recipe.surroundings, catalog, draws)
    lights = draw_lights(recipe.lights, stand, start, camera, draws)
    if world.sky is not None:
        lights = (*lights, sun_of(world, world.sky, stand))
    backdrop = draw_backdrop(recipe.backdrop, catalog, camera, world, draws)
    if backdrop is None:
        return Scenery(world, lights, None)
    if recipe.backdrop.shadow and not has_ground:
        backdrop = with_shadow(backdrop, camera, catalog, float(np.linalg.norm(stand[0][:2])) + stand[1])
    if isinstance(backdrop.picture, PhotoCrop) and recipe.backdrop.light == "photo":
        photo = photo_of(backdrop.picture, catalog)
        strength = draws.number("backdrop.strength", recipe.backdrop.strength)
        world, main = light_of_photo(backdrop.picture, photo, strength, start, stand)
        lights = (*lights, main)
    return Scenery(world, lights, backdrop)
