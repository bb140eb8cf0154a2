"""Arrays that take long to find, kept on disk."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

type Arrays = tuple[npt.NDArray[Any], ...]


def cached_arrays(file: Path, find: Callable[[], Arrays]) -> Arrays:
    """What `find` finds, or found before: `file`, an .npz, must be named by all that it follows from."""
    try:
        with np.load(file) as stored:
            return tuple(stored[f"arr_{number}"] for number in range(len(stored.files)))
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        found = find()
    _store(file, found)
    return found


def _store(file: Path, arrays: Arrays) -> None:
    """Write them whole or not at all; a cache that cannot be written is none."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, *arrays)
        os.replace(name, file)
    except OSError:
        return
