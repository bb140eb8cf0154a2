"""How many frames were finished lately, in steps of equal length."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

STEP_SECONDS = 10.0
STEPS = 240


class Throughput:
    """Counts frames by the jobs' counters, so that it is right where single reports were missed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._counts: deque[int] = deque([0], maxlen=STEPS)
        self._done: dict[int, int] = {}

    def take(self, jobs: Iterable[Mapping[str, Any]]) -> None:
        """Learn how far all jobs are. A job that was not known yet adds nothing."""
        self._advance()
        done = {job["id"]: job["done"] for job in jobs}
        self._counts[-1] += sum(max(number - self._done.get(key, number), 0) for key, number in done.items())
        self._done = done

    def add_past(self, ages: Iterable[float]) -> None:
        """Count frames that were finished so many seconds ago, before anything was counted."""
        begun = self._clock() - self._begun + STEP_SECONDS * (len(self._counts) - 1)
        past: dict[int, int] = {}
        for age in ages:
            step = int((age - begun) // STEP_SECONDS)
            if 0 <= step < STEPS - len(self._counts):
                past[step] = past.get(step, 0) + 1
        for step in range(max(past, default=-1) + 1):
            self._counts.appendleft(past.get(step, 0))

    def per_minute(self) -> list[float]:
        """Frames a minute in each step since the beginning, the latest, unfinished one last."""
        self._advance()
        return [count * 60 / STEP_SECONDS for count in self._counts]

    def _advance(self) -> None:
        steps = int((self._clock() - self._begun) // STEP_SECONDS)
        if steps > 0:
            self._begun += steps * STEP_SECONDS
            self._counts.extend([0] * min(steps, STEPS))
