"""Frames that follow each other: what they share, how camera and objects move, and that none runs into another."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.annotate import redraw
from engine.annotate.redraw import draw_visible, judged_frames
from engine.errors import RecipeError, RenderError
from engine.frame.catalog import Catalog
from engine.frame.draw import draw
from engine.frame.geometry import FloatArray
from engine.frame.posture import Posture
from engine.frame.spec import FrameSpec
from engine.frame.way import Way
from engine.recipe.load import recipe_from_plain
from engine.recipe.model import Recipe
from tests.annotate.test_redraw import BOX
from tests.frame.catalogs import box_model, catalog

MOTION: dict[str, Any] = {"frames": 8, "rate": 10, "moves": "both", "speed": 40, "turn": 90, "drift": 2}
SHELL = {"elevation": {"uniform": [20, 50]}, "distance": {"uniform": [0.5, 1.5]}, "look_at_jitter": 0, "shutter": 0.5}


def recipe(motion: dict[str, Any] | None = None, **plain: Any) -> Recipe:
    return recipe_from_plain(
        {"objects": [{"count": 3}], "motion": MOTION | (motion or {}), "camera": SHELL} | plain, "test"
    )


def frames(what: Recipe, count: int, start: int = 0) -> list[FrameSpec]:
    return [draw(what, catalog(), 5, index) for index in range(start, start + count)]


def eye(spec: FrameSpec) -> FloatArray:
    """(3,) The camera as seen from the centre of what it looks at, which stands still."""
    target = np.array(spec.objects[spec.camera.target_instance_id - 1].T_world_model)
    place: FloatArray = (
        np.array(spec.camera.T_world_camera)[:3, 3] - target[:3, :3] @ box_model().centre - target[:3, 3]
    )
    return place


def test_frames_that_stand_alone_are_what_they_were() -> None:
    (spec,) = frames(recipe_from_plain({}, "t"), 1)
    assert spec.sequence is None
    assert not [name for name in spec.drawn if "motion" in name or "shutter" in name]


def test_a_sequence_shares_all_but_its_motion_and_its_noise() -> None:
    specs = frames(recipe(sensor={"iso": {"uniform": [100, 800]}}), 16)
    first, second, other = specs[0], specs[7], specs[8]
    for name in ("ground", "world", "lights", "drawn", "attempt", "exposure"):
        assert getattr(first, name) == getattr(second, name)
        assert name == "attempt" or getattr(first, name) != getattr(other, name) or not getattr(first, name)
    looks = [[(it.instance_id, it.look, it.scale, it.model) for it in spec.objects] for spec in specs]
    assert looks[0] == looks[7] != looks[8]
    assert first.sensor is not None
    assert second.sensor is not None
    assert (first.sensor.iso, first.sensor.noise_seed == second.sensor.noise_seed) == (second.sensor.iso, False)
    assert len({spec.cycles_seed for spec in specs}) == 16
    places = [(spec.sequence.number, spec.sequence.frame, spec.sequence.time) for spec in specs if spec.sequence]
    assert places == [(i // 8, i % 8, (i % 8) / 10) for i in range(16)]


def test_a_frame_alone_is_the_frame_among_others() -> None:
    what = recipe()
    specs = frames(what, 16)
    (alone,) = frames(what, 1, start=13)
    assert msgspec.json.encode(alone) == msgspec.json.encode(specs[13])
    assert msgspec.json.decode(msgspec.json.encode(alone), type=FrameSpec) == alone
    for earlier, later in pairwise(specs[:8]):
        assert earlier.sequence is not None
        assert later.sequence is not None
        assert earlier.sequence.next.T_world_camera == later.camera.T_world_camera
        assert later.sequence.previous.T_world_camera == earlier.camera.T_world_camera
        assert earlier.sequence.next.T_world_model == tuple(it.T_world_model for it in later.objects)
        assert later.sequence.previous.T_world_model == tuple(it.T_world_model for it in earlier.objects)


def test_the_shutter_is_open_about_the_frames_moment() -> None:
    wide = frames(recipe(camera=SHELL | {"shutter": 1.0}), 3)
    for earlier, later in pairwise(wide):
        assert earlier.sequence is not None
        assert later.sequence is not None
        assert earlier.sequence.shutter is not None
        assert later.sequence.shutter is not None
        assert earlier.sequence.shutter.seconds == 0.1
        closed, opened = earlier.sequence.shutter.closed, later.sequence.shutter.opened
        np.testing.assert_allclose(closed.T_world_camera, opened.T_world_camera, atol=1e-12)
    (sharp,) = frames(recipe(camera=SHELL | {"shutter": 0}), 1)
    assert sharp.sequence is not None
    assert sharp.sequence.shutter is None


@pytest.mark.parametrize("path", ["spline", "orbit"])
def test_the_camera_goes_at_its_speed_and_never_jumps(path: str) -> None:
    still = {"moves": "camera", "path": path, "frames": 200, "speed": 40, "rate": 10}
    specs = frames(recipe(still), 60)
    eyes = np.array([eye(spec) for spec in specs])
    distances = np.linalg.norm(eyes, axis=1)
    steps = np.linalg.norm(np.diff(eyes, axis=0), axis=1) / np.sqrt(distances[1:] * distances[:-1])
    elevations = np.degrees(np.arcsin(eyes[:, 2] / distances))
    if path == "orbit":
        np.testing.assert_allclose(distances, distances[0])
        np.testing.assert_allclose(elevations, elevations[0], atol=1e-9)
        np.testing.assert_allclose(steps, 2 * math.sin(math.radians(2)) * math.cos(math.radians(elevations[0])))
    else:
        # A step across a bend is shorter than the way.
        assert np.degrees(steps).max() < 4.02
        assert np.percentile(np.degrees(steps), 10) > 3.9
        assert ((elevations > 20 - 1e-9) & (elevations < 50 + 1e-9)).all()
        assert ((distances > 0.5 - 1e-9) & (distances < 1.5 + 1e-9)).all()
        assert np.ptp(distances) > 0.1
    turns = [
        np.degrees(np.arccos(np.clip((np.trace(np.linalg.inv(a) @ b) - 1) / 2, -1, 1)))
        for a, b in pairwise(np.array([spec.camera.T_world_camera for spec in specs])[:, :3, :3])
    ]
    assert max(turns) < 8
    assert specs[0].drawn["camera.distance"] == pytest.approx(distances[0])
    assert specs[0].drawn["camera.elevation"] == pytest.approx(elevations[0])


def test_objects_slide_and_turn_on_the_ground_and_keep_apart() -> None:
    what = recipe({"moves": "objects", "frames": 24, "wander": 5}, distractors={"count": 2})
    specs = frames(what, 24)
    moved = np.zeros(3)
    for spec in specs:
        discs = []
        for it in spec.objects:
            T = np.array(it.T_world_model)
            points = box_model().hull @ T[:3, :3].T + T[:3, 3]
            assert points[:, 2].min() == pytest.approx(0, abs=1e-12)
            posture = Posture(T[:3, :3], it.scale, box_model().hull)
            discs.append((T[:2, 3] + posture.middle[:2], 0.0))
        moved += [np.linalg.norm(now - then) for (now, _), (then, _) in zip(discs, _discs(specs[0]), strict=True)]
        for i, (here, _) in enumerate(discs):
            for there, _ in discs[:i]:
                assert np.linalg.norm(here - there) > 2 * 0.064 * 0.99, "their footprints are apart"
        assert spec.camera == specs[0].camera
        assert spec.props == specs[0].props
    assert (moved > 0).all()


def _discs(spec: FrameSpec) -> list[tuple[FloatArray, float]]:
    found = []
    for it in spec.objects:
        T = np.array(it.T_world_model)
        posture = Posture(T[:3, :3], it.scale, box_model().hull)
        found.append((T[:2, 3] + posture.middle[:2], posture.footprint))
    return found


def test_objects_in_the_air_turn_about_any_axis_within_their_balls() -> None:
    what = recipe({"moves": "objects", "frames": 50, "wander": 9}, placement={"kind": "air"})
    specs = frames(what, 50)
    centre, radius = box_model().centre, box_model().radius
    turned = []
    for spec in specs:
        T = np.array([it.T_world_model for it in spec.objects])
        centres = T[:, :3, :3] @ centre + T[:, :3, 3]
        for i in range(3):
            for j in range(i):
                assert np.linalg.norm(centres[i] - centres[j]) > 2 * radius * 0.999
        np.testing.assert_allclose(T[:, :3, :3] @ T[:, :3, :3].transpose(0, 2, 1), [np.eye(3)] * 3, atol=1e-12)
        turned.append(T[:, :3, 2])
    assert np.ptp(np.array(turned), axis=0).max() > 0.5, "they do not turn about the vertical alone"


def test_a_way_is_even_and_stays_among_its_points() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0], [-2.0, 1.0], [0.5, -1.0], [2.0, 2.0]])
    way = Way(lambda i: points[i], lambda at: at, 5.0, "speed")
    along = np.array([way.at(s) for s in np.linspace(-1, 5, 601)])
    np.testing.assert_allclose(along[100], points[0])
    steps = np.diff(along, axis=0)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), 0.01, rtol=0.02)
    bends = np.arccos(np.clip((steps[1:] * steps[:-1]).sum(axis=1) / 1e-4, -1, 1))
    assert bends[100:].max() < 0.2
    assert (along[100:] >= points.min(axis=0)).all()
    assert (along[100:] <= points.max(axis=0)).all()


def test_a_camera_whose_viewpoints_are_all_the_same_stands_still() -> None:
    fixed = {"azimuth": 30, "elevation": 30, "distance": 1, "look_at_jitter": 0}
    a, b = frames(recipe({"moves": "camera"}, camera=fixed), 2)
    assert a.camera == b.camera


def test_motion_that_cannot_be_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"motion\.moves: objects are to move that lie in a heap"):
        recipe(placement={"kind": "drop"})
    with pytest.raises(RenderError, match=r"motion\.speed: the way in one sequence is too long"):
        draw(recipe({"frames": 100_000, "rate": 0.01, "speed": 36_000}), catalog(), 0, 0)


def test_a_sequence_is_drawn_again_as_a_whole() -> None:
    what = recipe({"frames": 30, "drift": 0}, camera=SHELL | {"shift_x": 0.45}, visibility={"least": 0.6})
    judged = judged_frames(what.motion, 42)
    assert (judged[0], judged[-1], len(judged)) == (30, 59, 9)
    specs = [draw_visible(what, catalog(), (BOX,), 0, index) for index in (30, 37, 59)]
    assert len({spec.attempt for spec in specs}) == 1
    assert len({msgspec.json.encode(spec.drawn) for spec in specs}) == 1
    tried = {draw_visible(what, catalog(), (BOX,), 0, 30 * number).attempt for number in range(6)}
    assert max(tried) > 0, "some are drawn again"
    assert judged_frames(recipe_from_plain({}, "t").motion, 42) == [42]


def test_a_sequence_that_was_found_good_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    what = recipe({"frames": 30, "drift": 0}, camera=SHELL | {"shift_x": 0.45}, visibility={"least": 0.6})
    indices = (3, 42, 30, 59, 61, 4)
    alone = [draw_visible(what, catalog(), (BOX,), 0, index) for index in indices]
    drawn: list[int] = []

    def counted(recipe: Recipe, catalog: Catalog, seed: int, index: int, *rest: Any) -> FrameSpec:
        drawn.append(index)
        return draw(recipe, catalog, seed, index, *rest)

    monkeypatch.setattr(redraw, "draw", counted)
    judged = redraw.Judged()
    assert [draw_visible(what, catalog(), (BOX,), 0, index, judged=judged) for index in indices] == alone
    assert (drawn.count(30), drawn.count(59)) == (alone[1].attempt + 2, 2), "once as the frame, and to judge"
    assert drawn[-1] == 4
    assert len(judged) == 3
    assert draw_visible(what, catalog(), (BOX,), 1, 42, judged=judged).seed == 1
    for number in range(17):
        draw_visible(what, catalog(), (BOX,), 0, 30 * number, judged=judged)
    assert len(judged) == 16
