"""What makes a draw no good: a camera or an object inside something, a picture too dark or too bright."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import pytest

from engine.annotate.exposure import exposure_trouble, picture_trouble
from engine.annotate.inside import is_camera_inside, is_object_inside
from engine.annotate.passes import Passes
from engine.annotate.redraw import draw_visible
from engine.annotate.visibility import Body, PlacedBody
from engine.errors import RenderError
from engine.frame.spec import FrameSpec
from engine.frame.trouble import in_words
from engine.recipe.load import recipe_from_plain
from engine.recipe.output import Exposure
from engine.shapes.build import build
from engine.shapes.interior import block
from engine.worker.renderer import fine_frame
from tests.frame.catalogs import box_model, catalog

CORNERS = box_model().hull
LOW, HIGH = (tuple(end(CORNERS, axis=0).tolist()) for end in (np.min, np.max))


def solid(vertices: np.ndarray, triangles: np.ndarray) -> Body:
    return Body(vertices.astype(np.float32), triangles.astype(np.int32), vertices)


BOX_SHAPE = block(LOW, HIGH)
BOX = solid(BOX_SHAPE.vertices, BOX_SHAPE.triangles())


def seen_from(*eye: float, **changes: object) -> FrameSpec:
    spec = draw_visible(recipe_from_plain({}, "t"), catalog(), (BOX,), 0, 0)
    T = np.array(spec.camera.T_world_camera)
    T[:3, 3] = eye
    camera = msgspec.structs.replace(spec.camera, T_world_camera=tuple(map(tuple, T.tolist())))
    return msgspec.structs.replace(spec, camera=camera, **changes)


def test_a_camera_is_inside_a_solid_but_not_in_a_hollow_nor_in_a_scanned_room() -> None:
    box = PlacedBody(BOX, np.eye(4), 2.0)
    assert is_camera_inside(seen_from(0.0, 0.0, 0.1), [box])
    assert not is_camera_inside(seen_from(0.0, 0.0, 0.2), [box])
    bowl = build("bowl", (0.5,) * 6)
    holding = PlacedBody(solid(bowl.vertices, bowl.triangles()), np.eye(4))
    above_its_floor = 0.6 * bowl.vertices[:, 2].max()
    assert not is_camera_inside(seen_from(0.0, 0.0, above_its_floor), [holding])
    room = PlacedBody(solid(BOX_SHAPE.vertices, BOX_SHAPE.triangles()[:, ::-1]), np.eye(4), 30.0)
    assert not is_camera_inside(seen_from(0.1, 0.1, 1.0), [room])


@pytest.mark.parametrize(("height", "wrong"), [(0.0, False), (-0.0008, False), (-0.004, True)])
def test_an_object_in_the_ground_is_told(height: float, wrong: bool) -> None:
    pose = np.eye(4)
    pose[2, 3] = height
    spec = seen_from(0.5, 0.0, 0.5)
    assert spec.ground is not None
    assert is_object_inside(spec, [PlacedBody(BOX, pose)]) is wrong
    assert not is_object_inside(msgspec.structs.replace(spec, ground=None), [PlacedBody(BOX, pose)])


def test_a_draw_with_the_camera_in_its_object_is_thrown_away_and_counted_by_its_reason() -> None:
    close = {"viewpoint": "box", "box": {"x": 0, "y": 0, "z": {"uniform": [0.02, 0.6]}}}
    recipe = recipe_from_plain({"camera": close, "visibility": {"least": 0}}, "t")
    specs = [draw_visible(recipe, catalog(), (BOX,), 0, index) for index in range(30)]
    assert sum(spec.redrawn.get("inside", 0) for spec in specs) > 0
    assert all(sum(spec.redrawn.values()) == spec.attempt for spec in specs)
    assert all(np.array(spec.camera.T_world_camera)[2, 3] > 0.08 for spec in specs)


def test_the_object_may_have_to_be_partly_hidden() -> None:
    recipe = recipe_from_plain({"visibility": {"least": 0, "most": 0.9, "tries": 20}}, "t")
    with pytest.raises(RenderError, match=r"none of 20 draws hides its object enough \(20 showed too much"):
        draw_visible(recipe, catalog(), (BOX,), 0, 0)
    beyond = recipe_from_plain({"camera": {"shift_x": 0.5}, "visibility": {"least": 0, "most": 0.9}}, "t")
    assert draw_visible(beyond, catalog(), (BOX,), 0, 0).redrawn.get("hidden", 0) == 0


def picture(value: int, share: float = 1.0) -> np.ndarray:
    rgb = np.full((20, 20, 3), 100, np.uint8)
    rgb[: round(20 * share)] = value
    return rgb


@pytest.mark.parametrize(
    ("rgb", "reason", "found"),
    [
        (picture(100), "", ""),
        (picture(2), "dark", "mean brightness is 0.01; exposure.darkest is 0.02"),
        (picture(253), "bright", "mean brightness is 0.99; exposure.brightest is 0.97"),
        (picture(0, 0.6), "dark", "60% of it is black; exposure.black allows 50%"),
        (picture(255, 0.6), "bright", "60% of it is burnt out; exposure.white allows 50%"),
        (picture(255, 0.4), "", ""),
    ],
)
def test_pictures_are_held_against_the_bounds_of_their_exposure(rgb: np.ndarray, reason: str, found: str) -> None:
    trouble = exposure_trouble(rgb, Exposure(black=0.5, white=0.5))
    assert (trouble.reason if trouble else "") == reason
    assert trouble is None or found in trouble.found


class Studio:
    """Draws as the real one does, and renders a picture as bright as the camera's exposure says."""

    def __init__(self, **plain: object) -> None:
        self.recipe = recipe_from_plain({"camera": {"exposure": {"uniform": [-8, 0]}}, **plain}, "t")

    def draw(self, seed: int, index: int, redrawn: Mapping[str, int] | None = None) -> FrameSpec:
        return draw_visible(self.recipe, catalog(), (BOX,), seed, index, redrawn)

    def render(self, spec: FrameSpec) -> Passes:
        shape = (48, 64)
        ids = np.full(shape, spec.camera.target_instance_id, np.uint16)
        rgb = np.full((*shape, 3), round(200 * 2**spec.exposure), np.uint8)
        return Passes(rgb=rgb, instance_id=ids, depth=np.ones(shape, np.float32), samples=1)


