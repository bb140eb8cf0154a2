"""Whether a disk takes data."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engine.files import sync_file, temporary_path, write_new

TRIAL_BYTES = 8 * 1024 * 1024
"""More than a frame needs, so that work begins again only when there is room for some."""


def disk_works(path: Path) -> bool:
    """Whether a file of `TRIAL_BYTES` can be written in `path` and reaches the disk; it is removed again.

    Where `path` is no folder (yet), the nearest one above it counts.
    """
    folder = next(folder for folder in (path, *path.parents) if folder.is_dir())
    trial = temporary_path(folder / "trial")
    try:
        for left_over in folder.glob(".tmp-*-trial"):  # of a process that was killed
            left_over.unlink(missing_ok=True)
        write_new(trial, bytes(TRIAL_BYTES))
        sync_file(trial)
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            trial.unlink()
    return True
