"""A whole recipe as the text of a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.recipe.document import RecipeDocument
from engine.recipe.output import QUALITY
from studio.recipe_parameters import parameters


def recipe_text(recipe: Mapping[str, Any]) -> str:
    """A whole recipe in plain data as the text of a file; what is as by default is left out."""
    document = RecipeDocument("", "recipe.toml", Path())
    objects = recipe.get("objects", [{}])
    for _ in objects[1:]:
        document.add_item("objects", {"model": "cup"}, 1)
    source = RecipeDocument("", "recipe.toml", Path())
    for key, value in recipe.items():
        source.set(key, value)
    lists = {key: len(value) for key, value in recipe.items() if isinstance(value, list) and key != "objects"}
    for parameter in parameters(len(objects), str(source.get(QUALITY) or ""), **lists):
        value = source.get(parameter.path)
        if value is not None and (value != parameter.default or parameter.path.endswith((".model", "].kind"))):
            document.set(parameter.path, value)
    return document.text
