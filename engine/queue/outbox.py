"""The changes that wait for one subscriber: bounded, and the newest state of a thing replaces its older ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable


class Outbox:
    """Encoded changes in the order in which they will be sent.

    Whoever is too slow for `max_changes` or `max_bytes` is owed a snapshot instead: it stands for all that was dropped,
    and costs nothing while nobody reads. A new subscriber is owed one too.
    """

    def __init__(self, max_changes: int, max_bytes: int) -> None:
        self.owes_snapshot = True
        self.waiting_bytes = 0
        self._max_changes = max_changes
        self._max_bytes = max_bytes
        self._waiting: dict[Hashable, bytes] = {}

    def __bool__(self) -> bool:
        """Whether there is something to send."""
        return self.owes_snapshot or bool(self._waiting)

    @property
    def half_full(self) -> bool:
        """Whether it is time to send, even if more is to come."""
        return len(self._waiting) * 2 > self._max_changes or self.waiting_bytes * 2 > self._max_bytes

    def put(self, subject: Hashable | None, change: bytes) -> None:
        """Add a change. What waits about the same subject is dropped; None is a subject of its own each time."""
        if self.owes_snapshot:
            return
        key = object() if subject is None else subject
        # Taken out and put in anew, so that it comes after everything that happened before it.
        self.waiting_bytes += len(change) - len(self._waiting.pop(key, b""))
        self._waiting[key] = change
        if len(self._waiting) > self._max_changes or self.waiting_bytes > self._max_bytes:
            self.fall_behind()

    def fall_behind(self) -> None:
        """Drop everything that waits and owe a snapshot for it."""
        self._clear()
        self.owes_snapshot = True

    def take(self, snapshot: Callable[[], bytes]) -> bytes:
        """All that waits, as bytes to send; `snapshot` is called if one is owed."""
        if self.owes_snapshot:
            data = snapshot()
            self.owes_snapshot = False
            return data
        data = b"".join(self._waiting.values())
        self._clear()
        return data

    def _clear(self) -> None:
        self._waiting.clear()
        self.waiting_bytes = 0
