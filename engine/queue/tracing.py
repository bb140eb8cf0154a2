"""How much of a worker's time passes between the sampling of one frame and that of the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from engine.queue.protocol import FrameFinished
from engine.stages import SAMPLE

_WINDOW = 20
"""Frames that are looked back on."""


class Tracing:
    """What the last frames of one worker process said of it."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._waited = False

    def waits(self) -> None:
        """There is no work for it: the time until there is some does not count."""
        self._waited = True

    def note(self, report: FrameFinished) -> None:
        """A frame is done."""
        if report.between is not None and not self._waited:
            self._frames.append((report.between, report.stages.get(SAMPLE, 0.0)))
        self._waited = False

    @property
    def between(self) -> float | None:
        """Share of the time from one frame's last sample to the next one's first; None before it is known."""
        return share_between(self._frames)


def share_between(frames: Iterable[tuple[float, float]]) -> float | None:
    """Share of frames' time from the last sample before to the first one: of (seconds of that, seconds of sampling) of
    each; None without any."""
    gaps = sampled = 0.0
    for gap, seconds in frames:
        gaps, sampled = gaps + gap, sampled + seconds
    return gaps / (gaps + sampled) if gaps + sampled > 0 else None
