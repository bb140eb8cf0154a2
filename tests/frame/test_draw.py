"""Drawing: pure, named streams, physical placement, viewpoints where the recipe says."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.frame.draw import draw
from engine.frame.geometry import look_at, rotation_about, standing_rotation
from engine.frame.placement import place
from engine.frame.rng import Stream
from engine.frame.spec import FrameSpec, T_camera_model, intrinsics
from engine.recipe.distributions import Choice, Constant, Uniform
from engine.recipe.load import recipe_from_plain
from engine.recipe.model import Recipe
from tests.frame.catalogs import box_model, catalog

RECIPE = recipe_from_plain({"objects": [{"count": {"uniform": [1, 4]}}]}, "test")


def test_a_stream_is_what_its_identity_says() -> None:
    values = [Stream(0, 1, 2, "camera.fill").uniform() for _ in range(3)]
    assert len(set(values)) == 1
    others = [(1, 1, 2, "camera.fill"), (0, 2, 2, "camera.fill"), (0, 1, 0, "camera.fill"), (0, 1, 2, "camera.roll")]
    assert len({Stream(*other).uniform() for other in others} | set(values)) == 5


def test_streams_never_change_between_versions() -> None:
    """These numbers stand in datasets: a change here changes everybody's frames."""
    stream = Stream(0, 0, 0, "camera.fill")
    assert [stream.uniform() for _ in range(3)] == STREAM_START


STREAM_START = [0.4581992780479114, 0.3139097672893707, 0.24409419244630293]


def test_streams_are_uniform_across_frames() -> None:
    values = np.array([Stream(0, i, 0, "x").uniform() for i in range(4000)])
    counts, _ = np.histogram(values, bins=20, range=(0, 1))
    assert ((counts - 200) ** 2 / 200).sum() < 45.3  # chi square, 19 degrees of freedom, p = 0.0006
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.05


def test_drawing_is_pure_and_each_of_seed_index_and_attempt_matters() -> None:
    spec = draw(RECIPE, catalog(), 0, 5)
    assert draw(RECIPE, catalog(), 0, 5) == spec
    for other in (draw(RECIPE, catalog(), 1, 5), draw(RECIPE, catalog(), 0, 6), draw(RECIPE, catalog(), 0, 5, 1)):
        assert other.camera != spec.camera


def test_another_process_draws_the_same() -> None:
    code = (
        "from tests.frame.test_draw import RECIPE, catalog, draw; import msgspec, sys;"
        "sys.stdout.buffer.write(msgspec.json.encode(draw(RECIPE, catalog(), 3, 9)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": "7"})
    assert done.stdout == msgspec.json.encode(draw(RECIPE, catalog(), 3, 9))


def test_a_spec_reads_back_from_json() -> None:
    spec = draw(RECIPE, catalog(), 0, 0)
    assert msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec) == spec


@given(st.integers(0, 2**40), st.integers(0, 2**40))
@settings(max_examples=40, deadline=None)
def test_changing_one_parameter_leaves_all_others_as_they_were(seed: int, index: int) -> None:
    before = draw(RECIPE, catalog(), seed, index).drawn
    camera = dataclasses.replace(RECIPE.camera, elevation=Constant(33.0), fill=Choice((0.2, 0.4), (1.0, 1.0)))
    after = draw(dataclasses.replace(RECIPE, camera=camera), catalog(), seed, index).drawn
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed <= {"camera.elevation", "camera.fill"}


def test_adding_objects_leaves_the_first_ones_parameters_as_they_were() -> None:
    one = draw(recipe_from_plain({"objects": [{"count": 1}]}, "t"), catalog(), 0, 0)
    more = draw(recipe_from_plain({"objects": [{"count": 3}, {"count": 2}]}, "t"), catalog(models=2), 0, 0)
    kept = {name: value for name, value in one.drawn.items() if name != "objects[0].count"}
    assert {name: more.drawn[name] for name in kept} == kept
    assert [o.instance_id for o in more.objects] == [1, 2, 3, 4, 5]
    assert [o.class_name for o in more.objects] == ["cup"] * 3 + ["model1"] * 2


