"""Notices changes in the library's folders: by events where the system tells of them, by looking where it does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from engine.files import is_temporary
from studio.live import events_are_reliable

SETTLE_SECONDS = 0.3
"""Copying a model writes several files; changes this close together are told once."""

POLL_SECONDS = 10.0
"""Where changes must be looked for."""

SAFETY_SECONDS = 120.0
"""Looking all the same where the system tells of changes: it may lose some."""


class LibraryWatch:
    """Calls back from a thread of its own whenever an asset may have come, changed or gone."""

    def __init__(
        self, folders: Sequence[Path], changed: Callable[[], object], poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._folders = tuple(folders)
        self._changed = changed
        self._poll_seconds = poll_seconds
        self._wake = threading.Event()
        self._stop = threading.Event()
        self.polled: tuple[Path, ...] = ()
        """Folders whose changes nobody tells of; known once it runs."""
        self._thread = threading.Thread(target=self._run, name="library-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End; no call comes after this returns, except one already under way."""
        self._stop.set()
        self._wake.set()

    def _run(self) -> None:
        observer = Observer()
        observed = [folder for folder in self._folders if self._observe(observer, folder)]
        self.polled = tuple(folder for folder in self._folders if folder not in observed)
        if observed:
            observer.start()
        while not self._stop.is_set():
            self._wake.wait(self._poll_seconds if self.polled else SAFETY_SECONDS)
            if self._stop.wait(SETTLE_SECONDS):
                break
            self._wake.clear()
            self._changed()
        if observed:
            observer.stop()

    def _observe(self, observer: object, folder: Path) -> bool:
        if not folder.is_dir() or not events_are_reliable(folder):
            return False
        try:
            observer.schedule(_Handler(self._wake), str(folder), recursive=True)  # type: ignore[attr-defined]
        except OSError:  # the limit of inotify watches
            return False
        return True


class _Handler(FileSystemEventHandler):
    """Passes on what changes files. Reading them raises events too: those do not count."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog for every event."""
        if event.event_type in ("opened", "closed_no_write"):
            return
        if event.event_type != "moved" and is_temporary(Path(str(event.src_path)).name):
            return
        self._wake.set()
