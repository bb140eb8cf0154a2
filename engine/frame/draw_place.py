"""Draw where in a scene the objects are: on which of its surfaces, and where on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.frame.catalog import Catalog, SceneFacts
from engine.frame.draw_distractors import points_of_prop
from engine.frame.draw_objects import Things
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_matrix4, rigid
from engine.frame.placement import throw_in_disc
from engine.frame.room_plan import UP
from engine.frame.scene_spec import SceneSpec
from engine.frame.support_boxes import StaticBox, support_boxes
from engine.frame.surfaces import FLAT
from engine.recipe.distributions import Constant
from engine.recipe.scene import Scene

_THROWS = 12
"""Places that are looked at before the draw is given up."""

_ASIDE = 1.08
"""Of the things' reach, that a place must be flat and free all round."""

_MOST_ROOM = 1.0
"""Metres above the things from which it is looked what stands round them."""


class Unplaced(Exception):
    """Nothing in a scene was found where things, or a camera, could be; the text says what: a clause without a full
    stop."""


class Place(NamedTuple):
    """The world's origin in a scene."""

    scene: SceneSpec
    facts: SceneFacts
    origin: FloatArray
    """(3,) in the scene's frame."""
    floor: float
    """Height of the floor in the world."""
    support: tuple[StaticBox, ...]


def draw_place(scene: Scene, catalog: Catalog, things: Things, draws: Draws) -> Place | None:
    """None where no scene is wanted. Raises Unplaced."""
    if scene.kind == Constant("none") or not catalog.scenes or draws.text("scene.kind", scene.kind) == "none":
        return None
    number = draws.pick("scene.files", len(catalog.scenes))
    facts = catalog.scenes[number]
    draws.values["scene.file"] = facts.ref.name
    lights = draws.text("scene.lights", scene.lights)
    points = np.concatenate([_object_points(things, catalog), *(points_of_prop(it, catalog) for it in things.props)])
    reach = _ASIDE * float(np.linalg.norm(points[:, :2], axis=1).max())
    tall = float(points[:, 2].max())
    usable = _usable(scene, facts, reach, tall)
    if not len(usable):
        raise Unplaced(
            f"{facts.ref.name} has no surface that is flat and free over {2 * reach:.2g} m with {tall:.2g} m of room "
            "above it"
        )
    stream = draws.stream("scene.place")
    surfaces = facts.surfaces
    for _ in range(_THROWS):
        spot = _choose(facts, usable, stream.uniform(), stream.uniform())
        x, y = throw_in_disc(float(surfaces.radius[spot]) - reach, stream)
        origin = surfaces.places[spot] + np.array([x, y, 0.0])
        room = min(float(surfaces.headroom[spot]), tall + _MOST_ROOM) - 2 * FLAT
        below = float(facts.soup.depths_below((origin + room * UP)[None])[0])
        origin[2] += room - below
        support = support_boxes(facts.soup, origin, reach, room) if np.isfinite(below) else None
        if support is not None:
            height = float(surfaces.places[spot, 2] - surfaces.floor[spot])
            draws.values["scene.height"] = height
            T_world_scene = rigid(np.eye(3), -origin)  # noqa: N806 - a transform
            spec = SceneSpec(
                file=facts.ref,
                number=number,
                scale=scene.scale,
                T_world_scene=as_matrix4(T_world_scene),
                lamps=lights != "surroundings",
                sky=lights == "own",
                expose=scene.expose,
            )
            return Place(spec, facts, origin, -height, support)
    raise Unplaced(f"in {facts.ref.name} something stood in all {_THROWS} places that were tried")


def _object_points(things: Things, catalog: Catalog) -> FloatArray:
    clouds = []
    for it in things.objects:
        T = np.array(it.T_world_model)  # noqa: N806 - a transform
        clouds.append(catalog.facts_of(it).hull @ T[:3, :3].T * it.scale + T[:3, 3])
    return np.concatenate(clouds)


def _usable(scene: Scene, facts: SceneFacts, reach: float, tall: float) -> npt.NDArray[np.intp]:
    """The places that are wide, high and free enough."""
    surfaces = facts.surfaces
    above = surfaces.places[:, 2] - surfaces.floor
    return np.flatnonzero(
        (surfaces.radius >= max(reach, scene.width / 2))
        & (surfaces.headroom > tall + 4 * FLAT)
        & (above >= scene.lowest)
        & (above <= scene.highest)
    )


def _choose(facts: SceneFacts, usable: npt.NDArray[np.intp], u: float, v: float) -> int:
    """One of the usable places. A surface's chance grows with the fourth root of its area: there is much more floor
    than there are tables, and things are seldom on it."""
    of = facts.surfaces.surface[usable]
    names, first = np.unique(of, return_index=True)
    ends = np.cumsum(facts.surfaces.area[usable[first]] ** 0.25)
    chosen = names[min(int(np.searchsorted(ends, u * ends[-1], side="right")), len(names) - 1)]
    here = usable[of == chosen]
    return int(here[min(int(v * len(here)), len(here) - 1)])
