"""Draw the picture behind the objects, and the light that belongs to it."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from engine.frame.backdrop_spec import BackdropSpec, HdriCrop, PhotoCrop, ShadowSpec
from engine.frame.catalog import Catalog, PhotoFacts
from engine.frame.draw_lights import azimuth_of
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_point, direction
from engine.frame.lights_spec import LightSpec
from engine.frame.photo_light import guess_light
from engine.frame.spec import CameraSpec, WorldSpec
from engine.recipe.backdrop import Backdrop

_FAR = 8.0
"""Distance of the main light of a photograph, in radii of the objects."""

_FLOOR_COLOR = (0.3, 0.3, 0.3)

_SHADOW_REACH = 12.0
"""Radius of the floor that takes shadows, in radii of the objects."""


def draw_backdrop(
    backdrop: Backdrop, catalog: Catalog, camera: CameraSpec, world: WorldSpec, draws: Draws
) -> BackdropSpec | None:
    """Without a floor for shadows; see `with_shadow`."""
    if draws.text("backdrop.kind", backdrop.kind) == "none":
        return None
    picture: PhotoCrop | HdriCrop
    if catalog.photos:
        picture = _draw_crop(backdrop, catalog.photos, camera.width / camera.height, draws)
    elif world.hdri is not None:
        picture = HdriCrop(
            azimuth=azimuth_of(np.array(camera.T_world_camera)[:3, 2]),
            elevation=draws.number("backdrop.elevation", backdrop.elevation),
            field_of_view=draws.number("backdrop.field_of_view", backdrop.field_of_view),
        )
    else:
        return None
    return BackdropSpec(picture)


def with_shadow(backdrop: BackdropSpec, camera: CameraSpec, catalog: Catalog, reach: float) -> BackdropSpec:
    """With a floor for shadows, unless the camera is below it. `reach` is how far the objects are from the world's
    vertical axis, metres."""
    if camera.T_world_camera[2][3] <= 0:
        return backdrop
    color = _FLOOR_COLOR
    if isinstance(backdrop.picture, PhotoCrop):
        cells = cells_within(photo_of(backdrop.picture, catalog), backdrop.picture.box)
        red, green, blue = (float(part) for part in cells[len(cells) // 2 :].mean(axis=(0, 1)))
        color = (red, green, blue)
    return msgspec.structs.replace(backdrop, shadow=ShadowSpec(_SHADOW_REACH * reach, color))


def photo_of(crop: PhotoCrop, catalog: Catalog) -> PhotoFacts:
    """The photograph that a crop is of."""
    return next(photo for photo in catalog.photos if photo.ref == crop.photo)


def light_of_photo(
    crop: PhotoCrop,
    photo: PhotoFacts,
    strength: float,
    camera: CameraSpec,
    stand: tuple[FloatArray, float],
) -> tuple[WorldSpec, LightSpec]:
    """The soft light and the main light that a photograph suggests, times `strength`. `stand` is the centre and radius
    of what is lit."""
    centre, radius = stand
    guess = guess_light(cells_within(photo, crop.box))
    facing = azimuth_of(np.array(camera.T_world_camera)[:3, 2])
    radiance = guess.radiance * strength
    world = WorldSpec(
        hdri=None,
        rotation=facing,
        strength=radiance * (1 - guess.share),
        tint=(1.0, 1.0, 1.0),
        photo=crop,
    )
    distance = _FAR * radius
    across = 2 * distance * math.tan(math.radians(guess.size) / 2)
    main = LightSpec(
        kind="area",
        position=as_point(centre + distance * direction(facing + 180 + guess.azimuth, guess.elevation)),
        target=as_point(centre),
        width=across,
        height=across,
        cone=0.0,
        color=guess.color,
        irradiance=math.pi * radiance * guess.share,
    )
    return world, main


def cells_within(photo: PhotoFacts, box: tuple[float, float, float, float]) -> FloatArray:
    """Those of the photograph's cells, (rows, columns, 3), whose centres lie in a box of its pixels; at least one."""
    rows, columns, _ = photo.cells.shape
    left, top, right, bottom = box
    across = _inside(columns, left / photo.width, right / photo.width)
    down = _inside(rows, top / photo.height, bottom / photo.height)
    return photo.cells[down][:, across]


def _inside(count: int, low: float, high: float) -> slice:
    """Which of `count` cells have their centres between two fractions of all; the nearest one where none has."""
    first = min(math.ceil(low * count - 0.5), count - 1)
    return slice(first, max(first + 1, math.ceil(high * count - 0.5)))


def _draw_crop(backdrop: Backdrop, photos: tuple[PhotoFacts, ...], aspect: float, draws: Draws) -> PhotoCrop:
    photo = photos[draws.pick("backdrop.photos", len(photos))]
    draws.values["backdrop.photo"] = photo.ref.name
    width = min(photo.width, photo.height * aspect) / draws.number("backdrop.zoom", backdrop.zoom)
    height = width / aspect
    left = (photo.width - width) * draws.stream("backdrop.left").uniform()
    top = (photo.height - height) * draws.stream("backdrop.top").uniform()
    return PhotoCrop(photo.ref, (left, top, left + width, top + height))
