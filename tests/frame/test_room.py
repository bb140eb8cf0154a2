"""Rooms: closed, furnished without collisions, the objects on something, the camera inside."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import trimesh

from engine.annotate.inside import is_camera_inside
from engine.annotate.redraw import target_fraction
from engine.annotate.visibility import Body, PlacedBody
from engine.frame.catalog import Catalog
from engine.frame.draw import draw
from engine.frame.geometry import FloatArray
from engine.frame.looks_spec import SlotLooks
from engine.frame.rng import Stream
from engine.frame.room_spec import CAMERA_ROOM, RoomSpec, has_room_for
from engine.frame.spec import FrameSpec, ProceduralShape
from engine.recipe.load import recipe_from_plain
from engine.shapes.build import build
from engine.shapes.interior import block
from tests.frame.catalogs import box_model, catalog

ROOM = {"kind": "room", "furniture": {"uniform": [3, 8]}, "lamps": 2, "windows": 2}
RECIPE = recipe_from_plain({"objects": [{"count": 2}], "room": ROOM}, "test")
FRAMES = range(40)


@pytest.fixture(scope="module")
def specs() -> list[FrameSpec]:
    return [draw(RECIPE, catalog(), 0, index) for index in FRAMES]


def room_of(spec: FrameSpec) -> RoomSpec:
    assert spec.room is not None
    return spec.room


def points_in_room(spec: FrameSpec, kind: str) -> list[FloatArray]:
    """The vertices of all parts of a kind in the room's frame."""
    T = np.linalg.inv(np.array(room_of(spec).T_world_room))  # noqa: N806 - a transform
    found = []
    for prop in spec.props:
        assert isinstance(prop.shape, ProceduralShape)
        if prop.shape.kind == kind:
            here = T @ np.array(prop.T_world_model)
            found.append(build(kind, prop.shape.traits).vertices @ here[:3, :3].T + here[:3, 3])
    return found


def test_a_room_is_drawn_only_where_it_is_wanted_and_shifts_no_other_value(specs: list[FrameSpec]) -> None:
    without = draw(recipe_from_plain({"objects": [{"count": 2}]}, "test"), catalog(), 0, 0)
    assert without.room is None
    assert without.ground is not None
    assert specs[0].ground is None
    assert specs[0].objects == without.objects
    assert specs[0].camera == without.camera
    assert without.drawn.items() <= specs[0].drawn.items()
    again = msgspec.json.decode(msgspec.json.encode(specs[0]), type=FrameSpec)
    assert again == specs[0] == draw(RECIPE, catalog(), 0, 0)


def test_the_objects_stand_on_something_with_their_feet_well_inside_its_edges(specs: list[FrameSpec]) -> None:
    supports = set()
    for spec in specs:
        reach = max(float(np.abs(np.array(spec.objects[k].T_world_model)[:2, 3]).max()) for k in (0, 1))
        below = [
            (prop.shape.kind, build(prop.shape.kind, prop.shape.traits).vertices, np.array(prop.T_world_model))
            for prop in spec.props
            if isinstance(prop.shape, ProceduralShape) and prop.shape.kind in ("table", "cupboard", "slab")
        ]
        tops = []
        for kind, vertices, T in below:  # noqa: N806 - a transform
            placed = vertices @ T[:3, :3].T + T[:3, 3]
            local = -T[:3, :3].T @ T[:3, 3]
            low, high = vertices.min(axis=0)[:2] + reach, vertices.max(axis=0)[:2] - reach
            if abs(placed[:, 2].max()) < 1e-9 and (local[:2] > low).all() and (local[:2] < high).all():
                tops.append(kind)
        assert len(tops) == 1
        supports.add(tops[0])
    assert supports == {"table", "cupboard", "slab"}


def test_nothing_stands_in_anything_else_and_all_of_it_is_in_the_room(specs: list[FrameSpec]) -> None:
    for spec in specs:
        size = np.array(room_of(spec).size)
        boxes = np.array(room_of(spec).solids)
        assert (boxes[:, :3] > -1e-9).all()
        assert (boxes[:, 3:] < size + 1e-9).all()
        standing = [points for kind in ("shelf", "sofa", "cupboard", "table") for points in points_in_room(spec, kind)]
        for k, points in enumerate(standing):
            for other in standing[k + 1 :]:
                above = points.min(axis=0) > other.max(axis=0) - 1e-6
                below = points.max(axis=0) < other.min(axis=0) + 1e-6
                assert (above | below).any()
        for points in [*standing, *points_in_room(spec, "chair"), *points_in_room(spec, "curtain")]:
            assert points.min() > -0.01
            assert (points.max(axis=0) < size + 0.01).all()
        for points in [*standing, *points_in_room(spec, "chair")]:
            assert points[:, 2].min() == pytest.approx(0, abs=1e-6)


