"""The Library's pictures and facts in memory: decoded when they come, the least used dropped."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.library.assets import Asset
from engine.thumbnails.facts import Facts, Thumbnail
from engine.thumbnails.maker import Wish

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

type Picture = npt.NDArray[np.uint8]

LIMIT = 600
"""Assets whose pictures stay decoded, about 80 KB each."""


class PictureShelf:
    """What is known of each asset. Used by the screen's thread alone, but for `decode`."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._pictures: OrderedDict[tuple[str, bool], tuple[Picture, ...]] = OrderedDict()
        self._versions: dict[str, tuple[float, int]] = {}
        self.facts: dict[str, Facts] = {}
        """Of every asset that was seen, by key."""

    def put(self, wish: Wish, facts: Facts, pictures: tuple[Picture, ...]) -> None:
        """Keep what came for a wish."""
        if not wish.turntable:
            self.facts[wish.asset.key] = facts
            self._versions[wish.asset.key] = (wish.asset.modified, wish.asset.size)
        name = (wish.asset.key, wish.turntable)
        self._pictures[name] = pictures
        self._pictures.move_to_end(name)
        while len(self._pictures) > self._limit:
            self._pictures.popitem(last=False)

    def pictures(self, key: str, *, turntable: bool = False) -> tuple[Picture, ...]:
        """An asset's pictures; none where they have not come, were dropped, or there are none."""
        found = self._pictures.get((key, turntable), ())
        if found:
            self._pictures.move_to_end((key, turntable))
        return found

    def first(self, key: str) -> Picture | None:
        """The picture for the grid."""
        return next(iter(self.pictures(key)), None)

    def lacks(self, asset: Asset, *, turntable: bool = False) -> bool:
        """Whether it has to be asked for."""
        return (asset.key, turntable) not in self._pictures

    def drop_changed(self, assets: Mapping[str, Asset]) -> list[str]:
        """Forget what is known of files that have changed or gone; returns the keys of those that changed."""
        changed = []
        for key, version in list(self._versions.items()):
            asset = assets.get(key)
            if asset is None or (asset.modified, asset.size) != version:
                self.forget(key)
                if asset is not None:
                    changed.append(key)
        return changed

    def forget(self, key: str) -> None:
        """Forget all of one asset."""
        self._versions.pop(key, None)
        self.facts.pop(key, None)
        for turntable in (False, True):
            self._pictures.pop((key, turntable), None)


type Arrival = Callable[[Wish, Facts, tuple[Picture, ...]], None]


def decode(thumbnail: Thumbnail) -> tuple[Picture, ...]:
    """The pictures (H, W, 3) of a thumbnail."""
    import numpy as np
    from PIL import Image

    found = []
    for data in thumbnail.pictures:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            found.append(np.asarray(picture.convert("RGB"), dtype=np.uint8))
    return tuple(found)
