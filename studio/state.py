"""What the app remembers between runs: the last screen, and what each screen keeps. Losing it harms nothing."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from typing import Any

from engine.files import write_atomically
from engine.paths import state_dir

MOST_BYTES = 1_000_000
"""A larger file is none of ours."""


def state_path() -> Path:
    """The file."""
    return state_dir() / "screens.json"


class Memory:
    """Plain values (what JSON can hold) by the name of who keeps them."""

    def __init__(self, path: Path | None = None) -> None:
        """Reads the file; one that is missing, broken or not ours counts as empty."""
        self._path = state_path() if path is None else path
        self._values = _read(self._path)
        self._saved = _encoded(self._values)
        self._saving = threading.Lock()

    def recall(self, name: str) -> dict[str, Any]:
        """What was kept under a name, a copy; empty where nothing was."""
        found = self._values.get(name)
        return dict(found) if isinstance(found, dict) else {}

    def keep(self, name: str, values: dict[str, Any]) -> None:
        """Keep values under a name instead of those before. They are written by `save`, from any thread."""
        self._values[name] = values

    def save(self) -> None:
        """Write what has changed; a disk that refuses is let be."""
        with self._saving:  # or a thread with older values could be the last to write
            data = _encoded(self._values)
            if data == self._saved:
                return
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._path, data)
                self._saved = data


def _encoded(values: dict[str, Any]) -> bytes:
    return json.dumps(values, indent=1, ensure_ascii=False).encode("utf-8", "replace")


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
