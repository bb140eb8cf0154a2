"""The classes of a recipe's labels, for the manifest of its dataset."""

from __future__ import annotations

from engine.dataset.manifest import ClassEntry
from engine.errors import RecipeError
from engine.frame.catalog import Catalog
from engine.frame.draw_objects import class_name
from engine.recipe.model import Recipe


def class_entries(recipe: Recipe, catalog: Catalog) -> tuple[ClassEntry, ...]:
    """The classes in the order of the recipe's objects, without repeats; ids from 1.

    Raises:
        RecipeError: two objects of one class have different supercategories.
    """
    found: dict[str, ClassEntry] = {}
    for number, (item, facts) in enumerate(zip(recipe.objects, catalog.models, strict=True)):
        name = class_name(item, facts)
        known = found.get(name, ClassEntry(len(found) + 1, name))
        if item.supercategory and known.supercategory not in ("", item.supercategory):
            raise RecipeError(
                f"objects[{number}].supercategory is '{item.supercategory}', but another object of the class '{name}' "
                f"has '{known.supercategory}'; give both the same."
            )
        points = (point for point, _ in facts.landmarks.keypoints)
        found[name] = ClassEntry(
            known.id,
            name,
            known.supercategory or item.supercategory,
            tuple(dict.fromkeys((*known.keypoints, *points))),
            tuple(dict.fromkeys((*known.skeleton, *facts.landmarks.skeleton))),
        )
    return tuple(found.values())
