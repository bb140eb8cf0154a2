"""Catalogs without files, for drawing in tests."""

from __future__ import annotations

import numpy as np

from engine.frame.catalog import Catalog, ModelFacts
from engine.frame.spec import AssetRef


def box_model(
    name: str = "cup", low: tuple[float, float, float] = (-0.04, -0.04, 0.0), high: tuple[float, float, float] = (0.06, 0.04, 0.09)
) -> ModelFacts:
    """A model whose hull is a box."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    return ModelFacts(AssetRef(name, f"hash of {name}"), corners, has_materials=name != "cup", is_cup=name == "cup")


def catalog(models: int = 1, hdris: int = 8) -> Catalog:
    """`models` boxes and `hdris` names."""
    return Catalog(
        tuple(box_model() if i == 0 else box_model(f"model{i}") for i in range(models)),
        tuple(AssetRef(f"hdri{i}", f"hash{i}") for i in range(hdris)),
    )
