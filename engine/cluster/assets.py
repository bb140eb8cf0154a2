"""Assets of a recipe on machines that do not share a folder: they travel by content, and each machine keeps them.

On the machine that renders they lie under the same names below a folder of its own, so that files which refer to each
other find each other there as at home. Each content is kept once, under its digest, and linked into such folders.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import StudioError
from engine.files import make_folder, write_atomically
from engine.library.dependencies import dependencies
from engine.library.files import split_model_path
from engine.library.notes import notes_beside

_CHUNK = 1 << 20


class AssetFile(msgspec.Struct, frozen=True):
    """One file that a recipe needs."""

    path: str
    """Absolute, on the engine's machine."""
    digest: str
    """BLAKE2b-128 of its bytes."""


class Digests:
    """Digests of files, read again only when they change."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], str] = {}

    def of(self, path: Path) -> str:
        """The digest of a file; raises OSError."""
        found = path.stat()
        key = (str(path), found.st_size, found.st_mtime_ns)
        if key not in self._known:
            digest = hashlib.blake2b(digest_size=16)
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
            self._known[key] = digest.hexdigest()
        return self._known[key]


def asset_files(plain: Mapping[str, Any], digests: Digests) -> tuple[AssetFile, ...]:
    """All files that a recipe (as `recipe_to_plain` makes it) names or refers to, as far as they can be read.

    One that cannot be is left to the worker, which says so as it does on the engine's own machine.
    """
    found: dict[str, AssetFile] = {}
    for path in _paths(plain):
        for file in _with_dependencies(path):
            name = os.path.abspath(file)
            try:
                found[name] = AssetFile(name, digests.of(Path(name)))
            except OSError:
                continue
    return tuple(found[name] for name in sorted(found))


def moved(plain: Any, prefix: str) -> Any:
    """The recipe with `prefix` before each of its paths."""
    if isinstance(plain, str):
        return prefix + plain if _path_in(plain) is not None else plain
    if isinstance(plain, Mapping):
        return {key: moved(value, prefix) for key, value in plain.items()}
    return [moved(value, prefix) for value in plain] if isinstance(plain, list | tuple) else plain


class AssetStore:
    """The assets that one machine keeps. Several processes may use it at once; it may be removed while none does."""

    def __init__(self, folder: Path) -> None:
        self._contents = folder / "contents"
        self._trees = folder / "trees"
        self._digests = Digests()

    def lacks(self, files: Iterable[AssetFile]) -> list[AssetFile]:
        """Those whose content is neither kept here nor at the same path."""
        return [file for file in files if not self.is_here(file) and not (self._contents / file.digest).exists()]

    def is_here(self, file: AssetFile) -> bool:
        """Whether the same file is at the same path, as in a folder that machines share."""
        try:
            return self._digests.of(Path(file.path)) == file.digest
        except OSError:
            return False

    def add(self, digest: str, data: bytes) -> None:
        """Keep a content. Raises OSError."""
        if hashlib.blake2b(data, digest_size=16).hexdigest() != digest:
            raise OSError(f"an asset arrived damaged (its content is not that of {digest})")
        make_folder(self._contents)
        write_atomically(self._contents / digest, data)

    def prefix(self, files: tuple[AssetFile, ...]) -> str:
        """What to put before the files' paths so that they are found here; empty where they are at their own.

        Raises OSError where a content is not kept here.
        """
        if all(self.is_here(file) for file in files):
            return ""
        key = hashlib.blake2b(msgspec.json.encode(files), digest_size=16).hexdigest()
        tree = self._trees / key
        if not tree.exists():
            make_folder(self._trees)
            unfinished = self._trees / f"{key}.{os.getpid()}"
            shutil.rmtree(unfinished, ignore_errors=True)
            for file in files:
                self._link(file, unfinished / file.path.lstrip("/"))
            try:
                unfinished.rename(tree)
            except OSError:  # another process was faster
                shutil.rmtree(unfinished, ignore_errors=True)
        return str(tree)

    def _link(self, file: AssetFile, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = self._contents / file.digest
        if kept.exists():
            os.link(kept, target)
        else:
            shutil.copyfile(file.path, target)


def _paths(plain: Any) -> Iterator[Path]:
    """The paths in a recipe, which are absolute; built-in assets have names without a slash."""
    if isinstance(plain, str):
        path = _path_in(plain)
        if path is not None:
            yield path
    elif isinstance(plain, Mapping):
        for value in plain.values():
            yield from _paths(value)
    elif isinstance(plain, list | tuple):
        for value in plain:
            yield from _paths(value)


def _path_in(text: str) -> Path | None:
    if not text.startswith("/"):
        return None
    path, _ = split_model_path(text)
    return path if path.exists() else None


def _with_dependencies(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*")) if file.is_file())
        return
    yield path
    if notes_beside(path).is_file():  # keypoints
        yield notes_beside(path)
    try:
        yield from (target for _, target in dependencies(path) if target.is_file())
    except StudioError:  # a file that the worker refuses, in its own words
        return
