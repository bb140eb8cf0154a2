"""What the tests of the ledger share."""

from __future__ import annotations

from typing import Any

from engine.queue.jobs import Claim, NewJob
from engine.queue.ledger import Ledger


def new_job(**changes: Any) -> NewJob:
    """A job of three frames; each name has a folder of its own unless `root` is given."""
    values: dict[str, Any] = {"name": "mugs", "recipe": {"objects": []}, "recipe_name": "basic", "seed": 0, "count": 3}
    values |= changes
    values.setdefault("root", f"/datasets/{values['name']}")
    return NewJob(**values)


def claim(ledger: Ledger, worker: str = "worker", **options: Any) -> Claim:
    """A claim that must succeed."""
    claimed = ledger.claim(worker, **options)
    assert claimed is not None
    return claimed


def complete(ledger: Ledger, claimed: Claim, pixel_hash: str = "aa") -> bool:
    return ledger.complete(claimed.job_id, claimed.index, claimed.token, pixel_hash, 1.5)


def finish(ledger: Ledger, frames: int) -> None:
    """Claim and complete this many frames."""
    for _ in range(frames):
        assert complete(ledger, claim(ledger))
