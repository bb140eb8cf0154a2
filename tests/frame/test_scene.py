"""Whole scenes: things come to rest on what is flat in them, cameras are in free places, at somebody's height."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from engine.annotate.redraw import draw_visible
from engine.annotate.scene_contact import reaches_into
from engine.annotate.visibility import Body
from engine.errors import RenderError
from engine.frame.catalog import Catalog
from engine.frame.geometry import FloatArray
from engine.frame.measure import facts_of as frame_facts
from engine.frame.scene_spec import SceneSpec
from engine.frame.spec import FrameSpec
from engine.recipe.load import recipe_from_plain
from engine.recipe.model import Recipe
from engine.shapes.interior import block
from tests.frame.soups import TABLE, catalog_with, facts_of, soup_of, table_in_a_room

VASE = block((0.1, 0.1, TABLE), (0.3, 0.2, TABLE + 0.25))
FRAMES = range(8)


@pytest.fixture(scope="module")
def room() -> Catalog:
    return catalog_with(facts_of(soup_of(table_in_a_room([VASE]))))


@pytest.fixture(scope="module")
def bodies(room: Catalog) -> tuple[Body, ...]:
    low, high = room.models[0].bounds
    shape = block(tuple(low.tolist()), tuple(high.tolist()))
    return (Body(shape.vertices.astype(np.float32), shape.triangles(), shape.vertices),)


def recipe(scene: dict[str, Any] | None = None, **others: Any) -> Recipe:
    plain: dict[str, Any] = {"objects": [{"count": 2}], "scene": {"kind": "file", **(scene or {})}}
    return recipe_from_plain(plain | others, "test")


def draws(wanted: Recipe, room: Catalog, bodies: tuple[Body, ...]) -> list[FrameSpec]:
    return [draw_visible(wanted, room, bodies, 0, index) for index in FRAMES]


@pytest.fixture(scope="module")
def standing(room: Catalog, bodies: tuple[Body, ...]) -> list[FrameSpec]:
    return draws(recipe(), room, bodies)


def scene_of(spec: FrameSpec) -> SceneSpec:
    assert spec.scene is not None
    return spec.scene


def origin_of(spec: FrameSpec) -> FloatArray:
    """Of the world, in the scene's frame."""
    T = np.array(scene_of(spec).T_world_scene)  # noqa: N806 - a transform
    assert np.array_equal(T[:3, :3], np.eye(3))
    origin: FloatArray = -T[:3, 3]
    return origin


def lowest_points(spec: FrameSpec, body: Body) -> list[FloatArray]:
    """The lowest corner of each object, in the scene's frame."""
    found = []
    for it in spec.objects:
        T = np.array(it.T_world_model)  # noqa: N806 - a transform
        points = body.hull * it.scale @ T[:3, :3].T + T[:3, 3] + origin_of(spec)
        found.append(points[points[:, 2].argmin()])
    return found


def test_things_stand_on_the_floor_and_the_table_without_floating_or_sinking(
    standing: list[FrameSpec], room: Catalog, bodies: tuple[Body, ...]
) -> None:
    soup = room.scenes[0].soup
    heights = set()
    for spec in standing:
        for point in lowest_points(spec, bodies[0]):
            above = float(soup.depths_below(point[None] + [[0, 0, 0.01]])[0]) - 0.01
            assert -1e-3 < above < 1e-3
            heights.add(round(float(point[2]), 2))
        assert not reaches_into(spec, soup, bodies, 1)
        assert spec.ground is spec.room is None
    assert heights == {0.0, TABLE}


def test_what_reaches_into_the_scene_is_noticed(
    standing: list[FrameSpec], room: Catalog, bodies: tuple[Body, ...]
) -> None:
    spec, soup = standing[0], room.scenes[0].soup
    for down in (0.004, 0.05):
        T = np.array(spec.objects[0].T_world_model)  # noqa: N806 - a transform
        T[2, 3] -= down
        sunk = msgspec.structs.replace(spec.objects[0], T_world_model=tuple(map(tuple, T.tolist())))
        assert reaches_into(msgspec.structs.replace(spec, objects=(sunk, *spec.objects[1:])), soup, bodies, 1)


def test_frames_follow_from_their_number_alone_and_survive_being_written(
    standing: list[FrameSpec], room: Catalog, bodies: tuple[Body, ...]
) -> None:
    for spec in reversed(standing[:3]):
        assert draw_visible(recipe(), room, bodies, 0, spec.index) == spec
        assert msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec) == spec
    assert frame_facts(standing[0], room).background == "room"


