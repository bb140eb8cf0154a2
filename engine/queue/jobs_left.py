"""The jobs as an engine left them, in a file, for those who look while none runs: only an engine opens the ledger.

It is there only after an orderly end: an engine takes it away when it begins, so that nobody is told of what was long
ago.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.files import reason, write_atomically
from engine.queue.jobs import Job

log = logging.getLogger(__name__)


def leave_jobs(path: Path, jobs: Sequence[Job]) -> None:
    """Write the jobs down; a disk that takes them not is noted in the log, and no more."""
    try:
        write_atomically(path, msgspec.json.encode(jobs))
    except OSError as error:
        log.warning("%s cannot be written: %s", path, reason(error))


def forget_jobs(path: Path) -> None:
    """Take the file away, if it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be removed: %s", path, reason(error))


def left_jobs(path: Path) -> list[dict[str, Any]] | None:
    """The jobs that the last engine left, as it tells of them while it runs; None where it left no such file."""
    try:
        jobs = msgspec.json.decode(path.read_bytes(), type=list[Job])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return [msgspec.to_builtins(job) | {"rate": None, "seconds_left": None, "devices": []} for job in jobs]
