"""Which HDRI files a recipe's `surroundings.hdris` means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from engine.errors import AssetError
from engine.library.builtin import builtin_hdris

SUFFIXES = (".exr", ".hdr", ".pic")
BUILTIN = "builtin"


def resolve_hdris(entries: Iterable[str]) -> dict[str, Path]:
    """The files by their names for people, sorted by name, without repeats.

    An entry is `builtin`, `builtin:NAME`, a file, or a folder, of which all HDRIs below it are taken.

    Raises:
        AssetError: an entry names no HDRI.
    """
    found: dict[str, Path] = {}
    for entry in entries:
        for name, path in _resolve(entry):
            found.setdefault(name if found.get(name, path) == path else str(path), path)
    return dict(sorted(found.items()))


def _resolve(entry: str) -> list[tuple[str, Path]]:
    if entry == BUILTIN:
        return [(f"{BUILTIN}:{path.stem}", path) for path in builtin_hdris()]
    if entry.startswith(BUILTIN + ":"):
        return [(entry, _builtin(entry.removeprefix(BUILTIN + ":")))]
    path = Path(entry)
    if not path.is_dir():
        return [(path.name, path)]
    below = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not below:
        raise AssetError(f"{path}: the folder holds no HDRI; surroundings.hdris takes {', '.join(SUFFIXES)} files.")
    return [(str(file.relative_to(path)), file) for file in below]


def _builtin(name: str) -> Path:
    known = {path.stem: path for path in builtin_hdris()}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise AssetError(f"{BUILTIN}:{name}: there is no built-in HDRI of that name; there are {', '.join(known)}.{hint}")
