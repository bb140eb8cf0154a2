"""When a worker process is worn out and is best replaced by a new one."""

from __future__ import annotations

from collections import deque
from statistics import median

from engine.queue.workplace import Policy

FIRST_FRAMES = 5
"""Frames after which a worker's memory is taken for what it needs."""

_WINDOW = 20
"""Frames whose median time is compared: one frame says little, since frames differ."""

_WARMING = 3
"""First frames of a recipe that do not count: they fill caches."""


class Wear:
    """What one worker process has done, and whether its memory or the time it takes for a frame has drifted."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._frames = 0
        self._resident_at_first = self._resident = 0
        self._start_over()

    @property
    def frames(self) -> int:
        """Frames done since the process began."""
        return self._frames

    def loaded(self) -> None:
        """Another recipe: its frames take another time."""
        self._start_over()

    def note(self, seconds: float, resident_bytes: int) -> None:
        """A frame took so long, and the process has so much memory now."""
        self._frames += 1
        self._resident = resident_bytes
        if self._frames == FIRST_FRAMES:
            self._resident_at_first = resident_bytes
        self._to_skip -= 1
        if self._to_skip >= 0:
            return
        (self._at_first if len(self._at_first) < _WINDOW else self._lately).append(seconds)

    @property
    def is_worn(self) -> bool:
        """Whether the process is best replaced."""
        policy = self._policy
        grown = self._resident - self._resident_at_first if self._resident_at_first else 0
        return self._frames >= policy.frames_per_worker or grown > policy.memory_growth_bytes or self._is_slower()

    def _is_slower(self) -> bool:
        """Whether half of the last frames took far longer than half of the first. A new process measures anew, so a
        machine that has become slower costs one replacement, not one after the other."""
        if len(self._lately) < _WINDOW:
            return False
        return median(self._lately) > self._policy.slowdown * median(self._at_first)

    def _start_over(self) -> None:
        self._to_skip = _WARMING
        self._at_first: list[float] = []
        self._lately: deque[float] = deque(maxlen=_WINDOW)
