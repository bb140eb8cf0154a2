"""Catalogs without files, for drawing in tests."""

from __future__ import annotations

import numpy as np

from engine.frame.catalog import Catalog, HdriFacts, ModelFacts
from engine.frame.spec import AssetRef


def box_model(name: str = "cup") -> ModelFacts:
    """A model whose hull is a box about as large as a mug, the handle towards +x."""
    corners = np.array([[x, y, z] for x in (-0.04, 0.06) for y in (-0.04, 0.04) for z in (0.0, 0.09)])
    return ModelFacts(AssetRef(name, f"hash of {name}"), corners, has_materials=name != "cup", is_cup=name == "cup")


def catalog(models: int = 1, hdris: int = 8) -> Catalog:
    """`models` boxes and `hdris` names."""
    return Catalog(
        tuple(box_model() if i == 0 else box_model(f"model{i}") for i in range(models)),
        tuple(HdriFacts(AssetRef(f"hdri{i}", f"hash{i}"), 0.5 + i) for i in range(hdris)),
    )
