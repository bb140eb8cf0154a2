"""Small pictures of frames, made once and kept while they are near."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.dataset.source import FrameSource
from engine.errors import StudioError
from widgets.cell_grid import fit
from widgets.cells import scale_to

type Picture = npt.NDArray[np.uint8]

KEPT = 1000

SIDE = 96
"""Pixels of the longer side: as many as the largest cell of a grid shows."""


class Thumbs:
    """May be used from several threads."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self._made: OrderedDict[int, Picture] = OrderedDict()
        self._lock = threading.Lock()

    def there(self, keys: Sequence[int]) -> dict[int, Picture]:
        """Those of some frames that are made already."""
        with self._lock:
            return {key: self._made[key] for key in keys if key in self._made}

    def get(self, key: int) -> Picture | None:
        """That of a frame, if it is made already."""
        with self._lock:
            return self._made.get(key)

    def make(self, key: int) -> None:
        """Make that of a frame; of a damaged one it is black."""
        if self.get(key) is not None:
            return
        try:
            picture = self._source.image(key)
            made = scale_to(picture, fit((picture.shape[1], picture.shape[0]), SIDE, SIDE // 2))
        except StudioError:
            made = np.zeros((2, 2, 3), np.uint8)
        with self._lock:
            self._made[key] = made
            while len(self._made) > KEPT:
                self._made.popitem(last=False)

    def forget(self) -> None:
        """Make all of them anew from now on."""
        with self._lock:
            self._made.clear()
