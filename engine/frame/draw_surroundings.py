"""Draw background and light."""

from __future__ import annotations

import colorsys

from engine.frame.catalog import Catalog
from engine.frame.draws import Draws
from engine.frame.spec import WorldSpec
from engine.recipe.surroundings import Surroundings

LEVEL_LUMINANCE = 0.9
"""Mean luminance that HDRIs are brought to: white things then come out bright, but not burnt, at 0 EV."""


def draw_surroundings(surroundings: Surroundings, catalog: Catalog, draws: Draws) -> WorldSpec:
    hdri = catalog.hdris[draws.pick("surroundings.hdris", len(catalog.hdris))]
    draws.values["surroundings.hdri"] = hdri.ref.name
    level = LEVEL_LUMINANCE / hdri.mean_luminance if surroundings.level else 1.0
    hue = draws.number("surroundings.tint_hue", surroundings.tint_hue)
    tint = draws.number("surroundings.tint", surroundings.tint)
    return WorldSpec(
        hdri=hdri.ref,
        rotation=draws.number("surroundings.rotation", surroundings.rotation),
        strength=level * draws.number("surroundings.strength", surroundings.strength),
        tint=colorsys.hsv_to_rgb(hue / 360 % 1, tint, 1.0),
    )
