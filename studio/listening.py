"""Commands that go on until somebody has heard enough: Ctrl-C, or the end of whoever reads their output."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress


def listen(act: Callable[[], None]) -> int:
    """Run `act`; returns the exit code: 130 after Ctrl-C, 0 when it ended or its reader went away."""
    try:
        act()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python would write what is left at its exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def while_read[T](items: Iterator[T]) -> Iterator[T]:
    """The items; BrokenPipeError as soon as whoever reads our output has gone, even while nothing happens (None)."""
    for item in items:
        if item is None and _reader_is_gone():
            raise BrokenPipeError
        yield item


def _reader_is_gone() -> bool:
    with suppress(OSError, ValueError):
        look = select.poll()
        look.register(sys.stdout.fileno(), 0)
        return bool(look.poll(0))
    return False
