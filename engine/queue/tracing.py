"""How much of the time a device is left alone: none of its workers samples, though there is work."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Collection, Iterable

import msgspec

from engine.queue.protocol import FrameFinished, Sampling

WINDOW = 20
"""Frames of each worker that are looked back on."""


class Tracing:
    """What the last frames of the workers at one device say of it. They must have one clock."""

    def __init__(self) -> None:
        self.between: float | None = None
        """Share of the time in which no worker sampled; None before it is known."""
        self._frames: defaultdict[str, deque[Sampling]] = defaultdict(lambda: deque(maxlen=WINDOW))
        self._since = -math.inf
        """When the last sample of the frames was that are looked back on no more."""
        self._until: dict[str, float] = {}
        """By worker that has work, when the last sample was of which it has told."""

    @property
    def frames(self) -> int:
        """How many frames the share is taken from."""
        return sum(frame.follows is not None for frames in self._frames.values() for frame in frames)

    def waits(self, worker: str) -> None:
        """There is no work for a worker, or it has ended: its time until there is some does not count."""
        if self._until.pop(worker, None) is not None:
            self._look_back()

    def note(self, worker: str, report: FrameFinished) -> None:
        """A worker has done a frame."""
        frame = report.sampling
        if not frame.spans:
            return
        if worker not in self._until:
            frame = msgspec.structs.replace(frame, follows=None)
        frames = self._frames[worker]
        if len(frames) == WINDOW:
            self._since = max(self._since, frames[0].spans[-1][1])
        frames.append(frame)
        self._until[worker] = frame.spans[-1][1]
        self._look_back()

    def _look_back(self) -> None:
        """What is told of one worker's time counts only where all have told of it."""
        told = [frame for frames in self._frames.values() for frame in frames]
        idle, whole = idle_seconds(told, self._since, min(self._until.values(), default=math.inf))
        if whole > 0:
            self.between = idle / whole


def idle_seconds(
    frames: Collection[Sampling], since: float = -math.inf, until: float = math.inf
) -> tuple[float, float]:
    """Seconds in which none of some frames was sampled, and seconds in all: of the time, between two moments, from the
    last sample of the frame before one of them to its own last sample."""
    spans = [span for frame in frames for span in frame.spans]
    work = [(frame.follows, frame.spans[-1][1]) for frame in frames if frame.follows is not None and frame.spans]
    sampled, either, whole = (_covered(it, since, until) for it in (spans, spans + work, work))
    return either - sampled, whole


def _covered(spans: Iterable[tuple[float, float]], since: float, until: float) -> float:
    """Seconds that lie in any of some spans, between two moments."""
    seconds, end = 0.0, since
    for first, last in sorted(spans):
        first, last = max(first, end), min(last, until)
        seconds += max(last - first, 0.0)
        end = max(end, last)
    return seconds
