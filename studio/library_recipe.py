"""What a recipe needs to use assets of the library: as values, and as lines to be pasted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.library.assets import CUP_KEY, Asset

NO_PLACE = ("texture", "backdrop")
"""Kinds that recipes have no setting for: they may be collected and tagged all the same."""


def usable(assets: Iterable[Asset]) -> list[Asset]:
    """Those that a recipe has a place for."""
    return [asset for asset in assets if asset.kind not in NO_PLACE]


def recipe_name(asset: Asset) -> str:
    """What a recipe writes for it: `cup`, `builtin:NAME` or the file's path."""
    if asset.key.startswith(CUP_KEY):
        return "cup"
    return asset.key


def object_values(asset: Asset) -> dict[str, Any]:
    """A model's table in `objects`; what is as usual is left out."""
    values: dict[str, Any] = {"model": recipe_name(asset)}
    if asset.notes.class_name and asset.notes.class_name != values["model"]:
        values["class"] = asset.notes.class_name
    if asset.notes.scale != 1.0:
        values["scale"] = asset.notes.scale
    if asset.key.startswith(CUP_KEY + "/"):
        values["look"] = asset.key.partition("/")[2]
    return values


def recipe_lines(assets: Iterable[Asset]) -> str:
    """TOML for a recipe: a table for each model, and a list of the HDRIs."""
    import tomlkit

    document = tomlkit.document()
    models = tomlkit.aot()
    hdris: list[str] = []
    for asset in usable(assets):
        if asset.kind == "hdri":
            hdris.append(recipe_name(asset))
            continue
        table = tomlkit.table()
        table.update(object_values(asset))
        models.append(table)
    if models:
        document["objects"] = models
    if hdris:
        surroundings = tomlkit.table()
        surroundings["hdris"] = hdris
        document["surroundings"] = surroundings
    return tomlkit.dumps(document)
