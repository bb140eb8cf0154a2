"""Work on one frame after another, done by several threads: decoding and hashing do not hold the interpreter's lock."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor


def in_threads[T](work: Callable[[int], T], indices: Iterable[int]) -> Iterator[T]:
    """The outcome of `work` for each frame, in their order; only a few are held in memory at a time."""
    workers = max(1, min(8, len(os.sched_getaffinity(0))))
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[T]] = deque()
        for index in indices:
            waiting.append(pool.submit(work, index))
            if len(waiting) >= 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
