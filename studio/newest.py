"""The newest finished frames of a job, looked for on the disk without listing a whole dataset."""

from __future__ import annotations

import os
from pathlib import Path

from engine.dataset import layout


def newest_frame(root: Path, start: int, count: int) -> int | None:
    """Number of the frame from `start` to `start + count - 1` whose record was written last; None where there is none.

    Only the folder of frames that changed last is listed, and at most two more where it holds none of the job's.
    """
    for _, folder in _latest_folders(root, start, count)[:3]:
        if found := _written_frames(folder, start, count):
            return max(found)[1]
    return None


def finish_times(root: Path, start: int, count: int, since: float) -> list[float]:
    """When frames of a job were finished since a moment, in seconds since 1970, in no order."""
    times: list[float] = []
    for written, folder in _latest_folders(root, start, count):
        if written < since * 1e9:
            break
        times += [at / 1e9 for at, _ in _written_frames(folder, start, count) if at >= since * 1e9]
    return times


def _latest_folders(root: Path, start: int, count: int) -> list[tuple[int, str]]:
    """(when it changed, path) of each folder that may hold frames of a job, the latest first."""
    first, last = start // layout.FRAMES_PER_FOLDER, (start + count - 1) // layout.FRAMES_PER_FOLDER
    folders = [
        (_written(entry), entry.path)
        for entry in _entries(root / layout.FRAMES_NAME)
        if layout.is_frame_folder(entry.name) and first <= int(entry.name) <= last
    ]
    return sorted(folders, reverse=True)


def _written_frames(folder: str, start: int, count: int) -> list[tuple[int, int]]:
    """(when its record was written, number) of each frame of a job in a folder."""
    return [
        (_written(entry), index)
        for entry in _entries(Path(folder))
        if entry.name.endswith(layout.RECORD_SUFFIX)
        and (index := layout.index_of(entry.name)) is not None
        and start <= index < start + count
    ]


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
