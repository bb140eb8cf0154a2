"""Settings of a recipe that could cost less, one change each, for measuring what it would save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.recipe.model import Recipe

_PASS_GROUPS = (
    ("right",),
    ("coverage",),
    ("normal", "normal_world"),
    ("albedo", "diffuse", "specular"),
    ("flow_forward", "flow_backward"),
)
"""Passes that take work of their own, together; the others come with every frame."""

_FEW_BOUNCES = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One setting, changed."""

    path: str
    """Key path in the recipe."""
    value: Any
    """Plain data, as it is written in TOML."""
    recipe: Recipe
    """The recipe with it."""


def cheaper(recipe: Recipe) -> Iterator[Change]:
    """The changes of a recipe that may save time and leave its labels, and the pictures' size, as they are; but for the
    passes, which some need and some do not."""
    render = recipe.render
    if render.samples > 1:
        yield _changed(recipe, "samples", render.samples // 2)
    if render.denoise and render.denoiser != "fast":
        yield _changed(recipe, "denoiser", "fast")
    if render.denoise:
        yield _changed(recipe, "denoise", False)
    if render.max_bounces > _FEW_BOUNCES:
        yield _changed(recipe, "max_bounces", _FEW_BOUNCES)
    if render.caustics:
        yield _changed(recipe, "caustics", False)
    if render.image == "png":
        yield _changed(recipe, "image", "jpeg")
    for group in _PASS_GROUPS:
        left = tuple(name for name in render.passes if name not in group)
        if left != render.passes:
            yield _changed(recipe, "passes", left)


def _changed(recipe: Recipe, name: str, value: Any) -> Change:
    changed = replace(recipe, render=replace(recipe.render, **{name: value}))
    return Change(f"render.{name}", list(value) if isinstance(value, tuple) else value, changed)
