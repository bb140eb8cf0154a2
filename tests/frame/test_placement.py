"""Placement: rotations spread evenly, things apart in the air, and starts from which things can fall."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.frame.draw import draw
from engine.frame.draw_objects import draw_things
from engine.frame.draws import Draws
from engine.frame.placement import FloatArray, place
from engine.frame.rng import Stream
from engine.recipe.distractors import KINDS
from engine.recipe.load import recipe_from_plain
from engine.shapes.build import build
from tests.frame.catalogs import box_model, catalog

POSE = recipe_from_plain(
    {"placement": {"kind": "air", "orientation": "any"}, "ground": {"kind": "none"}, "objects": [{"count": 4}]}, "t"
)
DROP = {"kind": "drop", "orientation": "any"}
FRAMES = 250


@pytest.fixture(scope="module")
def rotations() -> FloatArray:
    """(N, 3, 3): those of the objects of many frames."""
    things = itertools.chain.from_iterable(draw_things(POSE, catalog(), Draws(3, i, 0)).objects for i in range(FRAMES))
    return np.array([np.array(thing.T_world_model)[:3, :3] for thing in things])


def kolmogorov_smirnov(values: FloatArray, cumulative: FloatArray) -> float:
    """The statistic times the root of the number of values: above 1.63 in one of a hundred fair draws. `cumulative`
    is what the distribution function says of each of `values`."""
    n = len(values)
    expected = cumulative[np.argsort(values)]
    steps = np.arange(n)
    return float(max((expected - steps / n).max(), ((steps + 1) / n - expected).max()) * math.sqrt(n))


def test_they_are_rotations(rotations: FloatArray) -> None:
    assert np.abs(rotations @ rotations.transpose(0, 2, 1) - np.eye(3)).max() < 1e-12
    assert np.allclose(np.linalg.det(rotations), 1)


def test_their_angles_are_distributed_as_those_of_all_rotations(rotations: FloatArray) -> None:
    """Of rotations spread evenly over SO(3), the share (θ - sin θ) / π has an angle below θ."""
    angles = np.arccos(np.clip((np.trace(rotations, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert kolmogorov_smirnov(angles, (angles - np.sin(angles)) / math.pi) < 1.63


def test_no_axis_prefers_a_direction(rotations: FloatArray) -> None:
    """Each rotated axis is uniform on the sphere: by Archimedes, each of its coordinates is uniform in [-1, 1]."""
    for row, column in itertools.product(range(3), range(3)):
        values = rotations[:, row, column]
        assert kolmogorov_smirnov(values, (values + 1) / 2) < 1.95
    means = rotations.mean(axis=0)
    # The variance of a coordinate is 1/3; four standard errors.
    assert np.abs(means).max() < 4 * math.sqrt(1 / 3 / len(rotations))
    # No two coordinates go together, not even as squares: the covariance of a uniform axis is I / 3.
    for column in range(3):
        axis = rotations[:, :, column]
        assert np.abs(axis.T @ axis / len(axis) - np.eye(3) / 3).max() < 0.03


def test_the_uniformity_test_notices_rotations_that_are_not_even() -> None:
    """Euler angles drawn evenly, a usual mistake, fail it."""
    stream = Stream(0, 0, 0, "euler")
    angles = []
    for _ in range(1600):
        a, b, c = (math.tau * stream.uniform() for _ in range(3))
        trace = math.cos(b) * (1 + math.cos(a + c)) + math.cos(a + c)  # of Rz(a) Rx(b) Rz(c)
        angles.append(math.acos(min(max((trace - 1) / 2, -1), 1)))
    found = np.array(angles)
    assert kolmogorov_smirnov(found, (found - np.sin(found)) / math.pi) > 2


@given(st.lists(st.floats(1e-3, 10), min_size=1, max_size=9), st.floats(1, 3), st.floats(0, 1), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_balls_in_the_air_never_overlap(radii: list[float], spread: float, gap: float, seed: int) -> None:
    spots = place(radii, spread, gap, Stream(seed, 0, 0, "spots"), in_air=True)
    for i, a in enumerate(spots):
        for j in range(i):
            assert math.dist(a, spots[j]) >= (radii[i] + radii[j]) * (1 + gap) * (1 - 1e-9)


def test_what_flies_is_above_the_ground() -> None:
    recipe = recipe_from_plain({"placement": {"kind": "air", "orientation": "any"}, "objects": [{"count": 3}]}, "t")
    for index in range(10):
        for thing in draw(recipe, catalog(), 0, index).objects:
            T = np.array(thing.T_world_model)
            assert (box_model().hull * thing.scale @ T[:3, :3].T + T[:3, 3])[:, 2].min() > 0


def test_upright_objects_in_the_air_keep_their_yaw_and_tilt() -> None:
    recipe = recipe_from_plain({"placement": {"kind": "air"}, "objects": [{"yaw": 0, "tilt": 0}]}, "t")
    assert np.allclose(np.array(draw(recipe, catalog(), 0, 0).objects[0].T_world_model)[:3, :3], np.eye(3))


@pytest.mark.parametrize("into", ["table", "box", "bin"])
def test_nothing_touches_another_before_it_falls(into: str) -> None:
    recipe = recipe_from_plain(
        {"placement": {**DROP, "into": into}, "objects": [{"count": 5}], "distractors": {"count": 6}}, "t"
    )
    for index in range(6):
        things = draw_things(recipe, catalog(), Draws(0, index, 0))
        assert things.falls
        assert (things.receiver is None) == (into == "table")
        balls = [(np.array(it.T_world_model), it.scale, box_model().hull) for it in things.objects]
        balls += [
            (np.array(prop.T_world_model), prop.scale, build(prop.shape.kind, prop.shape.traits).vertices)
            for prop in things.props[: len(things.props) - (into != "table")]
        ]
        assert len(balls) == 11
        spheres = []
        for T, scale, points in balls:
            middle = (points.min(axis=0) + points.max(axis=0)) / 2
            centre, radius = (
                T[:3, :3] @ middle * scale + T[:3, 3],
                np.linalg.norm(points - middle, axis=1).max() * scale,
            )
            spheres.append((centre, radius))
            floor = things.receiver.measures[3] if things.receiver else 0.0
            assert centre[2] - radius > floor
            if things.receiver:
                half_x, half_y = things.receiver.measures[0] / 2, things.receiver.measures[1] / 2
                assert abs(centre[0]) + radius <= half_x + 1e-9
                assert abs(centre[1]) + radius <= half_y + 1e-9
        for (a, ra), (b, rb) in itertools.combinations(spheres, 2):
            assert np.linalg.norm(a - b) > ra + rb


def test_dropping_needs_physics() -> None:
    with pytest.raises(ValueError, match="settle"):
        draw(recipe_from_plain({"placement": DROP}, "t"), catalog(), 0, 0)


def test_distractors_stand_apart_from_objects_and_change_none_of_their_parameters() -> None:
    plain = {"objects": [{"count": 2}]}
    alone = draw(recipe_from_plain(plain, "t"), catalog(), 0, 0)
    among = draw(recipe_from_plain({**plain, "distractors": {"count": 6}}, "t"), catalog(), 0, 0)
    assert alone.props == ()
    assert len(among.props) == 6
    assert {name: among.drawn[name] for name in alone.drawn if name != "distractors.count"} == {
        name: value for name, value in alone.drawn.items() if name != "distractors.count"
    }
    assert [it.look for it in among.objects] == [it.look for it in alone.objects]
    lowest = [
        (
            build(prop.shape.kind, prop.shape.traits).vertices * prop.scale @ np.array(prop.T_world_model)[:3, :3].T
            + np.array(prop.T_world_model)[:3, 3]
        )[:, 2].min()
        for prop in among.props
    ]
    assert np.allclose(lowest, 0, atol=1e-9)
    assert among.ground is not None
    assert all(np.linalg.norm(np.array(prop.T_world_model)[:2, 3]) < among.ground.radius for prop in among.props)


def test_every_kind_of_distractor_is_drawn_and_can_be_chosen() -> None:
    recipe = recipe_from_plain({"distractors": {"count": 20}}, "t")
    seen = {prop.shape.kind for i in range(6) for prop in draw(recipe, catalog(), 0, i).props}
    assert seen == set(KINDS)
    only = recipe_from_plain({"distractors": {"count": 5, "kinds": ["tool"]}}, "t")
    assert {prop.shape.kind for prop in draw(only, catalog(), 0, 0).props} == {"tool"}


def test_distractors_are_as_large_as_they_are_beside_the_object() -> None:
    recipe = recipe_from_plain({"objects": [{"scale": 50}], "distractors": {"count": 4, "scale": 1}}, "t")
    fixed = recipe_from_plain(
        {"objects": [{"scale": 50}], "distractors": {"count": 4, "scale": 1, "relative": False}}, "t"
    )
    large, own = draw(recipe, catalog(), 0, 0).props, draw(fixed, catalog(), 0, 0).props
    assert {prop.scale for prop in own} == {1.0}
    assert all(30 < prop.scale < 60 for prop in large)
