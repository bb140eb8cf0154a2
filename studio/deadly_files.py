"""Files whose reading has ended a process: after a few times they are left alone until they change."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

DEADLY_TIMES = 2
"""Processes that a file may end before it is not read again until it has changed."""


@dataclass(frozen=True, slots=True)
class _Death:
    """How often reading a file, as it was then, has ended a process."""

    stamp: tuple[int, int]
    times: int
    sentence: str


class DeadlyFiles:
    """What is known of such files. Paths may be `file.blend#Name`."""

    def __init__(self) -> None:
        self._deaths: dict[str, _Death] = {}

    def note(self, path: str, sentence: str) -> None:
        """Reading this file has ended a process; `sentence` tells people of it."""
        before, stamp = self._deaths.get(path), _stamp(path)
        times = 1 + (before.times if before and before.stamp == stamp else 0)
        self._deaths[path] = _Death(stamp, times, sentence)

    def sentence(self, paths: Iterable[str]) -> str:
        """What is wrong with the first of these files that should not be read; else empty."""
        deaths = ((path, self._deaths.get(path)) for path in paths)
        return next((d.sentence for path, d in deaths if d and d.times >= DEADLY_TIMES and d.stamp == _stamp(path)), "")


def _stamp(path: str) -> tuple[int, int]:
    """Changes when the file does."""
    try:
        found = os.stat(path.partition("#")[0])
    except OSError:
        return -1, -1
    return found.st_mtime_ns, found.st_size
