"""Drawing until things lie still and the object is seen: what hides it counts, and failures are told."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np
import pytest

from engine.annotate import drop
from engine.annotate.drop import placed_prop
from engine.annotate.redraw import draw_visible, target_fraction
from engine.annotate.visibility import Body
from engine.errors import RenderError
from engine.frame.catalog import Catalog
from engine.frame.looks_spec import PaintLook
from engine.frame.spec import FrameSpec, ModelShape, ProceduralShape, PropSpec
from engine.physics.settle import Unsettled
from engine.recipe.load import recipe_from_plain
from engine.recipe.model import Recipe
from tests.frame.catalogs import box_model, catalog

CORNERS = box_model().hull
FACES = [[corner for corner in range(8) if corner >> bit & 1 == side] for bit in range(3) for side in (0, 1)]
TRIANGLES = np.array([t for a, b, c, d in FACES for t in ((a, b, c), (b, c, d))], np.int32)
BOX = Body(CORNERS.astype(np.float32), TRIANGLES, CORNERS)
DROP: dict[str, object] = {
    "objects": [{"count": 2}],
    "placement": {"kind": "drop", "orientation": "any", "into": "box"},
    "distractors": {"count": 2, "kinds": ["box", "fruit"]},
    "camera": {"elevation": 70},
    "visibility": {"least": 0.2},
}


def drawn(recipe: Recipe, index: int = 0) -> FrameSpec:
    return draw_visible(recipe, catalog(), (BOX,), 0, index)


def test_dropped_things_lie_still_in_the_spec_and_are_drawn_the_same_again() -> None:
    recipe = recipe_from_plain(DROP, "t")
    spec = drawn(recipe)
    drop._outcomes.clear()
    assert msgspec.json.encode(drawn(recipe)) == msgspec.json.encode(spec)
    assert msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec) == spec
    box = spec.props[-1]
    assert isinstance(box.shape, ProceduralShape)
    assert box.shape.kind == "open box"
    length, width, _, wall = box.shape.traits
    for instance in spec.objects:
        T = np.array(instance.T_world_model)
        world = CORNERS * instance.scale @ T[:3, :3].T + T[:3, 3]
        assert world[:, 2].min() > wall - 1e-3  # on the floor of the box, or on something in it
        assert np.abs(world.mean(axis=0)[:2]).max() < max(length, width) / 2
    assert spec.ground is not None
    assert spec.ground.radius > length / 2


def test_dropped_things_lie_on_what_they_were_stretched_to() -> None:
    item = {"stretch": {"x": 2, "z": 0.5}, "tilt": {"uniform": [0, 60]}}
    spec = drawn(recipe_from_plain({**DROP, "objects": [item], "placement": {"kind": "drop"}, "distractors": {}}, "t"))
    T = np.array(spec.objects[0].T_world_model)
    world = CORNERS * (2, 1, 0.5) @ T[:3, :3].T + T[:3, 3]
    lowest = np.sort(world[:, 2])[:4]  # a box lies on one of its sides
    assert np.abs(lowest).max() < 2e-3


def test_what_is_found_once_is_not_simulated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipe_from_plain(DROP, "t")
    before = drawn(recipe)
    monkeypatch.setattr(drop, "_settle", lambda *given: pytest.fail("simulated again"))
    lit = dataclasses.replace(recipe, surroundings=dataclasses.replace(recipe.surroundings, level=False))
    assert drawn(lit).objects == before.objects


def test_things_that_never_rest_are_told_and_not_faked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> list[np.ndarray]:
        raise Unsettled("things reached 3 mm into each other")

    monkeypatch.setattr(drop, "_settle", never)
    drop._outcomes.clear()
    recipe = recipe_from_plain({**DROP, "visibility": {"tries": 3}}, "t")
    with pytest.raises(RenderError, match=r"Frame 5: in none of 3 draws .* 3 mm into each other.*distractors\.count"):
        drawn(recipe, 5)
    drop._outcomes.clear()


@pytest.mark.parametrize("source", ["procedural", "model"])
def test_a_thing_without_a_label_hides_what_is_behind_it(source: str) -> None:
    recipe = recipe_from_plain({"ground": {"kind": "none"}, "camera": {"look_at_jitter": 0}}, "t")
    spec = drawn(recipe)
    assert target_fraction(spec, (BOX,), 1) == 1
    T_world_camera = np.array(spec.camera.T_world_camera)
    between = np.eye(4)
    between[:3, 3] = T_world_camera[:3, 3] + 0.3 * spec.camera.focus_distance * T_world_camera[:3, 2]
    shape = (
        ProceduralShape("box", (0.5,) * 6) if source == "procedural" else ModelShape(box_model("other").ref, number=0)
    )
    prop = PropSpec(shape, tuple(map(tuple, between.tolist())), 10.0, PaintLook((0.5, 0.5, 0.5), 0.5, 0.0))  # type: ignore[arg-type]
    assert target_fraction(msgspec.structs.replace(spec, props=(prop,)), (BOX, BOX), 1) == 0
    assert placed_prop(prop, (BOX, BOX), 1).scale == 10.0


def test_models_of_distractors_are_drawn_from_beside_our_own_kinds() -> None:
    facts = dataclasses.replace(catalog(), distractors=(box_model("toy"),))
    recipe = recipe_from_plain({"distractors": {"count": 6, "kinds": []}, "visibility": {"least": 0}}, "t")
    spec = draw_visible(recipe, facts, (BOX, BOX), 0, 0)
    assert isinstance(facts, Catalog)
    assert [prop.shape for prop in spec.props] == [ModelShape(box_model("toy").ref, 0)] * 6
    assert [instance.instance_id for instance in spec.objects] == [1]
