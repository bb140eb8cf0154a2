"""Whether a disk takes data."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engine.files import sync_file, temporary_path, write_new

TRIAL_BYTES = 8 * 1024 * 1024
"""More than a frame needs, so that work begins again only when there is room for some."""


def disk_works(path: Path) -> bool:
    """Whether a file of `TRIAL_BYTES` can be written beside or in `path` and reaches the disk; it is removed again."""
    folder = path if path.is_dir() else path.parent
    trial = temporary_path(folder / "trial")
    try:
        write_new(trial, bytes(TRIAL_BYTES))
        sync_file(trial)
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            trial.unlink()
    return True