def test_windows_fill_their_openings_and_walls_keep_the_light_out_elsewhere(specs: list[FrameSpec]) -> None:
    """Rays from the middle of the room to all sides leave it through windows alone."""
    stream = Stream(0, 0, 0, "rays")
    around = np.array([[stream.uniform() - 0.5 for _ in range(3)] for _ in range(4000)])
    for spec in specs[:6]:
        room = room_of(spec)
        middle = np.array(room.size) / 2
        free = np.ones(len(around), bool)
        for kind in ("wall", "slab"):
            for prop in spec.props:
                assert isinstance(prop.shape, ProceduralShape)
                if prop.shape.kind == kind:
                    shape = build(kind, prop.shape.traits)
                    T = np.linalg.inv(np.array(room.T_world_room)) @ np.array(prop.T_world_model)  # noqa: N806
                    body = Body(shape.vertices.astype(np.float32), shape.triangles(), shape.vertices)
                    free &= np.isinf(PlacedBody(body, T).hit_distances(middle, around))
        panes = points_in_room(spec, "window")
        assert panes
        assert free.any()
        hits = []
        for ray in around[free]:
            sides = np.where(ray > 0, (np.array(room.size) - middle) / ray, -middle / ray)
            at = middle + ray * sides.min()
            hits.append(any(((at > p.min(axis=0) - 0.25) & (at < p.max(axis=0) + 0.25)).all() for p in panes))
        assert all(hits)


def test_a_camera_in_a_wall_or_in_a_cupboard_is_told(specs: list[FrameSpec]) -> None:
    spec = specs[0]
    room = room_of(spec)
    T = np.array(room.T_world_room)  # noqa: N806 - a transform

    def free(*point: float) -> bool:
        return has_room_for(room, T[:3, :3] @ np.array(point) + T[:3, 3])

    assert not free(-0.1, 1.0, 1.0)
    assert not free(1.0, 1.0, room.size[2] - CAMERA_ROOM / 2)
    x0, y0, z0, x1, y1, z1 = room.solids[0]
    assert not free((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2)
    hull = box_model().hull
    box = block(tuple(hull.min(axis=0)), tuple(hull.max(axis=0)))
    body = Body(box.vertices.astype(np.float32), box.triangles(), hull)
    inside = [is_camera_inside(s, []) for s in specs]
    assert inside == [not has_room_for(room_of(s), np.array(s.camera.T_world_camera)[:3, 3]) for s in specs]
    assert any(inside)
    seen = [not is_in and target_fraction(s, [body], 1) > 0.4 for s, is_in in zip(specs, inside, strict=True)]
    assert sum(seen) > len(specs) / 4


def test_what_is_large_stands_on_the_floor_of_a_room_that_holds_it() -> None:
    large = box_model()
    hull = large.hull * 40
    models = Catalog((type(large)(large.ref, hull, has_materials=False, is_cup=True),), catalog().hdris)
    for index in range(8):
        spec = draw(recipe_from_plain({"room": ROOM, "objects": [{"scale": 1}]}, "test"), models, 0, index)
        room = room_of(spec)
        assert min(room.size[:2]) > 2 * np.abs(hull[:, :2]).max()
        assert room.size[2] > hull[:, 2].max()
        assert np.array(room.T_world_room)[2, 3] == pytest.approx(0)


def test_lamps_are_seen_and_share_the_strength(specs: list[FrameSpec]) -> None:
    for spec in specs[:10]:
        assert len(spec.lights) == 2
        assert all(light.seen for light in spec.lights)
        total = sum(light.irradiance for light in spec.lights)
        assert total == pytest.approx(float(spec.drawn["room.lamp_strength"]) * np.pi * 0.9)


def test_every_part_is_a_closed_surface_with_a_look_for_each_slot(specs: list[FrameSpec]) -> None:
    kinds = set()
    for spec in specs:
        for prop in spec.props:
            assert isinstance(prop.shape, ProceduralShape)
            if prop.shape.kind in kinds:
                continue
            kinds.add(prop.shape.kind)
            shape = build(prop.shape.kind, prop.shape.traits)
            mesh = trimesh.Trimesh(shape.vertices, shape.triangles(), process=False)
            assert mesh.is_watertight
            assert mesh.is_winding_consistent
            assert mesh.volume > 0
            assert len(shape.slots) == len(shape.polygons)
            assert isinstance(prop.look, SlotLooks)
            assert len(prop.look.looks) > max(shape.slots)
    furniture = {"table", "chair", "shelf", "cupboard", "sofa", "pendant", "standard lamp"}
    shell = {"wall", "slab", "window", "door", "baseboard", "rug", "curtain", "picture"}
    assert kinds == furniture | shell