@pytest.mark.parametrize(("eyes", "heights"), [("person", (1.5, 1.7)), ("robot", (0.4, 0.8))])
def test_cameras_are_at_somebodys_height_above_the_floor_and_clear_of_everything(
    room: Catalog, bodies: tuple[Body, ...], eyes: str, heights: tuple[float, float]
) -> None:
    scene = {"eyes": eyes, eyes: {"uniform": list(heights)}, "clearance": 0.2}
    soup = room.scenes[0].soup
    turns = np.linspace(0, 2 * np.pi, 60)
    around = np.column_stack([np.cos(turns), np.sin(turns), np.zeros(60)])
    for spec in draws(recipe(scene, camera={"fill": {"uniform": [0.05, 0.4]}}), room, bodies):
        eye = np.array(spec.camera.T_world_camera)[:3, 3] + origin_of(spec)
        assert heights[0] <= eye[2] <= heights[1]
        assert (np.abs(eye[:2]) < 1.8 + 1e-6).all()
        assert soup.distances(eye, around).min() > 0.15
        assert soup.depths_below(eye[None])[0] > 0.3 * heights[0]


def test_what_is_indoors_is_not_looked_at_from_outside(bodies: tuple[Body, ...]) -> None:
    """One wall is missing; the cameras are up to 6 m away."""
    open_room = facts_of(soup_of(table_in_a_room()[:-6] + table_in_a_room()[-5:]))
    wanted = recipe(camera={"distance": {"uniform": [0.5, 6.0]}, "elevation": {"uniform": [5, 30]}})
    for spec in draws(wanted, catalog_with(open_room), bodies):
        eye = np.array(spec.camera.T_world_camera)[:3, 3] + origin_of(spec)
        assert (np.abs(eye[:2]) < 2.3).all()


def test_heights_and_widths_of_surfaces_are_kept(room: Catalog, bodies: tuple[Body, ...]) -> None:
    for spec in draws(recipe({"lowest": 0.3}), room, bodies):
        assert origin_of(spec)[2] == pytest.approx(TABLE, abs=1e-4)
        assert spec.drawn["scene.height"] == pytest.approx(TABLE, abs=1e-4)
    for spec in draws(recipe({"width": 1.0}), room, bodies)[:3]:
        assert origin_of(spec)[2] == pytest.approx(0.0, abs=1e-4)


def test_heaps_fall_onto_the_table_and_stay_there(room: Catalog, bodies: tuple[Body, ...]) -> None:
    wanted = recipe({"lowest": 0.3}, placement={"kind": "drop", "orientation": "any"}, distractors={"count": 2})
    for index in range(2):
        spec = draw_visible(wanted, room, bodies, 0, index)
        for it, point in zip(spec.objects, lowest_points(spec, bodies[0]), strict=True):
            assert point[2] > TABLE - 1e-3
            middle = (np.array(it.T_world_model) @ [*room.models[0].centre, 1.0])[:3] + origin_of(spec)
            assert (np.abs(middle[:2]) < [0.6, 0.4]).all()


def test_the_lights_are_those_that_are_wanted(room: Catalog, bodies: tuple[Body, ...]) -> None:
    for lights, lamps, sky, world in (
        ("own", True, True, 0),
        ("both", True, False, 1),
        ("surroundings", False, False, 1),
    ):
        spec = draw_visible(recipe({"lights": lights}, surroundings={"kind": "sky"}), room, bodies, 0, 0)
        assert (scene_of(spec).lamps, scene_of(spec).sky) == (lamps, sky)
        assert (spec.world.strength > 0) == (len(spec.lights) == 1) == bool(world)


def test_what_has_no_room_is_reported_with_the_remedy(room: Catalog, bodies: tuple[Body, ...]) -> None:
    with pytest.raises(RenderError, match=r"Frame 0: in none of 3 .* room has no surface .* scene\.scale"):
        draw_visible(recipe({"lowest": 1.0}, visibility={"tries": 3}), room, bodies, 0, 0)
    with pytest.raises(RenderError, match=r"a camera had no free place .* scene\.clearance"):
        draw_visible(recipe({"clearance": 3.0}, visibility={"tries": 2}), room, bodies, 0, 0)
