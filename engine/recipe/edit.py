"""Change recipe files with their comments kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit

from engine.errors import RecipeError
from engine.files import reason, write_atomically
from engine.recipe.document import RecipeDocument
from engine.recipe.load import load_recipe
from engine.recipe.model import Recipe
from engine.recipe.overrides import Override, apply_overrides


def copy_recipe(origin: Path, file: Path, overrides: Sequence[str] = ()) -> None:
    """Write a copy of the recipe `origin` with some settings changed; comments and layout stay.

    The copy names the same models, HDRIs and photographs: those in its own folder, or below it, relative to that
    folder, so that both can be moved together, and all others by their full path.

    Raises:
        RecipeError: the origin or an override is wrong, or `file` exists or cannot be written.
    """
    if file.suffix != ".toml":
        raise RecipeError(f"{file}: a recipe's file name ends in .toml; try {file.name}.toml.")
    recipe = load_recipe(origin, overrides)
    document = tomlkit.parse(origin.read_text(encoding="utf-8"))
    apply_overrides(document, [Override.parse(text) for text in overrides])
    folder = file.parent.resolve()
    for table, item in zip(document.get("objects", ()), recipe.objects, strict=False):
        if "model" in table:
            _replace(table, "model", _written(item.model, folder))
        if "textures" in table:
            written = [_written(entry, folder) for entry in item.textures]
            _replace(table, "textures", written[0] if isinstance(table["textures"], str) else written)
    for section, key, entries in _path_lists(recipe):
        table = document.get(section, {})
        if key in table:
            written = [_written(entry, folder) for entry in entries]
            _replace(table, key, written[0] if isinstance(table[key], str) else written)
    if file.exists():
        raise RecipeError(f"{file}: there is a file of this name already; choose another, nothing was changed.")
    try:
        write_atomically(file, tomlkit.dumps(document).encode())
    except OSError as error:
        raise RecipeError(f"{file}: the file cannot be written: {reason(error)}.") from None


def name_assets_from(document: RecipeDocument, recipe: Recipe, folder: Path) -> None:
    """Name the files of a document, which are those of `recipe`, as a file in another folder has to."""
    for at, item in enumerate(recipe.objects):
        path = f"objects[{at}].model"
        if document.get(path) is not None:
            document.set(path, _written(item.model, folder))
        if item.textures and document.get(f"objects[{at}].textures") is not None:
            document.set(f"objects[{at}].textures", [_written(entry, folder) for entry in item.textures])
    for section, key, entries in _path_lists(recipe):
        if document.get(f"{section}.{key}") is not None:
            document.set(f"{section}.{key}", [_written(entry, folder) for entry in entries])


def _path_lists(recipe: Recipe) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Section, name and value of the settings that list files or folders."""
    return (
        ("surroundings", "hdris", recipe.surroundings.hdris),
        ("backdrop", "photos", recipe.backdrop.photos),
        ("distractors", "models", recipe.distractors.models),
        ("ground", "textures", recipe.ground.textures),
        ("scene", "files", recipe.scene.files),
    )


def _replace(table: Any, key: str, value: str | list[str]) -> None:
    """Set what is not so already, which keeps the layout of what is."""
    if table[key] != value:
        table[key] = value


def _written(entry: str, folder: Path) -> str:
    """How a recipe in `folder` names an asset: `entry` is a full path, or a word like `cup` or `builtin:city`."""
    path = Path(entry)
    if not path.is_absolute() or not path.is_relative_to(folder):
        return entry
    relative = str(path.relative_to(folder))
    if relative.startswith("~"):  # it would be somebody's home folder
        return entry
    is_like_a_word = "/" not in relative and ("." not in relative or ":" in relative)
    return f"./{relative}" if is_like_a_word else relative
