"""What is in a folder already that frames are to go into: frames of the same recipe and seed, or of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.recipe.model import Recipe


@dataclass(frozen=True, slots=True)
class Wish:
    """A job that somebody wants."""

    count: int
    seed: int
    start: int
    folder: Path
    priority: int = 0
    name: str | None = None
    """What the job is called; the recipe's name when left out."""
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Held:
    """What a folder holds of the frames that somebody wants."""

    new: int
    """How many of them are still to be rendered."""
    text: str = ""
    """What there is to say about it, without a folder's name and a full stop; empty for a new folder."""
    other: bool = False
    """Whether these frames cannot be added, since there are others of another recipe or seed."""


def look_into(recipe: Recipe, wish: Wish) -> Held:
    """What the folder of a wish holds. Lists it, so call it in a thread.

    A folder that cannot be read, or is no dataset, holds nothing here: adding the job says what is wrong with it.
    """
    from engine.dataset.manifest import recipe_differences
    from engine.dataset.read import Dataset
    from engine.dataset.writer import stored_manifest
    from engine.errors import DatasetError
    from engine.recipe.load import recipe_to_plain

    root = wish.folder.expanduser()
    try:
        manifest = stored_manifest(root)
        if manifest is None:
            return Held(wish.count)
        end = wish.start + wish.count
        held = sum(wish.start <= index < end for index in Dataset.open(root).iter_indices())
    except (DatasetError, OSError):
        return Held(wish.count)
    if recipe_differences(manifest, recipe_to_plain(recipe), wish.seed):
        return Held(wish.count, "holds frames of another recipe or seed: choose another folder", other=True)
    new = wish.count - held
    if not held:
        return Held(new)
    return Held(new, f"holds {held:,} {'frame' if held == 1 else 'frames'} of these; {new:,} {_are(new)} new")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def free_folder(recipe: Recipe, wish: Wish) -> Path:
    """The folder of a wish, or the first of `NAME-2`, `NAME-3`, ... that holds no frames of another recipe or seed."""
    from dataclasses import replace

    folder, number = wish.folder, 1
    while look_into(recipe, replace(wish, folder=folder)).other:
        number += 1
        folder = wish.folder.with_name(f"{wish.folder.name}-{number}")
    return folder
