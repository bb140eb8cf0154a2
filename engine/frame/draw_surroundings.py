"""Draw background and light."""

from __future__ import annotations

import colorsys
import math

import numpy as np

from engine.frame.catalog import Catalog
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_point, direction
from engine.frame.lights_spec import LightSpec
from engine.frame.looks_spec import Rgb
from engine.frame.sky_light import SUN_SIZE, irradiance_facing, irradiance_of_ground, irradiance_of_sun
from engine.frame.spec import SkySpec, WorldSpec
from engine.recipe.surroundings import Surroundings

LEVEL_LUMINANCE = 0.9
"""Mean luminance that HDRIs are brought to: white things then come out bright, but not burnt, at 0 EV."""


LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Of linear Rec.709."""

_SUNNY = 2.5
"""What faces the sun gets so many times the light that levelled surroundings give on average (see `draw_lights`); what
does not gets a fraction of that."""

_LANDS: tuple[Rgb, ...] = (
    (0.11, 0.11, 0.112),  # asphalt
    (0.27, 0.26, 0.24),  # concrete
    (0.07, 0.10, 0.035),  # grass
    (0.17, 0.14, 0.07),  # dry grass
    (0.30, 0.24, 0.16),  # sand
    (0.13, 0.09, 0.06),  # soil
)
"""Albedos of what is below a sky, linear Rec.709."""


def draw_surroundings(surroundings: Surroundings, catalog: Catalog, draws: Draws) -> WorldSpec:
    kind = draws.text("surroundings.kind", surroundings.kind)
    rotation = draws.number("surroundings.rotation", surroundings.rotation)
    strength = draws.number("surroundings.strength", surroundings.strength)
    hue = draws.number("surroundings.tint_hue", surroundings.tint_hue)
    tint = colorsys.hsv_to_rgb(hue / 360 % 1, draws.number("surroundings.tint", surroundings.tint), 1.0)
    match kind:
        case "sky":
            sky = _draw_sky(surroundings, draws)
            level = _SUNNY * math.pi * LEVEL_LUMINANCE / irradiance_facing(sky.sun_elevation, sky.haze)
            return WorldSpec(None, rotation, level * strength, tint, sky=sky)
        case "plain":
            return WorldSpec(None, rotation, LEVEL_LUMINANCE * strength, tint)
    hdri = catalog.hdris[draws.pick("surroundings.hdris", len(catalog.hdris))]
    draws.values["surroundings.hdri"] = hdri.ref.name
    level = LEVEL_LUMINANCE / hdri.mean_luminance if surroundings.level else 1.0
    return WorldSpec(hdri.ref, rotation, level * strength, tint)


def sun_of(world: WorldSpec, sky: SkySpec, stand: tuple[FloatArray, float]) -> LightSpec:
    """The sun in a sky, over what stands around a centre within a radius."""
    centre, radius = stand
    light = np.multiply(irradiance_of_sun(sky.sun_elevation, sky.haze), world.tint) * world.strength
    luminance = float(light @ LUMINANCE)
    red, green, blue = (float(part) for part in light / max(luminance, 1e-12))
    return LightSpec(
        kind="sun",
        position=as_point(centre + radius * direction(world.rotation, sky.sun_elevation)),
        target=as_point(centre),
        width=SUN_SIZE,
        height=SUN_SIZE,
        cone=0.0,
        color=(red, green, blue),
        irradiance=luminance,
    )


def _draw_sky(surroundings: Surroundings, draws: Draws) -> SkySpec:
    elevation = draws.number("surroundings.sun_elevation", surroundings.sun_elevation)
    albedo = _LANDS[draws.pick("surroundings.land", len(_LANDS))]
    shade = (0.7 + 0.6 * draws.stream("surroundings.land_shade").uniform()) / math.pi
    red, green, blue = (
        shade * share * light for share, light in zip(albedo, irradiance_of_ground(elevation), strict=True)
    )
    return SkySpec(
        sun_elevation=elevation,
        haze=draws.number("surroundings.haze", surroundings.haze),
        land=(red, green, blue),
        land_seed=draws.stream("surroundings.land_seed").uniform(),
    )
