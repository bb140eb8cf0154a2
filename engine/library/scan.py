"""Which assets there are: the built-in ones, and those in the library's folders. Looks at names, opens no asset."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from engine.errors import AssetError
from engine.files import is_temporary, reason
from engine.library.assets import BUILTIN, CUP_KEY, Asset, Kind, Notes, kind_of
from engine.library.builtin import builtin_hdris
from engine.library.notes import SIDECAR_NAME, personal_file, read_notes
from engine.recipe.objects import LOOKS

LIMIT = 100_000
"""Assets that are listed at most: a folder with more was hardly meant."""

FIRST_PAUSE_SECONDS = 0.1
"""Between what is reported first and next of a scan."""

DATASET_MARK = "dataset.json"
"""A folder with this file is a rendered dataset: its frames are no assets."""


class Scan(msgspec.Struct, frozen=True):
    """What was found."""

    assets: tuple[Asset, ...]
    """The built-in ones first, then folder by folder, by path."""
    problems: tuple[str, ...]
    """Sentences on folders and notes that could not be read, and on what was left out."""


def scan(folders: Sequence[Path], report: Callable[[Scan], object] | None = None) -> Scan:
    """List all assets. Never raises for what is wrong with a folder: it is told among the problems.

    `report` gets what was found so far, the built-in assets at once, then in steps that double in length: a large
    folder on a slow disk takes long.
    """
    return _Scanner(report).run(folders)


class _Scanner:
    def __init__(self, report: Callable[[Scan], object] | None) -> None:
        self._report = report
        self._pause = FIRST_PAUSE_SECONDS
        self._next = 0.0
        self.problems: list[str] = []
        self._personal = self._notes(personal_file())
        self._seen: set[tuple[int, int]] = set()

    def run(self, folders: Sequence[Path]) -> Scan:
        assets = list(self._builtin())
        self._tell(assets)
        for folder in folders:
            if not folder.is_dir():
                self.problems.append(f"{folder}: the folder is not there; mount it, or take it out of the library.")
                continue
            for asset in self._below(folder, str(folder)):
                if len(assets) >= LIMIT:
                    self.problems.append(f"{folder}: only the first {LIMIT:,} assets are shown; add smaller folders.")
                    return Scan(tuple(assets), tuple(self.problems))
                assets.append(asset)
                self._tell(assets)
        return Scan(tuple(assets), tuple(self.problems))

    def _tell(self, assets: list[Asset]) -> None:
        if self._report is None or time.monotonic() < self._next:
            return
        self._report(Scan(tuple(assets), tuple(self.problems)))
        self._next, self._pause = time.monotonic() + self._pause, 2 * self._pause

    def _notes(self, file: Path) -> dict[str, Notes]:
        try:
            return read_notes(file)
        except AssetError as error:
            self.problems.append(str(error))
            return {}

    def _builtin(self) -> Iterator[Asset]:
        for look in LOOKS:
            key = f"{CUP_KEY}/{look}"
            yield Asset(key, "model", f"cup, {look}", BUILTIN, notes=self._personal.get(key, Notes("cup")))
        try:
            found = builtin_hdris()
        except AssetError as error:
            self.problems.append(str(error))
            return
        for path in found:
            key = f"{BUILTIN}:{path.stem}"
            status = path.stat()
            yield Asset(
                key, "hdri", path.stem, BUILTIN, str(path), status.st_size, status.st_mtime,
                self._personal.get(key, Notes()),
            )  # fmt: skip

    def _below(self, folder: Path, root: str) -> Iterator[Asset]:
        """The assets of a folder and those below it, by name; hidden folders and datasets are left out."""
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in self._seen:
                return
            self._seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.problems.append(f"{folder}: the folder cannot be read ({reason(error)}); change its permissions.")
            return
        names = {entry.name for entry in listed}
        if DATASET_MARK in names:
            return
        notes = self._notes(folder / SIDECAR_NAME) if SIDECAR_NAME in names else {}
        below: list[Path] = []
        for entry in listed:
            if entry.name.startswith(".") or is_temporary(entry.name):
                continue
            path = folder / entry.name
            if _is_folder(entry):
                below.append(path)
            elif (kind := kind_of(path, Path(root))) is not None:
                asset = self._asset(entry, path, kind, root, notes)
                if asset is not None:
                    yield asset
        for path in below:
            yield from self._below(path, root)

    def _asset(
        self, entry: os.DirEntry[str], path: Path, kind: Kind, root: str, notes: dict[str, Notes]
    ) -> Asset | None:
        key = str(path)
        try:
            status = entry.stat()
        except OSError:  # a dangling link, or a file that went away
            return None
        noted = self._personal.get(key) or notes.get(entry.name) or Notes()
        is_picture = kind in ("texture", "backdrop")
        if is_picture and noted.kind in ("texture", "backdrop"):
            kind = noted.kind
        return Asset(key, kind, entry.name, root, key, status.st_size, status.st_mtime, noted)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
