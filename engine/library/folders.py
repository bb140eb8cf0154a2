"""Which folders the library looks into: `library.toml` in the user's settings.

folders = ["/data/models", "/data/hdris"]
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from engine.errors import AssetError, StorageError
from engine.files import make_folder, reason, write_atomically
from engine.paths import config_dir


def folders_file() -> Path:
    """The file that names the folders."""
    return config_dir() / "library.toml"


def library_folders() -> list[Path]:
    """The folders in the order in which they were added; they need not exist.

    Raises:
        AssetError: the file is not valid.
    """
    file = folders_file()
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8")).get("folders", [])
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise AssetError(f"{file}: the settings cannot be read ({reason(error)}); change its permissions.") from None
    except ValueError as error:
        raise AssetError(f"{file}: this is no valid TOML ({error}); correct it or remove it.") from None
    if not isinstance(entries, list) or not all(isinstance(entry, str) and entry for entry in entries):
        raise AssetError(f'{file}: folders: a list of paths is expected, like folders = ["/data/models"].')
    return [Path(entry).expanduser() for entry in dict.fromkeys(entries)]


def add_folder(path: str | os.PathLike[str]) -> Path:
    """Have the library look into a folder; returns it as stored.

    Raises:
        AssetError: there is no such folder, it lies inside one of the library, or it is one already.
        StorageError: the settings cannot be written.
    """
    folder = _absolute(path)
    if not folder.exists():
        raise AssetError(f"{folder}: there is no such folder; check the path.")
    if not folder.is_dir():
        raise AssetError(f"{folder}: this is a file, not a folder; add the folder {folder.parent}.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise AssetError(f"{folder}: no permission to read the folder; change its permissions.")
    known = library_folders()
    for other in known:
        if folder == other:
            raise AssetError(f"{folder}: the library looks into this folder already.")
        if folder.is_relative_to(other):
            raise AssetError(f"{folder}: the library looks into it already, as a part of {other}.")
    # A folder that holds others takes their place, else their files would be found twice.
    _store([other for other in known if not other.is_relative_to(folder)] + [folder])
    return folder


def remove_folder(path: str | os.PathLike[str]) -> Path:
    """Have the library look into a folder no more; its files stay as they are. Returns it as it was stored.

    Raises:
        AssetError: the library does not look into it.
        StorageError: the settings cannot be written.
    """
    folder, known = _absolute(path), library_folders()
    if folder not in known:
        listed = ", ".join(map(str, known)) or "no folder"
        raise AssetError(f"{folder}: the library does not look into this folder; it looks into {listed}.")
    _store([other for other in known if other != folder])
    return folder


def _absolute(path: str | os.PathLike[str]) -> Path:
    """Without `..`, but with symbolic links as the user wrote them."""
    return Path(os.path.abspath(Path(path).expanduser()))


def _store(folders: list[Path]) -> None:
    import tomlkit

    file = folders_file()
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    document = tomlkit.parse(text)
    entries = tomlkit.array()
    entries.extend([str(folder) for folder in folders])
    document["folders"] = entries.multiline(len(folders) > 1)
    try:
        make_folder(file.parent)
        write_atomically(file, tomlkit.dumps(document).encode())
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {reason(error)}; nothing was changed.") from None
