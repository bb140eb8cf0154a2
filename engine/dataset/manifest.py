"""The manifest of a dataset: what it was made from, and which classes, files and passes it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine import __version__
from engine.dataset.differing import Differing, differing, shown
from engine.dataset.layout import MANIFEST_NAME
from engine.errors import DatasetError, RecipeError
from engine.files import reason
from engine.frame.spec import SPEC_VERSION

FORMAT_NAME = "dataset-studio"
FORMAT_VERSION = 1

_NOT_IN_PIXELS = frozenset({"name", "description"})
"""Top-level keys of a recipe that change nothing in the pictures."""


class ClassEntry(msgspec.Struct, frozen=True):
    """One class of labelled objects."""

    id: int
    """1, 2, 3, ... in the order of the list."""
    name: str
    supercategory: str = ""
    """What kind of thing it is, as the recipe says; empty where it does not."""
    keypoints: tuple[str, ...] = ()
    """Names of the points that its instances may have; of several models, those of the first come first."""
    skeleton: tuple[tuple[str, str], ...] = ()
    """Pairs of those names, to be joined by lines."""


class AssetEntry(msgspec.Struct, frozen=True):
    """One model or HDRI that frames may use."""

    role: str
    """Key path in the recipe, e.g. `objects[0].model` or `surroundings.hdris[3]`."""
    name: str
    path: str
    """Where the file was on the machine that made the dataset; for people only."""
    content_hash: str


class Storage(msgspec.Struct, frozen=True):
    """How frames are stored."""

    resolution: tuple[int, int]
    """Width and height of every picture."""
    image: Literal["png", "jpeg"]
    jpeg_quality: int
    """1 to 100; without meaning for PNG."""
    passes: tuple[str, ...]
    """Passes beside each picture: `depth`, `normal`, ..."""


class Versions(msgspec.Struct, frozen=True):
    """The programs that made the dataset."""

    studio: str
    blender: str


class Manifest(msgspec.Struct, frozen=True):
    """Everything that holds for all frames of a dataset."""

    name: str
    seed: int
    classes: tuple[ClassEntry, ...]
    assets: tuple[AssetEntry, ...]
    storage: Storage
    versions: Versions
    recipe: dict[str, Any]
    """The recipe with all its defaults filled in."""
    created_at: str
    """ISO 8601, UTC."""
    fingerprint: str
    """Hash of everything that decides the pixels of a frame; see `fingerprint_of`."""
    format: str = FORMAT_NAME
    version: int = FORMAT_VERSION
    spec_version: int = SPEC_VERSION

    def class_id(self, name: str) -> int | None:
        """The id of a class, or None where there is no such class."""
        return next((entry.id for entry in self.classes if entry.name == name), None)


def make_manifest(
    *,
    name: str,
    recipe: dict[str, Any],
    seed: int,
    classes: Sequence[ClassEntry],
    assets: Sequence[AssetEntry],
    storage: Storage,
    blender_version: str,
) -> Manifest:
    """A manifest for a new dataset.

    `recipe` must be plain data (dicts, lists, texts, numbers) with all defaults filled in. `assets` must list, in the
    recipe's order, every model and HDRI that a frame can draw: their content decides pixels, their paths do not.
    """
    plain = _plain(recipe)
    manifest = Manifest(
        name=name,
        seed=seed,
        classes=tuple(classes),
        assets=tuple(assets),
        storage=storage,
        versions=Versions(studio=__version__, blender=blender_version),
        recipe=plain,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        fingerprint="",
    )
    return msgspec.structs.replace(manifest, fingerprint=fingerprint_of(manifest))


def _plain(recipe: dict[str, Any]) -> dict[str, Any]:
    """As it comes back from a file: tuples are lists."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(recipe))
    return plain


def fingerprint_of(manifest: Manifest) -> str:
    """BLAKE2b-128 of everything that decides the pixels of a frame, as 32 hexadecimal digits.

    That is: recipe, seed, contents of the assets, Blender's version, and the versions of the format and of the frame
    spec. Not in it: the number of frames, the recipe's name and description, where the assets lie, when it was made.
    """
    encoded = msgspec.json.encode(deciding(manifest), order="sorted")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def deciding(manifest: Manifest) -> dict[str, Any]:
    """What decides pixels, by the names under which a difference is told."""
    return {
        "recipe": _without_paths(manifest.recipe),
        "seed": manifest.seed,
        "assets": {entry.role: [entry.name, entry.content_hash] for entry in manifest.assets},
        "classes": [entry.name for entry in manifest.classes],
        "Blender version": manifest.versions.blender,
        "format version": manifest.version,
        "frame spec version": manifest.spec_version,
    }


_PATHS = ("model", "textures")
"""Settings of an object that name files."""

_PATH_LISTS = (("surroundings", "hdris"), ("backdrop", "photos"), ("ground", "textures"), ("scene", "files"))
"""Section and key of the other settings that do."""


