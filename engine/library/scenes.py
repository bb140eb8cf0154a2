"""Which scenes a recipe's `scene.files` means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from engine.errors import AssetError
from engine.library.model_folders import resolve_models
from engine.recipe.scene import DEMO

DEMO_NAMES = ("study", "living", "hall")
"""Of the scenes that come with the program."""

_FIELD = "scene.files"


def resolve_scenes(entries: Iterable[str]) -> dict[str, str]:
    """The scenes by their names for people, in the order of the entries, without repeats: a path, or `demo:NAME`.

    Raises:
        AssetError: an entry names no scene.
    """
    found: dict[str, str] = {}
    for entry in entries:
        for place in _meant(entry):
            name = place if place.startswith(DEMO + ":") else Path(place).name
            found.setdefault(name if found.get(name, place) == place else place, place)
    return found


def _meant(entry: str) -> list[str]:
    if entry == DEMO:
        return [f"{DEMO}:{name}" for name in DEMO_NAMES]
    if not entry.startswith(DEMO + ":"):
        return resolve_models([entry], _FIELD)
    name = entry.removeprefix(DEMO + ":")
    if name not in DEMO_NAMES:
        near = difflib.get_close_matches(name, DEMO_NAMES, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise AssetError(f"{entry}: there is no scene of that name; there are {', '.join(DEMO_NAMES)}.{hint}")
    return [entry]


def is_demo(place: str) -> bool:
    """Whether a scene comes with the program."""
    return place.startswith(DEMO + ":")
