"""Which model files a list of files and folders means."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.errors import AssetError
from engine.library.files import MODEL_EXTENSIONS, MODEL_LIST, split_model_path


def resolve_models(entries: Iterable[str], field: str) -> list[str]:
    """The files in the order of the entries, a folder's by name, without repeats; `field` is blamed in errors.

    Raises:
        AssetError: an entry names no model.
    """
    found: dict[str, None] = {}
    for entry in entries:
        path, _ = split_model_path(entry)
        found |= dict.fromkeys(_below(path, field) if path.is_dir() else [entry])
    return list(found)


def _below(folder: Path, field: str) -> list[str]:
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in MODEL_EXTENSIONS and file.is_file())
    if not files:
        raise AssetError(f"{folder}: the folder holds no model; {field} takes {MODEL_LIST} files and folders of them.")
    return [str(file) for file in files]