def test_a_frame_whose_picture_is_too_dark_is_drawn_and_rendered_again_and_counted() -> None:
    studio = Studio(exposure={"darkest": 0.2, "tries": 40})
    frames = [fine_frame(studio, studio.draw(0, index), studio.render) for index in range(6)]
    assert sum(spec.redrawn.get("dark", 0) for spec, _ in frames) > 2
    for spec, passes in frames:
        assert passes.rgb.mean() / 255 >= 0.2
        assert sum(spec.redrawn.values()) == spec.attempt
        again, _ = fine_frame(studio, studio.draw(0, spec.index), studio.render)
        assert again == spec


def test_a_frame_that_never_comes_out_right_is_told() -> None:
    studio = Studio(exposure={"darkest": 0.9, "tries": 3})
    with pytest.raises(RenderError, match=r"Frame 4: none of 3 pictures .* exposure\.darkest is 0\.9"):
        fine_frame(studio, studio.draw(0, 4), studio.render)


def test_a_picture_without_its_object_is_no_good() -> None:
    studio = Studio()
    spec = studio.draw(0, 0)
    passes = studio.render(spec)
    passes.instance_id[:] = 0
    trouble = picture_trouble(passes, spec, studio.recipe.exposure)
    assert trouble is not None
    assert trouble.reason == "hidden"


def test_reasons_are_told_in_words() -> None:
    assert in_words({"dark": 1, "hidden": 3}) == "3 showed too little of the object, 1 came out too dark"
    assert in_words({}) == ""
