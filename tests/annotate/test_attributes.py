"""The drawn values of an instance are found under its own name, whatever was drawn for the others."""

from __future__ import annotations

import msgspec

from engine.annotate.attributes import drawn_attributes
from engine.annotate.build import build_record
from engine.frame.draw import draw
from engine.recipe.load import recipe_from_plain
from engine.worker.fake_renderer import FakeRenderer
from tests.factory import make_render_info

RECIPE = {
    "objects": [
        {"model": "cup", "class": "cup", "count": 2, "yaw": {"uniform": [90, 180]}},
        {"model": "cup", "class": "mug", "count": 2, "yaw": {"uniform": [0, 90]}},
    ],
    "render": {"resolution": [64, 48], "samples": 1},
}


def test_each_instance_has_its_own_values() -> None:
    recipe = recipe_from_plain(RECIPE, "test")
    renderer = FakeRenderer(recipe, "cpu", lambda path: None)
    spec = draw(recipe, renderer.catalog, 5, 0)
    record = build_record(
        renderer.render(spec, lambda a, b: None, lambda: False), spec, renderer.bodies, make_render_info()
    )
    found = drawn_attributes(record)
    assert list(found) == [1, 2, 3, 4]
    for number, path in enumerate(("objects[0][0]", "objects[0][1]", "objects[1][0]", "objects[1][1]"), start=1):
        assert found[number]["yaw"] == spec.drawn[f"{path}.yaw"]
        assert found[number]["count"] == 2
        assert "azimuth" not in found[number]
    assert found[2]["paint.hue"] == spec.drawn["objects[0][1].paint.hue"]
    assert len({values["yaw"] for values in found.values()}) == 4


def test_a_frame_without_drawn_values_has_instances_without_attributes() -> None:
    recipe = recipe_from_plain(RECIPE, "test")
    renderer = FakeRenderer(recipe, "cpu", lambda path: None)
    spec = msgspec.structs.replace(draw(recipe, renderer.catalog, 5, 0), drawn={"camera.azimuth": 1.0})
    record = build_record(
        renderer.render(spec, lambda a, b: None, lambda: False), spec, renderer.bodies, make_render_info()
    )
    assert drawn_attributes(record) == {1: {}, 2: {}, 3: {}, 4: {}}
