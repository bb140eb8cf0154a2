"""Every record that appears in a folder of frames, as the kernel tells it (inotify), so that none escapes notice."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.dataset import layout

_IN_MOVED_TO = 0x80
_IN_DELETE = 0x200
_IN_Q_OVERFLOW = 0x4000
_HEAD = struct.Struct("iIII")


class Publications:
    """Counts how often the record of each frame got its name in one folder of frames, from now on."""

    def __init__(self, root: Path, first_index: int = 0) -> None:
        """Watch the folder that holds the frame `first_index` of the dataset `root`; it must exist."""
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_CLOEXEC)
        folder = os.fsencode(root / layout.folder_path(first_index))
        if libc.inotify_add_watch(self._descriptor, folder, _IN_MOVED_TO | _IN_DELETE) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), folder)
        self.published: Counter[int] = Counter()
        self.removed: Counter[int] = Counter()
        self.overflowed = False
        self._changed = threading.Condition()
        self._total = 0
        threading.Thread(target=self._read, name="inotify", daemon=True).start()

    @property
    def total(self) -> int:
        """Publications so far."""
        return self._total

    def wait_for_next(self, seconds: float) -> bool:
        """Wait until one more record appears than were there; False where that takes longer than `seconds`."""
        with self._changed:
            before = self._total
            return self._changed.wait_for(lambda: self._total > before, seconds)

    def settle(self) -> None:
        """Wait until nothing has come for a moment: before the counts are judged."""
        while self.wait_for_next(0.3):
            time.sleep(0.01)

    def _read(self) -> None:
        try:
            while data := os.read(self._descriptor, 65_536):
                self._take(data)
        except OSError:
            return

    def _take(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            _, mask, _, length = _HEAD.unpack_from(data, position)
            position += _HEAD.size
            name = os.fsdecode(data[position : position + length].rstrip(b"\0"))
            position += length
            self.overflowed |= bool(mask & _IN_Q_OVERFLOW)
            index = layout.index_of(name)
            if index is not None and name.endswith(layout.RECORD_SUFFIX):
                self._count(index, removed=bool(mask & _IN_DELETE))

    def _count(self, index: int, *, removed: bool) -> None:
        with self._changed:
            if removed:
                self.removed[index] += 1
                return
            self.published[index] += 1
            self._total += 1
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
