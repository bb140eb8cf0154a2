"""Hears when one file is changed by another program: by the system where it tells, by looking where it does not."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver

LOOK_SECONDS = 2.0
"""How often a folder is looked at that the system tells nothing about."""


class FileWatch:
    """Calls `changed`, from a thread of its own, when something happens to a file; until `stop`."""

    def __init__(self, file: Path, changed: Callable[[], None]) -> None:
        self._file = file.absolute()
        self._changed = changed
        self._observer: BaseObserver | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Begin; takes a moment, so call it in a thread. A folder that is not there is not watched."""
        from watchdog.observers import Observer
        from watchdog.observers.polling import PollingObserver

        for kind in (Observer, PollingObserver):
            observer: BaseObserver = kind(timeout=LOOK_SECONDS if kind is PollingObserver else 1)
            try:
                observer.schedule(_handler(self._file, self._changed), str(self._file.parent))
                observer.start()
            except (OSError, RuntimeError):
                continue  # too many watches, or a file system without them
            with self._lock:
                self._observer = observer
                if self._stopped:
                    observer.stop()
            return

    @property
    def is_running(self) -> bool:
        """Whether changes are heard by now."""
        return self._observer is not None and not self._stopped

    def stop(self) -> None:
        """End; nothing is called after the call under way."""
        with self._lock:
            self._stopped = True
            if self._observer is not None:
                with contextlib.suppress(RuntimeError):
                    self._observer.stop()


def _handler(file: Path, changed: Callable[[], None]) -> FileSystemEventHandler:
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        """Editors write in place, or write another file and rename it: both end at the same path."""

        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in ("opened", "closed_no_write"):
                return
            if str(file) in (event.src_path, event.dest_path):
                changed()

    return Handler()
