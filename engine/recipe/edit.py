"""Change recipe files with their comments kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tomlkit

from engine.errors import RecipeError
from engine.files import reason, write_atomically
from engine.recipe.load import load_recipe
from engine.recipe.overrides import Override, apply_overrides


def copy_recipe(origin: Path, file: Path, overrides: Sequence[str] = ()) -> None:
    """Write a copy of the recipe `origin` with some settings changed; comments and layout stay.

    Relative paths in `origin` are made absolute, so that they still lead to their files.

    Raises:
        RecipeError: the origin or an override is wrong, or `file` exists or cannot be written.
    """
    if file.suffix != ".toml":
        raise RecipeError(f"{file}: a recipe's file name ends in .toml; try {file.name}.toml.")
    recipe = load_recipe(origin, overrides)
    document = tomlkit.parse(origin.read_text(encoding="utf-8"))
    apply_overrides(document, [Override.parse(text) for text in overrides])
    for table, item in zip(document.get("objects", ()), recipe.objects, strict=False):
        if "model" in table and table["model"] != item.model:
            table["model"] = item.model
    surroundings = document.get("surroundings", {})
    if "hdris" in surroundings and list(surroundings["hdris"]) != list(recipe.surroundings.hdris):
        surroundings["hdris"] = list(recipe.surroundings.hdris)
    if file.exists():
        raise RecipeError(f"{file}: there is a file of this name already; choose another, nothing was changed.")
    try:
        write_atomically(file, tomlkit.dumps(document).encode())
    except OSError as error:
        raise RecipeError(f"{file}: the file cannot be written: {reason(error)}.") from None
