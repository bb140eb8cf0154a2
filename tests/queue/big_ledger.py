"""A ledger as it looks after months: a million frames in 200 jobs, most of them done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from engine.queue.jobs import NewJob
from engine.queue.ledger import Ledger


def fill_ledger(path: Path, recipe: dict[str, Any], *, jobs: int = 200, frames: int = 1_000_000) -> None:
    """Make a ledger in which each second job is done, and the others are paused before their last tenth.

    Written by SQL, since a million claims would take an hour; the ledger's own count then finds nothing wrong.
    """
    each = frames // jobs
    with Ledger(path) as ledger:
        for number in range(jobs):
            name = f"job {number}"
            ledger.add_job(
                NewJob(
                    name=name, recipe=recipe, recipe_name="basic", seed=number, count=each, root=f"/datasets/{number}"
                )
            )
        with ledger.together():
            for job in ledger.jobs():
                done = each if job.id % 2 else each - each // 10
                rows = ((job.id, index, os.urandom(16).hex()) for index in range(done))
                ledger._db.executemany(
                    "INSERT INTO frames (job_id, idx, state, pixel_hash, seconds) VALUES (?, ?, 'done', ?, 1.5)", rows
                )
                ledger._db.execute(
                    "UPDATE jobs SET done = ?, cursor = start + ?, state = ?, started_at = 1, ended_at = ? "
                    "WHERE id = ?",
                    (done, done, "done" if done == each else "paused", 2 if done == each else None, job.id),
                )
        assert ledger.recount() == []


def memory_of(pid: int) -> float:
    """What a process holds in memory now (VmRSS), in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError(f"process {pid} has no memory")
