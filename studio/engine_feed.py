"""The app's ear at the engine: one thread that hears every change, and hands them on in bunches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.errors import StudioError

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
        self._told = ""
        """Why nothing is heard, as it was handed on last."""
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
        while not self._stopped.is_set():
            try:
                self._listen()
            except Exception as error:  # whatever it is: the thread would end in silence, and the app wait for ever
                if str(error) != self._told:
                    self._told = str(error)
                    self._put(_gone(error))
            self._stopped.wait(LOOK_SECONDS)

    def _listen(self) -> None:
        """Hear what the engine says until it is gone. Raises EngineDown."""
        from engine.queue.lifecycle import is_running
        from studio.engine_link import follow

        if self._told and not is_running():
            return
        for change in follow(start=False, tick=LOOK_SECONDS):
            if self._stopped.is_set():
                return
            if change is not None:
                self._told = ""
                self._put(change)
                self._hold_back()

    def _hold_back(self) -> None:
        """Let an app that is busy catch up: the engine itself drops what a slow listener need not hear."""
        while len(self._waiting) >= MOST_WAITING and not self._stopped.is_set():
            time.sleep(0.05)


def _gone(error: Exception) -> Gone:
    from engine.queue.jobs_left import left_jobs
    from engine.queue.lifecycle import engine_paths, is_running
    from studio.engine_link import Gone

    with suppress(StudioError, OSError):
        if not is_running():
            return Gone(str(error), on_purpose=True, jobs=left_jobs(engine_paths().jobs_left))
    return Gone(str(error), on_purpose=False)
