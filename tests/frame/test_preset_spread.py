"""The presets that ship reach all that they vary: no parameter is stuck, no end of a range is never drawn."""

from __future__ import annotations

import pytest

import presets
from engine.frame.draw import draw
from engine.frame.measure import facts_of
from engine.frame.spread import spread_of
from engine.recipe.distributions import support
from engine.recipe.load import load_recipe
from tests.frame.catalogs import catalog

FRAMES = 80


@pytest.mark.parametrize("name", presets.names())
def test_every_parameter_of_a_preset_reaches_both_ends_of_what_it_should(name: str) -> None:
    recipe = load_recipe(presets.find(name))
    every = recipe.motion.frames  # those of a sequence share what was drawn
    if "file" in support(recipe.scene.kind):
        pytest.skip("its scenes come from files, which Blender has to read")
    assets = catalog()
    # Where things come to rest changes no parameter: they are taken as they are let go.
    specs = [draw(recipe, assets, 0, index, settle=lambda things: things) for index in range(0, every * FRAMES, every)]
    found = spread_of(recipe, [facts_of(spec, assets) for spec in specs])
    assert [(parameter.path, parameter.problem) for parameter in found.problems] == []
    assert sum(parameter.count > 0 for parameter in found.parameters) >= 10
    quantities = {quantity.name: quantity for quantity in found.quantities}
    assert quantities["viewpoint azimuth"].at(0.9) - quantities["viewpoint azimuth"].at(0.1) > 200
    assert quantities["distance"].at(0.9) > 1.3 * quantities["distance"].at(0.1)
    assert quantities["box width"].at(0.9) > 1.3 * quantities["box width"].at(0.1)
    assert quantities["light strength"].at(0.9) - quantities["light strength"].at(0.1) > 0.2
    assert sum(count > 0 for count in found.ninths) >= 3
