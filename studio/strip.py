"""Small pictures of frames, made once and kept while they are near."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from engine.dataset.source import FrameSource
from engine.errors import StudioError
from widgets.cells import scale_to

type Picture = npt.NDArray[np.uint8]

KEPT = 500


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

    def make(self, key: int, size_of: Callable[[int, int], tuple[int, int]]) -> None:
        """Make that of a frame, at the size (width, height) that `size_of` gives to its own. Damaged ones are black."""
        with self._lock:
            if key in self._made:
                return
        try:
            picture = self._source.image(key)
            made = scale_to(picture, size_of(picture.shape[1], picture.shape[0]))
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
