"""Every preset with each of the shared models in the cup's place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import presets
from engine.annotate.build import build_instances
from engine.recipe.load import load_recipe
from engine.recipe.model import Recipe
from engine.worker.renderer import BlenderRenderer, fine_frame

IN_INCHES = "featuretype.STL"
"""Its file has no unit, so it is 5 m long. Where it stands in the open, that is as good as any size, but rooms are only
as large as they are: there it has the unit that the program proposes when it finds it so long."""

MODELS = (
    "BoxTextured.glb",
    "Duck.glb",
    "box.fbx",
    IN_INCHES,
    "fuze.obj",
    "fuze.ply",
    "spot.obj",
)
SMALL = ("render.resolution=[64, 48]", "render.samples=2")


def recipe_of(preset: str, model: Path, *more: str) -> Recipe:
    return load_recipe(presets.find(preset), (*SMALL, f"objects[0].model={model}", *more))


def try_frames(recipe: Recipe, count: int) -> None:
    """Render frames; each shows the object that it looks at, and its picture is no plain one."""
    renderer = BlenderRenderer(recipe, "cpu", lambda path: None)
    for index in range(count):
        spec, passes = fine_frame(
            renderer, renderer.draw(1, index), lambda it: renderer.render(it, lambda *_: None, lambda: False)
        )
        instances = {item.instance_id: item for item in build_instances(passes, spec, renderer.bodies)}
        seen = instances[spec.camera.target_instance_id]
        assert seen.area > 0
        assert seen.visibility is not None
        assert seen.truncation is not None
        assert seen.visibility * (1 - seen.truncation) > recipe.visibility.least - 0.15, "but for the coarse pixels"
        assert 8 < passes.rgb.mean() < 247
        assert passes.rgb.std() > 4
        assert np.isfinite(passes.depth[passes.instance_id > 0]).all()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("preset", presets.names())
def test_every_preset_works_with_every_model(preset: str, model: str, shared_assets: Path) -> None:
    path = shared_assets / "models" / model
    if not path.is_file():
        pytest.skip(f"the model is not here: {path}")
    unit = ("objects[0].scale=0.0254",) if (preset, model) == ("scene", IN_INCHES) else ()
    try_frames(recipe_of(preset, path, *unit), 3)


@pytest.mark.parametrize(("preset", "model"), [("room", "Duck.glb"), ("photo", "featuretype.STL")])
def test_other_models_take_the_place_of_the_cup(preset: str, model: str, shared_assets: Path) -> None:
    try_frames(recipe_of(preset, shared_assets / "models" / model), 1)
