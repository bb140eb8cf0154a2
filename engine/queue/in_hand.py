"""The frames that one worker process has been given, and how far each of them is."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.queue.jobs import Claim


class FramesInHand:
    """Leases by their fencing tokens, in the order in which they were given out. Plain bookkeeping."""

    def __init__(self) -> None:
        self._claims: dict[int, Claim] = {}
        self._current: int | None = None
        self._rendered: set[int] = set()
        self._specs: dict[int, bytes] = {}
        self._unwanted: set[int] = set()
        self.samples = (0, 0)
        """Samples done and to do in all, of the frame being rendered."""

    def __len__(self) -> int:
        return len(self._claims)

    def __iter__(self) -> Iterator[Claim]:
        """The claims, oldest first; they may be dropped meanwhile."""
        return iter(list(self._claims.values()))

    @property
    def current(self) -> Claim | None:
        """The frame being rendered."""
        return self._claims.get(self._current) if self._current is not None else None

    @property
    def waiting(self) -> int:
        """How many are being rendered or are to be; the others are only being published."""
        return len(self._claims) - len(self._rendered)

    @property
    def awaits_cancelling(self) -> bool:
        """Whether the worker was told to drop a frame and has not said that it did."""
        return bool(self._unwanted)

    def add(self, claim: Claim) -> None:
        """The worker has been given a frame."""
        self._claims[claim.token] = claim

    def started(self, token: int) -> None:
        """The worker renders this frame now."""
        self._current, self.samples = token, (0, 0)

    def drawn(self, token: int, spec: bytes) -> None:
        """What the frame is to show."""
        self._specs[token] = spec

    def rendered(self, token: int) -> None:
        """The frame is only being published: too late to cancel it."""
        self._rendered.add(token)
        self._unwanted.discard(token)
        self._leave(token)

    def spec(self, token: int) -> bytes:
        """What the frame was to show, as JSON; empty before it is drawn."""
        return self._specs.get(token, b"")

    def drop(self, token: int) -> Claim | None:
        """Forget a frame that the worker is done with, however it went; None where it is not in its hands."""
        self._leave(token)
        self._rendered.discard(token)
        self._unwanted.discard(token)
        self._specs.pop(token, None)
        return self._claims.pop(token, None)

    def cancel(self, wanted_jobs: Collection[int]) -> tuple[int, ...]:
        """Mark the frames of other jobs as unwanted, but not what is past rendering; returns the tokens of all such."""
        unwanted = tuple(
            token
            for token, claim in self._claims.items()
            if claim.job_id not in wanted_jobs and token not in self._rendered
        )
        self._unwanted.update(unwanted)
        return unwanted

    def suspects(self, *, stalled: bool) -> list[int]:
        """Tokens of the frames that may have ended the worker.

        Those are the one that was being rendered and those that were being published, or else the oldest. A frame
        without progress is known; among several suspects the next death decides, since each is alone with its worker
        then.
        """
        found = [token for token in self._claims if token == self._current or token in self._rendered]
        found = found or list(self._claims)[:1]
        if stalled:
            return [self._current] if self._current is not None and self._current in found else found[:1]
        return found

    def _leave(self, token: int) -> None:
        if self._current == token:
            self._current, self.samples = None, (0, 0)
