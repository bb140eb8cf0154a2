"""Draw what surfaces are made of and what wears them, for objects and for the ground."""

from __future__ import annotations

from engine.frame.draws import Draws
from engine.frame.looks_spec import AssetRef, Wear
from engine.recipe.materials import WearRecipe

KINDS = ("scratches", "smudges", "fingerprints", "dust", "stains", "edges", "bumps", "dents")


def draw_wear(recipe: WearRecipe, name: str, draws: Draws, uv_metres: float = 0.0) -> Wear | None:
    """The wear of a surface, its parameters named `{name}.scratches` and so on; None where there is none."""
    if recipe == WearRecipe():
        return None
    amounts = {kind: draws.number(f"{name}.{kind}", getattr(recipe, kind)) for kind in KINDS}
    if not any(amounts.values()):
        return None
    return Wear(
        **amounts,
        scale=draws.number(f"{name}.scale", recipe.scale),
        seed=draws.stream(f"{name}.seed").uniform(),
        uv_metres=uv_metres,
    )


def draw_set(sets: tuple[AssetRef, ...], name: str, draws: Draws) -> AssetRef:
    """One of the sets of pictures, all equally likely."""
    found = sets[draws.pick(name, len(sets))]
    draws.values[name] = found.name
    return found
