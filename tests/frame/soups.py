"""Scenes of boxes, for tests without Blender."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.frame.catalog import Catalog, SceneFacts
from engine.frame.soup import Soup
from engine.frame.spec import AssetRef
from engine.frame.surfaces import find_surfaces
from engine.shapes.interior import block
from engine.shapes.mesh import Shape, joined
from tests.frame.catalogs import catalog

type Corner = tuple[float, float, float]

TABLE = 0.75
"""Height of its top, metres."""


def table_in_a_room(extra: Sequence[Shape] = ()) -> list[Shape]:
    """A room of 4 m by 4 m by 2.5 m about the z axis, and a table of 1.2 m by 0.8 m in its middle."""
    walls = [
        block((-2.2, -2.2, -0.2), (2.2, 2.2, 0.0)),
        block((-2.2, -2.2, 2.5), (2.2, 2.2, 2.7)),
        block((-2.2, -2.2, 0.0), (-2.0, 2.2, 2.5)),
        block((2.0, -2.2, 0.0), (2.2, 2.2, 2.5)),
        block((-2.0, -2.2, 0.0), (2.0, -2.0, 2.5)),
        block((-2.0, 2.0, 0.0), (2.0, 2.2, 2.5)),
    ]
    top = block((-0.6, -0.4, TABLE - 0.03), (0.6, 0.4, TABLE))
    legs = [
        block((x - 0.03, y - 0.03, 0.0), (x + 0.03, y + 0.03, TABLE - 0.03))
        for x in (-0.55, 0.55)
        for y in (-0.35, 0.35)
    ]
    return [*walls, top, *legs, *extra]


def soup_of(shapes: Sequence[Shape], *, flipped: bool = False) -> Soup:
    """Their triangles; `flipped` turns all of them inside out."""
    shape = joined(shapes)
    triangles = shape.triangles()
    return Soup(shape.vertices.astype(np.float32), triangles[:, ::-1].copy() if flipped else triangles)


def facts_of(soup: Soup, name: str = "room") -> SceneFacts:
    """As if it had been loaded."""
    return SceneFacts(AssetRef(name, f"hash of {name}"), soup, find_surfaces(soup))


def catalog_with(*scenes: SceneFacts, models: int = 1) -> Catalog:
    """Boxes like mugs, HDRIs, and scenes."""
    plain = catalog(models)
    return Catalog(plain.models, plain.hdris, scenes=scenes)
