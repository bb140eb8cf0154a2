"""The app's ear at the engine: one thread that hears every change, and hands them on in bunches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.queue.door_messages import AnyChange
    from studio.engine_link import Gone

LOOK_SECONDS = 0.5
"""Between two looks for an engine that does not run."""

MOST_WAITING = 5000
"""Changes that may wait for the app; beyond that the feed stops reading, and the engine sends a snapshot instead."""


class EngineFeed:
    """Follows the engine through its restarts, and never starts it."""

    def __init__(self, news: Callable[[], object]) -> None:
        """`news` is called, from the feed's thread, when `take` has something after having had nothing."""
        self._news = news
        self._lock = threading.Lock()
        self._waiting: list[AnyChange | Gone] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine-feed", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End; the thread ends with its next change or tick."""
        self._stopped.set()

    def take(self) -> list[AnyChange | Gone]:
        """The changes since the last call, in their order."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def _put(self, change: AnyChange | Gone) -> None:
        with self._lock:
            first = not self._waiting
            self._waiting.append(change)
        if first and not self._stopped.is_set():
            self._news()

    def _run(self) -> None:
        from engine.errors import StudioError
        from engine.queue.jobs_left import left_jobs
        from engine.queue.lifecycle import engine_paths, is_running
        from studio.engine_link import Gone, follow

        told = ""
        while not self._stopped.is_set():
            try:
                for change in follow(start=False, tick=LOOK_SECONDS):
                    if self._stopped.is_set():
                        return
                    if change is not None:
                        told = ""
                        self._put(change)
                        self._hold_back()
            except StudioError as error:
                if str(error) != told:
                    told = str(error)
                    stopped = not is_running()
                    jobs = left_jobs(engine_paths().jobs_left) if stopped else None
                    self._put(Gone(told, stopped, jobs))
            while not self._stopped.wait(LOOK_SECONDS) and not is_running():
                pass

    def _hold_back(self) -> None:
        """Let an app that is busy catch up: the engine itself drops what a slow listener need not hear."""
        while len(self._waiting) >= MOST_WAITING and not self._stopped.is_set():
            time.sleep(0.05)