def _without_paths(recipe: dict[str, Any]) -> dict[str, Any]:
    """The recipe less its name, its description and the paths of assets, which stand in the list of assets."""
    kept = {key: value for key, value in recipe.items() if key not in _NOT_IN_PIXELS}
    if isinstance(kept.get("objects"), list):
        kept["objects"] = [
            {key: value for key, value in entry.items() if key not in _PATHS} if isinstance(entry, dict) else entry
            for entry in kept["objects"]
        ]
    if isinstance(kept.get("plugins"), list):
        kept["plugins"] = [{"options": entry.get("options")} for entry in kept["plugins"]]
    for section, paths in _PATH_LISTS:
        if isinstance(kept.get(section), dict):
            kept[section] = {key: value for key, value in kept[section].items() if key != paths}
    return kept


def differences(stored: Manifest, asked: Manifest) -> list[str]:
    """What keeps frames of `asked` from being added to the dataset of `stored`, one text per difference.

    Settings that the program did not have when `stored` was written are as they were without them: at their defaults.
    """
    completed = msgspec.structs.replace(stored, recipe=_completed(stored.recipe))
    left, right = deciding(completed), deciding(asked)
    changed = list(_asset_differences(left.pop("assets"), right.pop("assets")))
    return changed + [_text(one) for one in differing("", left, right)]


def recipe_differences(stored: Manifest, recipe: dict[str, Any], seed: int) -> list[str]:
    """As `differences`, for frames of a plain recipe with its defaults, as far as is told without reading assets."""
    plain = _plain(recipe)
    found = differences(stored, msgspec.structs.replace(stored, recipe=plain, seed=seed))
    before, now = _asset_names(stored.recipe), _asset_names(plain)
    return [
        f"{role} ({before.get(role)} there, {now.get(role)} now)"
        for role in before | now
        if before.get(role) != now.get(role)
    ] + found


def _asset_names(recipe: dict[str, Any]) -> dict[str, str]:
    """What a recipe names by role: models, HDRIs, pictures; without their folders, which change no pixel."""
    names = {f"objects[{at}].model": str(item.get("model")) for at, item in enumerate(recipe.get("objects", ()))}
    for at, item in enumerate(recipe.get("objects", ())):
        names |= {f"objects[{at}].textures[{n}]": str(name) for n, name in enumerate(item.get("textures", ()))}
    for section, paths in _PATH_LISTS:
        listed = recipe.get(section, {}).get(paths, ())
        names |= {f"{section}.{paths}[{at}]": str(name) for at, name in enumerate(listed)}
    return {role: name.rpartition("/")[2] for role, name in names.items()}


def _completed(recipe: dict[str, Any]) -> dict[str, Any]:
    """A stored recipe with the defaults of settings that came after it; as it is where it cannot be read any more."""
    from engine.recipe.load import recipe_from_plain, recipe_to_plain  # whoever only looks at frames needs no recipes

    try:
        return _plain(recipe_to_plain(recipe_from_plain(recipe, MANIFEST_NAME)))
    except RecipeError:
        return recipe


def _asset_differences(stored: dict[str, list[str]], asked: dict[str, list[str]]) -> Iterator[str]:
    """What is unlike in the assets, each a pair of name and content hash, in words."""
    for role in dict.fromkeys([*stored, *asked]):
        before, now = stored.get(role), asked.get(role)
        if before is None or now is None or before[0] != now[0]:
            yield f"{role} ({_name(before)} there, {_name(now)} now)"
        elif before[1] != now[1]:
            yield f"{role} ({now[0]} is not the same as it was: the file, or the version of this program, has changed)"


def _name(asset: list[str] | None) -> str:
    return "none" if asset is None else asset[0]


def _text(one: Differing) -> str:
    return f"{one.path.removeprefix('recipe.')} ({shown(one.left)} there, {shown(one.right)} now)"


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read_manifest(root: Path) -> Manifest:
    """Read the manifest of the dataset in folder `root`; raises DatasetError where it is missing, broken or newer."""
    path = root / MANIFEST_NAME
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {reason(error)}.") from error
    try:
        head = msgspec.json.decode(data, type=_Head)
    except msgspec.MsgspecError as error:
        raise DatasetError(f"{path} is not the manifest of a dataset: {error}.") from error
    if head.format != FORMAT_NAME:
        raise DatasetError(f"{path} is not the manifest of a dataset: its format is '{head.format}'.")
    if head.version > FORMAT_VERSION:
        raise DatasetError(
            f"{path} was written by a newer version (format {head.version}; this one reads up to {FORMAT_VERSION}): "
            "update the program to use it."
        )
    try:
        return msgspec.json.decode(data, type=Manifest)
    except msgspec.MsgspecError as error:
        raise DatasetError(f"{path} is damaged: {error}; a copy of it is needed to use the dataset.") from error


class _Head(msgspec.Struct):
    """The part of a manifest that every version has."""

    format: str
    version: int
