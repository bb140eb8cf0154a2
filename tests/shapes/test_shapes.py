"""Our own shapes: closed solids of believable size, and convex pieces that hold them."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from engine.frame.rng import Stream
from engine.recipe.distractors import KINDS
from engine.shapes.build import RECEIVERS, TRAITS, build
from engine.shapes.mesh import FloatArray, Shape

MEASURES = (0.4, 0.3, 0.15, 0.004)


def shapes_of(kind: str, count: int = 6) -> list[Shape]:
    if kind in RECEIVERS:
        return [build(kind, MEASURES)]
    streams = [Stream(0, i, 0, kind) for i in range(count)]
    return [build(kind, tuple(stream.uniform() for _ in range(TRAITS))) for stream in streams]


def directions() -> FloatArray:
    rng = Stream(0, 0, 0, "directions")
    found = np.array([[rng.uniform() - 0.5 for _ in range(3)] for _ in range(250)])
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("kind", [*KINDS, *RECEIVERS])
def test_a_shape_is_a_closed_surface_that_rests_on_the_ground(kind: str) -> None:
    for shape in shapes_of(kind):
        mesh = trimesh.Trimesh(shape.vertices, shape.triangles(), process=False)
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.volume > 0
        assert shape.vertices[:, 2].min() == pytest.approx(0, abs=1e-9)
        assert len(shape.slots) == len(shape.polygons)
        assert set(shape.slots) <= {0, 1, 2}
        if kind not in RECEIVERS:
            assert 0.025 < mesh.extents.max() < 0.32
            middle = shape.vertices.min(axis=0) + shape.vertices.max(axis=0)
            assert np.abs(middle[:2]).max() < 1e-9


@pytest.mark.parametrize("kind", [*KINDS, *RECEIVERS])
def test_the_convex_pieces_reach_as_far_as_the_shape(kind: str) -> None:
    """No vertex lies more than 1.5 mm beyond all pieces: what touches a piece is seen to touch."""
    looks = directions()
    for shape in shapes_of(kind, 2):
        beyond = [(shape.vertices @ looks.T - (piece @ looks.T).max(axis=0)).max(axis=1) for piece in shape.pieces]
        assert np.min(beyond, axis=0).max() < 1.5e-3


@pytest.mark.parametrize("kind", ["bowl", *RECEIVERS])
def test_vessels_are_hollow_in_collisions(kind: str) -> None:
    looks = directions()
    for shape in shapes_of(kind, 2):
        high = shape.vertices[:, 2].max()
        inside = np.array([[0.0, 0.0, z * high] for z in (0.6, 0.8, 0.95)])
        beyond = [(inside @ looks.T - (piece @ looks.T).max(axis=0)).max(axis=1) for piece in shape.pieces]
        assert np.min(beyond, axis=0).min() > 0.004


def test_equal_traits_make_equal_shapes_and_others_make_others() -> None:
    for kind in KINDS:
        traits = tuple(0.1 * i for i in range(TRAITS))
        assert np.array_equal(build(kind, traits).vertices, build.__wrapped__(kind, traits).vertices)
        assert not np.array_equal(build(kind, traits).vertices, build(kind, (*traits[:1], 0.77, *traits[2:])).vertices)
