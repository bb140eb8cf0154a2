"""Completes a path that is being typed, as a shell does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Completion(NamedTuple):
    """What a text can become."""

    text: str
    """The text with what all candidates have in common; a folder that is the only one ends in a slash."""
    candidates: tuple[str, ...]
    """Names of what begins like the text, in alphabetical order, folders with a slash."""


def complete_folder(text: str) -> Completion:
    """Complete the path of a folder. Names with a dot at the front are left out unless one is typed."""
    return _complete(text, files=False)


def complete_path(text: str) -> Completion:
    """Complete the path of a file or a folder."""
    return _complete(text, files=True)


def _complete(text: str, *, files: bool) -> Completion:
    if text == "~":
        return Completion("~/", ())
    head, slash, start = text.rpartition("/")
    names = tuple(sorted(_names(Path(os.path.expanduser(head + slash) or "."), start, files=files)))
    shared = os.path.commonprefix(names)  # noqa: RUF071 - of single names, letter by letter
    return Completion(head + slash + shared if names else text, names)


def _names(folder: Path, start: str, *, files: bool) -> list[str]:
    """What begins so in a folder; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if entry.name.startswith(start) and (start or entry.name[0] != ".")]
            return [entry.name + "/" * entry.is_dir() for entry in found if files or entry.is_dir()]
    except (OSError, ValueError):
        return []
