"""A line on the terminal that counts, for work that takes a while. On stderr, and only where that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FIRST_AFTER = 0.5
_EVERY = 0.1


@contextmanager
def counted(what: str, total: int) -> Iterator[Callable[..., None]]:
    """Yields a function to be called with the number done, and how many of those took no time as they were done before.

    The line appears when half a second is not enough.
    """
    if not sys.stderr.isatty():
        yield lambda done, before=0: None
        return
    began = shown_at = time.monotonic()
    shown = False

    def show(done: int, before: int = 0) -> None:
        nonlocal shown, shown_at
        now = time.monotonic()
        if now - began < _FIRST_AFTER or now - shown_at < _EVERY:
            return
        left = (now - began) / (done - before) * (total - done) if done > before else 0.0
        sys.stderr.write(f"\r\x1b[K{what}: {done:,} of {total:,} frames, {_duration(left)} left")
        sys.stderr.flush()
        shown, shown_at = True, now

    try:
        yield show
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
