"""Recently used datasets, remembered in the state folder. Losing the list harms nothing: it never fails a command."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.dataset.layout import MANIFEST_NAME
from engine.files import write_atomically
from engine.paths import state_dir

LIMIT = 20


@dataclass(frozen=True, slots=True)
class RecentDataset:
    """One dataset that was opened."""

    path: str
    """Absolute path of its folder."""
    name: str
    opened_at: float
    """Seconds since 1970."""
    coco: str = ""
    """Absolute path of the COCO file that describes the pictures in the folder; empty for a dataset of ours."""

    @property
    def is_there(self) -> bool:
        """Whether it still exists."""
        return Path(self.coco).is_file() if self.coco else (Path(self.path) / MANIFEST_NAME).is_file()


def list_path() -> Path:
    """The file that holds the list."""
    return state_dir() / "recent.json"


def recent_datasets() -> list[RecentDataset]:
    """The datasets that still exist, the latest first."""
    return [entry for entry in _read() if entry.is_there]


def remember(path: Path, name: str, coco: Path | None = None) -> None:
    """Put a dataset at the top of the list: ours, or the pictures of a COCO file."""
    entry = RecentDataset(str(path.resolve()), name, time.time(), str(coco.resolve()) if coco is not None else "")
    others = [other for other in _read() if (other.path, other.coco) != (entry.path, entry.coco)]
    _write([entry, *others][:LIMIT])


def datasets_below(folder: Path, depth: int = 2, limit: int = 50) -> list[Path]:
    """Datasets in a folder or up to `depth` folders below it, by name; hidden folders are left out."""
    found: list[Path] = []
    level = [folder]
    for _ in range(depth + 1):
        below: list[Path] = []
        for candidate in level:
            if (candidate / MANIFEST_NAME).is_file():
                found.append(candidate)
            else:
                below += _folders_in(candidate)
            if len(found) >= limit:
                return found
        level = below[:2000]
    return found


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def _read() -> list[RecentDataset]:
    try:
        found = json.loads(list_path().read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    entries = [_entry(item) for item in found] if isinstance(found, list) else []
    return [entry for entry in entries if entry is not None]


def _entry(found: Any) -> RecentDataset | None:
    """What the file says of one dataset; None where that is none of ours."""
    match found:
        case {"path": str(path), "name": str(name), "opened_at": int() | float() as opened_at}:
            coco = found.get("coco", "")
            return RecentDataset(path, name, opened_at, coco if isinstance(coco, str) else "")
    return None


def _write(entries: list[RecentDataset]) -> None:
    path = list_path()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps([asdict(entry) for entry in entries]).encode())
