"""How fast jobs go, from when their frames came in."""

from __future__ import annotations

import time
from collections import defaultdict, deque

WINDOW = 50
"""Frames that a rate is taken over."""


class Rates:
    """Frames per minute of each job, over its latest frames."""

    def __init__(self) -> None:
        self._times: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=WINDOW))

    def note(self, job_id: int) -> None:
        """A frame of the job has come in."""
        self._times[job_id].append(time.monotonic())

    def pause(self, job_id: int) -> None:
        """Frames no longer follow each other: begin anew."""
        self._times.pop(job_id, None)

    def per_minute(self, job_id: int) -> float | None:
        """Frames a minute; None until two have come in."""
        times = self._times.get(job_id)
        if times is None or len(times) < 2 or times[-1] <= times[0]:
            return None
        return 60 * (len(times) - 1) / (times[-1] - times[0])
