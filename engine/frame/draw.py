"""Draw a FrameSpec: a pure function of (recipe, catalog, seed, index, attempt). The only room with randomness.

Every parameter draws from a stream of its own, named by its path in the recipe, so that adding one does not change the
values of the others.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import msgspec
import numpy as np

from engine.frame.catalog import Catalog, ModelFacts
from engine.frame.draw_camera import draw_view
from engine.frame.draw_distractors import reach
from engine.frame.draw_ground import draw_ground
from engine.frame.draw_lights import points_of
from engine.frame.draw_motion import draw_movement
from engine.frame.draw_objects import Things, draw_things
from engine.frame.draw_place import Place, draw_place
from engine.frame.draw_room import DrawnRoom, backed_by_wall, draw_room
from engine.frame.draw_scenery import draw_scenery
from engine.frame.draw_sensor import draw_sensor
from engine.frame.draw_sequence import draw_sequence, moved
from engine.frame.draws import Draws
from engine.frame.geometry import as_matrix4
from engine.frame.looks_spec import GroundSpec
from engine.frame.scene_view import SceneView
from engine.frame.spec import CameraSpec, FrameSpec, Matrix4
from engine.frame.stereo import draw_stereo
from engine.recipe.model import Recipe

_ABOVE = 2e-3
"""Metres from which things come down onto a surface of a scene."""

type Settle = Callable[[Things], Things]
"""Lets things fall until they lie still, as a function of nothing else."""


def draw(
    recipe: Recipe, catalog: Catalog, seed: int, index: int, attempt: int = 0, settle: Settle | None = None
) -> FrameSpec:
    """Draw attempt `attempt` at frame `index` of `seed`; `settle` is needed where the recipe drops things or has them
    in a scene, and what it raises is passed on. Raises Unplaced where a scene has no room for them."""
    number, frame = divmod(index, recipe.motion.frames)
    draws, own = Draws(seed, number, attempt), Draws(seed, index, attempt)
    things = draw_things(recipe, catalog, draws)
    place = draw_place(recipe.scene, catalog, things, draws)
    if place is not None:
        things = _above(things, place, flies=draws.values["placement.kind"] == "air")
    if things.falls:
        if settle is None:
            raise ValueError("things that fall need physics to come to rest: pass `settle`")
        things = settle(things)
    objects = things.objects
    facts = [catalog.facts_of(instance) for instance in objects]
    within = None if place is None else SceneView(recipe.scene, place)
    view, viewpoint = draw_view(recipe.camera, recipe.render.resolution, objects, facts, draws, within)
    at_rest = things.falls or place is not None
    movement = draw_movement(recipe.motion, things, facts, catalog, view.centre, viewpoint, draws, at_rest=at_rest)
    ground, room = (None, None) if place else _draw_stand(recipe, catalog, things, facts, movement.reach, draws)

    def camera_at(time: float) -> CameraSpec:
        camera = view.from_place(movement.eye(time))
        if room is not None and room.is_hall:
            return backed_by_wall(camera, room.room, points_of(objects, facts))
        return camera

    start = camera_at(0.0)
    sequence = draw_sequence(recipe, number, frame, camera_at, movement, draws)
    camera = camera_at(sequence.time) if sequence else start
    scenery = draw_scenery(
        recipe,
        catalog,
        objects,
        facts,
        start,
        camera,
        draws,
        has_ground=ground is not None or place is not None,
        own_sky=place is not None and place.scene.sky,
    )
    spec = FrameSpec(
        index=index,
        seed=seed,
        attempt=attempt,
        objects=moved(objects, movement.poses(sequence.time)) if sequence else objects,
        camera=camera,
        world=scenery.world,
        ground=ground,
        samples=recipe.render.samples,
        cycles_seed=math.floor(own.stream("render.seed").uniform() * 2**31),
        denoise=recipe.render.denoise,
        max_bounces=recipe.render.max_bounces,
        view=recipe.render.view,
        exposure=draws.number("camera.exposure", recipe.camera.exposure),
        drawn=draws.values,
        lights=scenery.lights if room is None else (*scenery.lights, *room.lights),
        backdrop=scenery.backdrop,
        props=things.props if room is None else (*things.props, *room.props),
        sensor=draw_sensor(recipe.sensor, camera.principal_point, draws, own.stream("sensor.noise")),
        room=None if room is None else room.room,
        scene=None if place is None else place.scene,
        sequence=sequence,
        stereo=draw_stereo(recipe, draws, own),
        denoiser=recipe.render.denoiser,
        clamp=recipe.render.clamp,
        caustics=recipe.render.caustics,
    )
    for randomize in catalog.randomizers:
        spec = randomize(spec, draws)
    return spec


def _draw_stand(
    recipe: Recipe, catalog: Catalog, things: Things, facts: list[ModelFacts], wander: float, draws: Draws
) -> tuple[GroundSpec | None, DrawnRoom | None]:
    """What things stand on where they are in no scene: the ground, or something in a room. They move no farther from
    their places than `wander`, metres."""
    among = reach(things.props, catalog)
    sets = catalog.texture_sets.get("ground.textures", ())
    points = points_of(things.objects, facts)
    around = max(among, float(np.linalg.norm(points[:, :2], axis=1).max()) + wander)
    ground = draw_ground(recipe.ground, things.objects, facts, sets, draws, props_reach=around)
    room = draw_room(recipe.room, points, around, draws)
    return ground if room is None else None, room


def _above(things: Things, place: Place, *, flies: bool) -> Things:
    """Things that are to come to rest in a place of a scene, a little above it so that none begins inside of it."""
    if flies:
        return things
    return dataclasses.replace(
        things,
        objects=tuple(msgspec.structs.replace(it, T_world_model=_raised(it.T_world_model)) for it in things.objects),
        props=tuple(msgspec.structs.replace(it, T_world_model=_raised(it.T_world_model)) for it in things.props),
        kind="drop",
        support=place.support,
    )


def _raised(pose: Matrix4) -> Matrix4:
    T = np.array(pose)  # noqa: N806 - a transform
    T[2, 3] += _ABOVE
    return as_matrix4(T)
