"""The recipes that ship: data, and the few lines that find them."""

from __future__ import annotations

import difflib
from pathlib import Path

from engine.errors import RecipeError

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of the presets, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def find(recipe: str) -> Path:
    """The recipe file that `recipe` means: a path, or the name of a preset.

    Raises:
        RecipeError: there is neither.
    """
    path = Path(recipe).expanduser()
    if path.suffix == ".toml" or path.exists() or "/" in recipe:
        return path
    if recipe in names():
        return _FOLDER / f"{recipe}.toml"
    near = difflib.get_close_matches(recipe, names(), n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise RecipeError(f"'{recipe}' is neither a recipe file nor a preset ({', '.join(names())}).{hint}")
