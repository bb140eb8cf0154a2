"""What a recipe says against another one, and what of it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.recipe.document import RecipeDocument, steps_of
from engine.recipe.effect import why_no_effect
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe
from engine.recipe.output import QUALITY
from engine.recipe.schema import lists
from studio.recipe_parameters import defaults, parameters

UNSHOWN = ("name", "description")
"""Settings that decide no pixel."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that two recipes have otherwise; a side is None where there is no such object, or it is left out."""

    path: str
    before: Any
    after: Any


def differences(before: Recipe, after: Recipe) -> list[Difference]:
    """What differs, defaults included, in the order in which settings are shown; values are plain data."""
    old, new = recipe_to_plain(before), recipe_to_plain(after)
    counts = {name: max(len(old[name]), len(new[name])) for name in lists()}
    paths = [item.path for item in parameters(**counts) if item.path not in UNSHOWN]
    found = (Difference(path, value_at(old, path), value_at(new, path)) for path in paths)
    return [one for one in found if one.before != one.after]


def value_at(plain: Mapping[str, Any], path: str) -> Any:
    """The value at a path like `objects[0].count`; None where there is none."""
    here: Any = plain
    for step in steps_of(path):
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def idle_settings(document: RecipeDocument) -> dict[str, str]:
    """Settings that are written although they have no effect, each with the reason: `ground.kind is none`."""
    plain = document.plain()
    written = {name: len(plain[name]) for name in lists() if isinstance(plain.get(name), list)}
    counts = {"objects": 1, **written}
    usual = defaults(quality=str(value_at(plain, QUALITY) or ""), **counts)

    def value(path: str) -> Any:
        found = value_at(plain, path)
        return usual.get(path) if found is None else found

    there = [item for item in parameters(**counts) if value_at(plain, item.path) is not None]
    reasons = {item.path: why_no_effect(item.path, item.applies, value) for item in there}
    return {path: reason for path, reason in reasons.items() if reason}


def document_of(file: Path) -> RecipeDocument:
    """A recipe file as a document; raises RecipeError where it cannot be read or is no TOML."""
    from studio.recipe_session import read_recipe

    return RecipeDocument(read_recipe(file), file.name, file.parent)
