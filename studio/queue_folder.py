"""What is in a folder already that frames are to go into: frames of the same recipe and seed, or of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.recipe.model import Recipe
    from studio.queueing import Wish


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
    from engine.dataset.read import Dataset
    from engine.dataset.writer import stored_manifest
    from engine.errors import DatasetError

    root = wish.folder.expanduser()
    try:
        manifest = stored_manifest(root)
        if manifest is None:
            return Held(wish.count)
        end = wish.start + wish.count
        held = sum(wish.start <= index < end for index in Dataset.open(root).iter_indices())
    except (DatasetError, OSError):
        return Held(wish.count)
    if not _is_same(manifest, recipe, wish.seed):
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


def _is_same(manifest: Any, recipe: Recipe, seed: int) -> bool:
    """Whether frames of the recipe belong to a dataset, as far as can be told without reading assets."""
    import msgspec

    from engine.dataset.manifest import differences
    from engine.recipe.load import recipe_to_plain

    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(recipe_to_plain(recipe)))
    asked = msgspec.structs.replace(manifest, recipe=plain, seed=seed)
    return not differences(manifest, asked) and _asset_names(manifest.recipe) == _asset_names(plain)


def _asset_names(plain: dict[str, Any]) -> list[str]:
    """Names of a recipe's assets without their folders, which change no pixel."""
    models = [item["model"] for item in plain["objects"]]
    return [name.rpartition("/")[2] for name in (*models, *plain["surroundings"]["hdris"])]