@given(st.lists(st.floats(1e-3, 10), min_size=1, max_size=12), st.floats(1, 3), st.floats(0, 1), st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_footprints_never_overlap(radii: list[float], spread: float, gap: float, seed: int) -> None:
    spots = place(radii, spread, gap, Stream(seed, 0, 0, "spots"))
    for i, a in enumerate(spots):
        for j in range(i):
            assert math.dist(a, spots[j]) >= (radii[i] + radii[j]) * (1 + gap) * (1 - 1e-9)


@pytest.mark.parametrize("tilt", [0.0, 37.0, 90.0, 180.0])
def test_objects_stand_on_the_ground_however_they_lean(tilt: float) -> None:
    recipe = recipe_from_plain({"objects": [{"count": 3, "tilt": tilt, "scale": 2.5}]}, "t")
    facts = box_model()
    for instance in draw(recipe, catalog(), 0, 0).objects:
        T = np.array(instance.T_world_model)
        world = facts.hull * instance.scale @ T[:3, :3].T + T[:3, 3]
        assert world[:, 2].min() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("fill", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("resolution", [[640, 480], [300, 600]])
def test_fill_is_the_share_of_the_shorter_side(fill: float, resolution: list[int]) -> None:
    recipe = recipe_from_plain(
        {"camera": {"fill": fill, "look_at_jitter": 0}, "render": {"resolution": resolution}}, "t"
    )
    spec = draw(recipe, catalog(), 0, 0)
    facts = box_model()
    centre = T_camera_model(spec.camera, spec.objects[0]) @ [*facts.centre, 1]
    K = intrinsics(spec.camera)
    assert centre[:2] == pytest.approx([0, 0], abs=1e-12)
    outline = K[0, 0] * math.tan(math.asin(facts.radius / centre[2]))
    assert 2 * outline / min(resolution) == pytest.approx(fill)


def test_a_distance_in_metres_replaces_fill() -> None:
    recipe = recipe_from_plain({"camera": {"distance": 0.75}}, "t")
    spec = draw(recipe, catalog(), 0, 0)
    eye = np.array(spec.camera.T_world_camera)[:3, 3]
    centre = np.array(spec.objects[0].T_world_model) @ [*box_model().centre, 1]
    assert np.linalg.norm(eye - centre[:3]) == pytest.approx(0.75)
    assert "camera.fill" not in spec.drawn


def test_viewpoints_lie_where_azimuth_and_elevation_say() -> None:
    recipe = recipe_from_plain({"camera": {"azimuth": 90, "elevation": 30, "look_at_jitter": 0, "roll": 0}}, "t")
    T = np.array(draw(recipe, catalog(), 0, 0).camera.T_world_camera)
    assert T[:3, 2] == pytest.approx([0, -math.cos(math.radians(30)), -0.5])
    assert T[2, 0] == pytest.approx(0)
    assert T[2, 1] < 0


def test_a_positive_roll_turns_the_picture_anticlockwise() -> None:
    T = look_at(np.array([0.0, -1.0, 0.0]), np.zeros(3), 10)
    up_in_camera = T[:3, :3].T @ [0, 0, 1]
    assert up_in_camera[0] < 0
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1)


def test_looking_straight_down_is_no_special_case() -> None:
    T = look_at(np.array([0.0, 0.0, 2.0]), np.zeros(3), 0)
    assert T[:3, 2] == pytest.approx([0, 0, -1])
    assert T[:3, :3] @ T[:3, :3].T == pytest.approx(np.eye(3))


def test_rotations_follow_the_right_hand_rule() -> None:
    assert rotation_about(np.array([0.0, 0.0, 1.0]), 90) @ [1, 0, 0] == pytest.approx([0, 1, 0])
    assert standing_rotation(0, 90, 0) @ [0, 0, 1] == pytest.approx([1, 0, 0])


def test_ranges_are_reached_over_many_frames() -> None:
    recipe = Recipe()
    drawn = [draw(recipe, catalog(), 0, i).drawn for i in range(200)]
    assert isinstance(recipe.camera.elevation, Uniform)
    elevations = np.array([d["camera.elevation"] for d in drawn])
    span = recipe.camera.elevation.high - recipe.camera.elevation.low
    assert elevations.min() < recipe.camera.elevation.low + 0.05 * span
    assert elevations.max() > recipe.camera.elevation.high - 0.05 * span
    assert len({d["surroundings.hdri"] for d in drawn}) == 8
    assert len({d["objects[0][0].pattern"] for d in drawn}) > 5


def test_hdris_are_brought_to_one_brightness_unless_told_not_to() -> None:
    for level in (True, False):
        recipe = recipe_from_plain({"surroundings": {"level": level, "strength": 1}}, "t")
        worlds = [draw(recipe, catalog(), 0, i).world for i in range(20)]
        light = {w.hdri.name: w.strength * (0.5 + int(w.hdri.name[-1])) for w in worlds}
        assert (max(light.values()) - min(light.values()) < 1e-9) is level


STRETCHED = {"x": {"uniform": [0.5, 0.9]}, "z": {"uniform": [1.2, 2.0]}}


def test_a_stretch_draws_from_streams_of_its_own_and_leaves_frames_without_one_as_they_were() -> None:
    plain = draw(RECIPE, catalog(), 0, 3)
    other = recipe_from_plain({"objects": [{"count": {"uniform": [1, 4]}, "stretch": STRETCHED}]}, "test")
    stretched = draw(other, catalog(), 0, 3)
    assert b"stretch" not in msgspec.json.encode(plain)
    assert {name: stretched.drawn[name] for name in plain.drawn} == plain.drawn
    for n, item in enumerate(stretched.objects):
        assert item.stretch == tuple(stretched.drawn[f"objects[0][{n}].stretch.{axis}"] for axis in "xyz")
        assert 0.5 <= item.stretch[0] <= 0.9
        assert item.stretch[1] == 1.0
        assert 1.2 <= item.stretch[2] <= 2.0
    assert msgspec.json.decode(msgspec.json.encode(stretched), type=FrameSpec) == stretched


def test_stretched_objects_stand_on_the_ground_and_fill_the_picture_as_wanted() -> None:
    item = {"tilt": 30, "stretch": {"x": 3, "z": 0.4}}
    recipe = recipe_from_plain({"objects": [item], "camera": {"fill": 0.5, "look_at_jitter": 0}}, "test")
    spec = draw(recipe, catalog(), 0, 0)
    hull = box_model().hull * (3, 1, 0.4)
    T = np.array(spec.objects[0].T_world_model)
    assert (hull @ T[:3, :3].T + T[:3, 3])[:, 2].min() == pytest.approx(0, abs=1e-12)
    centre = (hull.min(axis=0) + hull.max(axis=0)) / 2
    radius = np.linalg.norm(hull - centre, axis=1).max()
    seen_at = T_camera_model(spec.camera, spec.objects[0]) @ [*centre, 1]
    assert seen_at[:2] == pytest.approx([0, 0], abs=1e-12)
    outline = intrinsics(spec.camera)[0, 0] * math.tan(math.asin(radius / seen_at[2]))
    assert 2 * outline / spec.camera.height == pytest.approx(0.5)
