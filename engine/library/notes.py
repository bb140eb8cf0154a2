"""Class, scale, tags, keypoints and parts of assets, kept in `studio-assets.toml` beside the files, so that they can be
committed.

    ["fuze.obj"]
    class = "bottle"
    scale = 0.1
    tags = ["drink", "glass"]
    skeleton = [["cap", "base"]]

    ["fuze.obj".keypoints]
    cap = [0.0, 0.0, 0.21]
    base = [0.0, 0.0, 0.0]

    ["fuze.obj".parts]
    lid = ["Cap"]

A table's name is the file's name in the same folder. For built-in assets, and for files in folders that cannot be
written, the same tables stand in one file of the user's own (`personal_file`), named by the asset's key; they win.
Keypoints are given in the model frame that the file has with `up = "auto"`, before any scale.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import AssetError, StorageError
from engine.files import make_folder, reason, write_atomically
from engine.frame.landmarks import NO_LANDMARKS, Landmarks
from engine.library.assets import KINDS, Asset, Notes
from engine.library.files import split_model_path
from engine.library.landmarks import read_landmarks
from engine.library.symmetry import read_symmetry
from engine.paths import data_dir

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

SIDECAR_NAME = "studio-assets.toml"


def personal_file() -> Path:
    """The user's own notes on assets whose folder takes none."""
    return data_dir() / SIDECAR_NAME


def read_notes(file: Path) -> dict[str, Notes]:
    """The notes in a file, by the names of its tables; empty where there is no file.

    Raises:
        AssetError: the file is no TOML, or a note is not what belongs there.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise AssetError(f"{file}: the notes cannot be read ({reason(error)}); change its permissions.") from None
    except ValueError as error:
        raise AssetError(f"{file}: this is no valid TOML ({error}); correct it.") from None
    return {name: _notes(file, name, table) for name, table in document.items()}


def _notes(file: Path, name: str, table: Any) -> Notes:
    if not isinstance(table, Mapping):
        raise AssetError(f'{file}: {name}: a table is expected, like ["{name}"] and below it class = "bottle".')
    values: dict[str, Any] = {"landmarks": read_landmarks(f"{file}: {name}", table)}
    for key, value in table.items():
        if key == "class" and isinstance(value, str):
            values["class_name"] = value.strip()
        elif key == "scale" and _is_scale(value):
            values["scale"] = float(value)
        elif key == "tags" and isinstance(value, list) and all(isinstance(tag, str) for tag in value):
            values["tags"] = clean_tags(value)
        elif key == "kind" and value in KINDS:
            values["kind"] = value
        elif key == "symmetry":
            values["symmetry"] = read_symmetry(value, f"{file}: {name}.symmetry")
        elif key not in ("keypoints", "skeleton", "parts"):
            raise AssetError(
                f"{file}: {name}.{key}: found {value!r}; known are class (text), scale (above 0), tags (list of "
                f"texts), kind ({', '.join(KINDS)}), symmetry, keypoints (table), skeleton (list of pairs) "
                "and parts (table)."
            )
    return Notes(**values)


def _is_scale(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def clean_tags(tags: list[str]) -> tuple[str, ...]:
    """Tags without blanks and repeats, in alphabetical order."""
    return tuple(sorted({" ".join(tag.split()).lower() for tag in tags} - {""}))


def notes_beside(file: Path) -> Path:
    """Where the notes on a file are, or would be."""
    return file.parent / SIDECAR_NAME


def landmarks_of(model: str) -> Landmarks:
    """The keypoints and parts that are noted for a model, `file.blend#Name` included, where the name comes before the
    file; none where none are.

    Raises:
        AssetError: the notes are not valid.
    """
    file, name = split_model_path(model)
    personal, beside = read_notes(personal_file()), read_notes(notes_beside(file))
    for title in [file.name] if name is None else [f"{file.name}#{name}", file.name]:
        noted = personal.get(str(file.absolute().with_name(title))) or beside.get(title)
        if noted is not None and noted.landmarks != NO_LANDMARKS:
            return noted.landmarks
    return NO_LANDMARKS


def save_notes(changes: Mapping[str, tuple[Asset, Notes]]) -> list[Path]:
    """Store the notes of several assets; returns their files. Comments and order in them stay; an empty file goes.

    Raises:
        AssetError: a file that is to be changed is not valid.
        StorageError: not even the user's own file can be written.
    """
    by_file: dict[Path, dict[str, Notes]] = {}
    personal = personal_file()
    known = read_notes(personal)
    for asset, notes in changes.values():
        file, name = notes_place(asset)
        by_file.setdefault(file, {})[name] = notes
        if file != personal and asset.key in known:
            # A folder that has become writable gets the notes; the user's own would hide them.
            by_file.setdefault(personal, {})[asset.key] = Notes()
    for file, named in by_file.items():
        _write(file, named)
    return list(by_file)


def notes_place(asset: Asset) -> tuple[Path, str]:
    """(file, name of the table) for an asset's notes."""
    if not asset.is_builtin:
        file = notes_beside(Path(asset.path))
        if os.access(file.parent, os.W_OK) and (not file.exists() or os.access(file, os.W_OK)):
            return file, asset.name
    return personal_file(), asset.key


def _write(file: Path, named: Mapping[str, Notes]) -> None:
    import tomlkit

    read_notes(file)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    document = tomlkit.parse(text)
    for name, notes in named.items():
        _set(document, name, notes)
    text = tomlkit.dumps(document)
    try:
        if text.strip():
            make_folder(file.parent)
            write_atomically(file, text.encode())
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {reason(error)}; nothing was changed.") from None


def _set(document: TOMLDocument, name: str, notes: Notes) -> None:
    import tomlkit

    wanted = {
        "class": notes.class_name,
        "scale": notes.scale if notes.scale != 1.0 else None,
        "tags": list(notes.tags),
        "kind": notes.kind,
        "skeleton": [list(link) for link in notes.landmarks.skeleton],
        "keypoints": {place: list(where) for place, where in notes.landmarks.keypoints},
    }
    table: Any = document.get(name)
    if table is None:
        table = tomlkit.table()
        document[name] = table
    for key, value in wanted.items():
        if value:
            if table.get(key) != value:
                table[key] = value
        elif key in table:
            del table[key]
    if not table:
        del document[name]
