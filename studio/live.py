"""Notices that frames were added to a dataset's folder, also where the system cannot tell."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from engine.dataset.layout import FRAMES_NAME, MANIFEST_NAME

SETTLE_SECONDS = 0.1
"""A frame is several files; changes this close together are told once."""

POLL_SECONDS = 1.0
"""Where changes must be looked for."""

SAFETY_SECONDS = 5.0
"""Looking all the same where the system tells of changes: it may lose some."""

NETWORK_TYPES = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "lustre",
        "gpfs", "beegfs", "glusterfs", "ncpfs", "vboxsf", "virtiofs", "davfs", "ocfs2", "gfs2", "pvfs2", "orangefs",
    }
)  # fmt: skip
"""File systems on which another machine's writes raise no events here (and everything under FUSE)."""


def file_system_type(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Type of the file system that holds a path, as the kernel names it; empty where that cannot be told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    absolute = os.path.realpath(path)
    best, kind = "", ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        mount = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), parts[1])
        inside = absolute == mount or absolute.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, parts[2]
    return kind


def events_are_reliable(path: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether the system tells of every change below a path, whoever makes it."""
    kind = file_system_type(path, mounts)
    return kind not in NETWORK_TYPES and not kind.startswith("fuse")


class FolderWatch:
    """Calls back from a thread of its own whenever frames may have been added."""

    def __init__(self, root: Path, changed: Callable[[], object], poll_seconds: float = POLL_SECONDS) -> None:
        self._root = root
        self._changed = changed
        self._poll_seconds = poll_seconds
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._observer: BaseObserver | None = None
        self._thread = threading.Thread(target=self._run, name="dataset-watch", daemon=True)

    @property
    def polling(self) -> bool:
        """Whether changes are looked for at intervals, because nobody tells of them."""
        return self._observer is None

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End; no call comes after this returns, except one already under way."""
        self._stop.set()
        self._wake.set()

    def _run(self) -> None:
        self._observe()
        while not self._stop.is_set():
            self._wake.wait(self._poll_seconds if self.polling else SAFETY_SECONDS)
            if self._stop.wait(SETTLE_SECONDS):
                break
            self._wake.clear()
            self._changed()
        if self._observer is not None:
            self._observer.stop()

    def _observe(self) -> None:
        """Ask the system for events; where it has none to give, polling goes on by itself."""
        if not events_are_reliable(self._root):
            return
        observer = Observer()
        try:
            observer.schedule(_Handler(self._wake), str(self._root), recursive=True)
            observer.start()
        except OSError:  # the limit of inotify watches, or a folder that is gone
            return
        self._observer = observer


class _Handler(FileSystemEventHandler):
    """Passes on what concerns frames."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog for every event. Reading raises events too: those do not count."""
        if event.event_type in ("opened", "closed_no_write"):
            return
        paths = f"{event.src_path!s} {event.dest_path!s}"
        if event.is_directory or FRAMES_NAME in paths or MANIFEST_NAME in paths:
            self._wake.set()
