"""Notices changes in folders: by events where the system tells of them, by looking where it does not."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.dataset.layout import FRAMES_NAME, MANIFEST_NAME
from engine.files import is_temporary
from studio.file_systems import events_are_reliable

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is told and looked, in seconds."""

    settle: float
    """Changes this close together are told once."""
    poll: float
    """Between two looks where changes must be looked for."""
    safety: float
    """Between two looks where the system tells of changes: it may lose some."""


FRAMES = Pace(settle=0.1, poll=1.0, safety=5.0)
ASSETS = Pace(settle=0.3, poll=10.0, safety=120.0)
DOCUMENT = Pace(settle=0.05, poll=2.0, safety=30.0)


def watch_dataset(root: Path, changed: Callable[[], object], pace: Pace = FRAMES) -> Watch:
    """Hears that frames may have been added to a dataset."""
    return Watch([root], changed, pace, lambda path: path.name == MANIFEST_NAME or FRAMES_NAME in path.parts)


def watch_assets(folders: Sequence[Path], changed: Callable[[], object], pace: Pace = ASSETS) -> Watch:
    """Hears that assets may have come, changed or gone."""
    return Watch(folders, changed, pace, lambda path: not is_temporary(path.name))


def watch_file(file: Path, changed: Callable[[], object], pace: Pace = DOCUMENT) -> Watch:
    """Hears that one file was written, replaced, moved or removed."""
    file = file.absolute()
    seen = _stamp(file)

    def look() -> None:
        nonlocal seen
        before, seen = seen, _stamp(file)
        if seen != before:
            changed()

    return Watch([file.parent], look, pace, lambda path: path == file, recursive=False)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What differs between two versions of a file; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


class Watch:
    """Calls `changed`, from a thread of its own, whenever something that matters may have happened below some roots."""

    def __init__(
        self,
        roots: Sequence[Path],
        changed: Callable[[], object],
        pace: Pace,
        matters: Callable[[Path], bool],
        *,
        recursive: bool = True,
    ) -> None:
        """`matters` is asked for each path that the system names; a look tells `changed` in any case."""
        self._roots = tuple(roots)
        self._changed = changed
        self._pace = pace
        self._matters = matters
        self._recursive = recursive
        self._wake = threading.Event()
        self._stop = threading.Event()
        self.polled: tuple[Path, ...] | None = None
        """Roots whose changes nobody tells of; None until it has begun."""
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to watch; what it needs is loaded in the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End; no call comes after this returns, except one already under way."""
        self._stop.set()
        self._wake.set()

    def _run(self) -> None:
        from watchdog.observers import Observer

        observer = Observer()
        observer.start()  # first: so a folder that cannot be observed fails by itself, and not all of them
        self.polled = tuple(root for root in self._roots if not self._observe(observer, root))
        while not self._stop.is_set():
            self._wake.wait(self._pace.poll if self.polled else self._pace.safety)
            if self._stop.wait(self._pace.settle):
                break
            self._wake.clear()
            self._changed()
        observer.stop()

    def _observe(self, observer: BaseObserver, root: Path) -> bool:
        """Ask the system for events; False where it has none to give."""
        if not root.is_dir() or not events_are_reliable(root):
            return False
        from watchdog import events

        heard = {*events.FileSystemEvent.__subclasses__(), *events.FileSystemMovedEvent.__subclasses__()}
        # Reading raises events too: the system is not even asked for those.
        heard -= {events.FileSystemMovedEvent, events.FileOpenedEvent, events.FileClosedNoWriteEvent}
        try:
            # watchdog asks of a handler for `dispatch` alone; its own class would have to be loaded at the start.
            observer.schedule(self, str(root), recursive=self._recursive, event_filter=[*heard])  # type: ignore[arg-type]
        except OSError:  # the limit of inotify watches, or a folder that has just gone
            return False
        return True

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog for every event that it was asked for."""
        if any(self._matters(Path(os.fsdecode(path))) for path in (event.src_path, event.dest_path) if path):
            self._wake.set()
