"""What becomes of a leased frame: done, given back, or charged with trouble; told to the ledger, then to listeners."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from engine.queue.bundle import bundle_folder, write_bundle
from engine.queue.datasets import published_hash
from engine.queue.employer import Employer
from engine.queue.jobs import Claim, FrameState, Trouble
from engine.queue.protocol import FrameFinished


@dataclass(frozen=True, slots=True)
class Charge:
    """Trouble with a frame, and what helps to reproduce it."""

    claim: Claim
    trouble: Trouble
    reason: str
    spec: bytes
    """The frame's spec as JSON; empty where it came to none."""
    log: str
    """Which process it was, and the end of what it printed."""


class Settlement:
    """Settles leases. A report counts only while the lease is the holder's: the ledger compares the tokens."""

    def __init__(self, employer: Employer) -> None:
        self._employer = employer

    def done(self, claim: Claim, pixel_hash: str, seconds: float, report: FrameFinished | None = None) -> None:
        """Commit a published frame; listeners hear of it where a worker has reported it."""
        employer = self._employer

        def tell(counted: bool) -> None:
            if counted and report is not None:
                employer.listener.frame_finished(claim.job_id, claim.index, report)

        employer.report(
            lambda: employer.ledger.complete(claim.job_id, claim.index, claim.token, pixel_hash, seconds), tell
        )

    def done_if_published(self, claim: Claim) -> bool:
        """Commit a frame that turns out to be on disk already, as after the death of the worker that published it."""
        found = published_hash(Path(claim.root), claim.index)
        if found is None:
            return False
        self.done(claim, found, 0.0)
        return True

    def give_back(self, claim: Claim) -> None:
        """Give a frame back unharmed."""
        employer = self._employer
        employer.report(lambda: employer.ledger.release(claim.job_id, claim.index, claim.token), lambda released: None)

    def charge(self, charge: Charge) -> None:
        """Charge trouble to a frame, which is pending again or given up; then its bundle is written."""
        employer, claim = self._employer, charge.claim

        def tell(state: FrameState | None) -> None:
            if state is FrameState.QUARANTINED:
                self._write_bundle(charge)
            if state is not None and charge.trouble is not Trouble.INFRASTRUCTURE:
                employer.listener.frame_failed(claim.job_id, claim.index, state, charge.reason)

        employer.report(
            lambda: employer.ledger.fail(claim.job_id, claim.index, claim.token, charge.trouble, charge.reason), tell
        )

    def _write_bundle(self, charge: Charge) -> None:
        quarantine, claim = self._employer.quarantine, charge.claim
        if quarantine is None:
            return
        with contextlib.suppress(OSError):  # a full disk must not keep the queue from going on
            recipe = self._employer.ledger.recipe(claim.job_id)
            folder = bundle_folder(quarantine, claim.job_id, claim.index)
            write_bundle(folder, reason=charge.reason, spec=charge.spec, recipe=recipe, log=charge.log)
