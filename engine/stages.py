"""Where a frame's time goes: a clock of its own for each frame, which the code that does a stage has count it.

    clock = FrameClock()
    with clock.running():                 # in this thread, until the block ends; later perhaps in another one
        with stage("build"):
            ...

What lies in no stage is not counted. A stage within a stage counts for itself alone, so that nothing counts twice.
Without a running clock, `stage` does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

STAGES = {
    "draw": "drawing all values of the frame, physics and rejected draws included",
    "build": "building Blender's scene",
    "sync": "handing the scene to Cycles: meshes, textures, BVH, light tables",
    "sample": "tracing light paths",
    "read": "taking passes out of Blender, and adding them up",
    "denoise": "Open Image Denoise",
    "develop": "view transform, lens and sensor",
    "annotate": "masks, boxes, visibility, keypoints",
    "encode": "compressing picture and passes",
    "publish": "writing, syncing and reading back",
    "wait": "a rendered frame waiting for the two before it to be stored",
}
"""Each stage, in the order in which a frame comes through, and what is in it."""

SAMPLE = "sample"

BESIDE = frozenset({"annotate", "encode", "publish"})
"""Stages that a thread of their own does while the next frame is rendered."""

type Turn = Callable[[str], None]


class FrameClock:
    """Seconds by stage, of one frame. Runs in one thread at a time."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.sampling: list[tuple[float, float]] = []
        """From when to when light paths were traced, seconds on the monotonic clock, in order."""
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have `stage` count for this clock, in this thread, for the length of a block."""
        token = _running.set(self)
        try:
            yield
        finally:
            _running.reset(token)

    @contextmanager
    def stage(self, name: str) -> Iterator[Turn]:
        """See the function of this name."""
        self._count()
        self._open.append(name)
        try:
            yield self._turn
        finally:
            self._count()
            self._open.pop()

    def _turn(self, name: str) -> None:
        if self._open[-1] != name:
            self._count()
            self._open[-1] = name

    def _count(self) -> None:
        """What has passed belongs to the innermost open stage."""
        now = time.monotonic()
        if self._open:
            name = self._open[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
            if name == SAMPLE:
                self.sampling.append((self._since, now))
        self._since = now


_running: ContextVar[FrameClock | None] = ContextVar("running frame clock", default=None)


def running() -> FrameClock | None:
    """The clock that runs in this thread."""
    return _running.get()


@contextmanager
def stage(name: str) -> Iterator[Turn]:
    """Count a block as this stage; what it yields goes on to another one in the middle, from any thread."""
    clock = _running.get()
    if clock is None:
        yield _no_turn
        return
    with clock.stage(name) as turn:
        yield turn


def _no_turn(name: str) -> None:
    """Nothing is counted."""
