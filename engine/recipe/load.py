"""Recipes in and out of TOML and plain data; errors name file, key path, what was found and what is allowed."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import RecipeError
from engine.recipe.distributions import Choice, Constant, Distribution, LogUniform, Normal, Uniform
from engine.recipe.fields import key_of
from engine.recipe.model import Recipe
from engine.recipe.output import QUALITY, take_quality_settings_out
from engine.recipe.overrides import Override, apply_overrides
from engine.recipe.plugins import Options
from engine.recipe.reader import FieldError, Reader


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe file and apply `key.path=VALUE` overrides (VALUE is TOML; a bare word is a text).

    Paths inside the file are relative to the file's folder, paths in overrides to the current folder; the recipe holds
    them absolute.

    Raises:
        RecipeError: the file or an override is wrong.
    """
    plain = read_toml(path)
    parsed = [Override.parse(text) for text in overrides]
    try:
        return _read(path, plain, parsed)
    except FieldError as error:
        culprit = _culprit(path, plain, parsed, error)
        if culprit is None:
            raise
        blamed = f"--set {error.path}" if culprit.covers(error.path) else f"--set {culprit.path}: {error.path}"
        raise RecipeError(f"{blamed}: {error.problem}") from None


def _read(path: Path, plain: dict[str, Any], overrides: Sequence[Override]) -> Recipe:
    """The recipe that `plain`, the content of `path`, is with some overrides; `plain` itself stays as it is."""
    plain = copy.deepcopy(plain)
    if any(override.path == QUALITY for override in overrides):
        take_quality_settings_out(plain)
    apply_overrides(plain, overrides)
    return _named(Reader(path.name, path.parent, overrides).section(plain, Recipe, ""), path.stem)


def _culprit(path: Path, plain: dict[str, Any], overrides: Sequence[Override], error: FieldError) -> Override | None:
    """The override of the field, or of a part of it, with which `error` appeared; None when the file is to blame."""
    for count in reversed(range(len(overrides))):
        try:
            _read(path, plain, overrides[:count])
        except FieldError as earlier:
            if (earlier.path, earlier.problem) == (error.path, error.problem):
                continue
        if overrides[count].touches(error.path):
            return overrides[count]
    return None


def read_toml(path: Path) -> dict[str, Any]:
    """The file's content as plain dicts and lists; RecipeError if it cannot be read or is no TOML."""
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"{path}: there is no such file; `studio presets ls` lists the recipes that ship.") from None
    except IsADirectoryError:
        raise RecipeError(f"{path}: this is a folder; a recipe is a .toml file.") from None
    except OSError as error:
        raise RecipeError(f"{path}: the file cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise RecipeError(f"{path}: the file is no text in UTF-8; a recipe is a .toml file.") from None
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: this is not valid TOML: {error}.") from None


def recipe_from_plain(plain: Mapping[str, Any], where: str) -> Recipe:
    """A recipe from plain data as `recipe_to_plain` makes it; `where` names the source in errors."""
    return _named(Reader(where, Path(), []).section(plain, Recipe, ""), where)


def recipe_in_folder(plain: Mapping[str, Any], file: str, folder: Path) -> Recipe:
    """A recipe from the content of a file that is being edited; paths in it are relative to `folder`.

    Raises:
        RecipeError: a setting is wrong; a `FieldError` names its path. `file` names the source in it.
    """
    return _named(Reader(file, folder, []).section(plain, Recipe, ""), Path(file).stem)


def _named(recipe: Recipe, name: str) -> Recipe:
    return recipe if recipe.name else dataclasses.replace(recipe, name=name)


def recipe_to_plain(recipe: Recipe) -> dict[str, Any]:
    """The whole recipe, defaults included, as dicts, lists, numbers and texts, in the form that TOML recipes have."""
    plain = _section_to_plain(recipe)
    assert isinstance(plain, dict)
    return plain


def distribution_to_plain(distribution: Distribution) -> Any:
    """The distribution as it is written in a recipe."""
    match distribution:
        case Constant(value):
            return value
        case Uniform(low, high):
            return {"uniform": [low, high]}
        case LogUniform(low, high):
            return {"log_uniform": [low, high]}
        case Normal(mean, sd, low, high):
            return {"normal": [mean, sd], "min": low, "max": high}
        case Choice(values, weights):
            return {"choice": list(values), "weights": list(weights)}


def _section_to_plain(value: Any) -> Any:
    if isinstance(value, Constant | Uniform | LogUniform | Normal | Choice):
        return distribution_to_plain(value)
    if isinstance(value, Options):
        return {name: distribution_to_plain(one) for name, one in value.values}
    if dataclasses.is_dataclass(value):
        members = ((key_of(member), getattr(value, member.name)) for member in dataclasses.fields(value))
        return {key: _section_to_plain(item) for key, item in members if item is not None}
    if isinstance(value, tuple):
        return [_section_to_plain(item) for item in value]
    return value
