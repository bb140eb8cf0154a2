"""The newest finished frame of a job, looked for on the disk without listing a whole dataset."""

from __future__ import annotations

import os
from pathlib import Path

from engine.dataset import layout


def newest_frame(root: Path, start: int, count: int) -> int | None:
    """Number of the frame from `start` to `start + count - 1` whose record was written last; None where there is none.

    Only the folder of frames that changed last is listed, and at most two more where it holds none of the job's.
    """
    first, last = start // layout.FRAMES_PER_FOLDER, (start + count - 1) // layout.FRAMES_PER_FOLDER
    folders = [
        (_written(entry), entry.path)
        for entry in _entries(root / layout.FRAMES_NAME)
        if layout.is_frame_folder(entry.name) and first <= int(entry.name) <= last
    ]
    for _, folder in sorted(folders, reverse=True)[:3]:
        found = [
            (_written(entry), index)
            for entry in _entries(Path(folder))
            if entry.name.endswith(layout.RECORD_SUFFIX)
            and (index := layout.index_of(entry.name)) is not None
            and start <= index < start + count
        ]
        if found:
            return max(found)[1]
    return None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _written(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_mtime_ns
    except OSError:
        return 0
