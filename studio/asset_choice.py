"""What a setting of a recipe names, as keys of the library's assets, and back again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.library.assets import BUILTIN, CUP_KEY, Asset
from studio.library_recipe import recipe_name


class AssetChoice:
    """The entries of a setting (a path, `cup`, `builtin:NAME`, a folder, `builtin`) among assets of one kind.

    Entries that stand for several assets stay as they are while all of those are chosen; entries that are none of the
    library's assets stay where they can.
    """

    def __init__(self, entries: Sequence[str], assets: Mapping[str, Asset], folder: Path) -> None:
        """`assets` by key; `folder` is where relative paths begin."""
        self._assets = assets
        self._folder = folder
        self._keys_of = {entry: tuple(self._find(entry)) for entry in entries}

    @property
    def keys(self) -> tuple[str, ...]:
        """Assets that are named, in the order in which they are."""
        return tuple(dict.fromkeys(key for keys in self._keys_of.values() for key in keys))

    @property
    def others(self) -> tuple[str, ...]:
        """Entries that are no assets of the library."""
        return tuple(entry for entry, keys in self._keys_of.items() if not keys)

    def entries(self, keys: Iterable[str]) -> list[str]:
        """What the setting is to name, so that it means these assets, and the others as before."""
        wanted = dict.fromkeys(keys)
        kept = [entry for entry, named in self._keys_of.items() if all(key in wanted for key in named)]
        named = {key for entry in kept for key in self._keys_of[entry]}
        return list(dict.fromkeys([*kept, *(recipe_name(self._assets[key]) for key in wanted if key not in named)]))

    def _find(self, entry: str) -> Iterable[str]:
        """Keys of the assets that an entry stands for."""
        if entry in (BUILTIN, "cup"):
            group = CUP_KEY + "/" if entry == "cup" else BUILTIN + ":"
            found = [key for key in self._assets if key.startswith(group)]
            return found[:1] if entry == "cup" else found
        if entry in self._assets:
            return (entry,)
        path = os.path.abspath(self._folder / Path(entry).expanduser())
        if path in self._assets:
            return (path,)
        return [key for key in self._assets if key.startswith(path + os.sep)]
