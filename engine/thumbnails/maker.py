"""Gets thumbnails for a screen: what it wants to see now comes first, from the cache at once, else from a process.

Two threads: one looks into the cache (and hashes files), one has made what was not there. While it is paused nothing
is made, and a process that is at work stands still.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import AssetError
from engine.library.assets import Asset
from engine.thumbnails.facts import BrokenFacts, Thumbnail
from engine.thumbnails.messages import LOOK_PREFIX, Order
from engine.thumbnails.process import Interrupted, ThumbnailProcess
from engine.thumbnails.store import ThumbnailStore

if TYPE_CHECKING:
    from engine.library.stamps import HashBook

CUP_DIGEST = "builtin-cup"
TURNTABLE_VIEWS = 8


@dataclass(frozen=True, slots=True)
class Quality:
    """Size in pixels and samples of the pictures."""

    width: int = 192
    height: int = 144
    samples: int = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """A thumbnail that is wanted."""

    asset: Asset
    turntable: bool = False
    """All views of a model instead of the thumbnail."""

    @property
    def name(self) -> tuple[str, float, int, bool]:
        """What tells it from others; a file that changed is another wish."""
        return (self.asset.key, self.asset.modified, self.asset.size, self.turntable)


type Report = Callable[[Wish, Thumbnail], None]


class ThumbnailMaker:
    """See the module. `report` is called from the threads, once for each wish."""

    def __init__(
        self,
        report: Report,
        *,
        quality: Quality | None = None,
        store: ThumbnailStore | None = None,
        book: HashBook | None = None,
        process: ThumbnailProcess | None = None,
    ) -> None:
        self._report = report
        self._quality = quality or Quality()
        self._store = store or ThumbnailStore()
        self._book = book
        self._process = process or ThumbnailProcess()
        self._changed = threading.Condition()
        self._wanted: list[Wish] = []
        self._looks_up = False
        self._to_make: dict[tuple[str, float, int, bool], tuple[Wish, str]] = {}
        self._rank: dict[tuple[str, float, int, bool], int] = {}
        self._paused = self._closed = False
        self._making: Wish | None = None
        self._threads = [
            threading.Thread(target=self._look_up_all, name="thumbnails-cache", daemon=True),
            threading.Thread(target=self._make_all, name="thumbnails-make", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def want(self, wishes: Iterable[Wish]) -> None:
        """These, in this order, and nothing that was wanted before. Whoever has one already does not ask again."""
        with self._changed:
            self._wanted = list(wishes)
            self._rank = {wish.name: place for place, wish in enumerate(self._wanted)}
            self._to_make = {name: entry for name, entry in self._to_make.items() if name in self._rank}
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many are to be made still, the one at hand included."""
        with self._changed:
            return len(self._wanted) + self._looks_up + len(self._to_make) + (self._making is not None)

    def pause(self) -> None:
        """Make nothing until `resume`; the cache is looked into all the same."""
        with self._changed:
            self._paused = True
            self._process.pause()

    def resume(self) -> None:
        """Go on."""
        with self._changed:
            self._paused = False
            self._process.resume()
            self._changed.notify_all()

    def close(self) -> None:
        """End threads and process. No report comes after this, except one already under way."""
        with self._changed:
            self._closed = True
            self._wanted, self._to_make = [], {}
            self._changed.notify_all()
        self._process.end()
        if self._book is not None:
            self._book.save()

    # The cache

    def _look_up_all(self) -> None:
        from engine.library.stamps import HashBook  # in the thread, as it loads much

        book = self._book = self._book or HashBook()
        while True:
            with self._changed:
                self._looks_up = False
                while not self._wanted and not self._closed:
                    if not self._changed.wait(timeout=2.0):
                        book.save()
                if self._closed:
                    return
                wish = self._wanted.pop(0)
                if wish.name in self._to_make or (self._making is not None and self._making.name == wish.name):
                    continue
                self._looks_up = True
            self._look_up(book, wish)

    def _look_up(self, book: HashBook, wish: Wish) -> None:
        """Report what the cache has, or leave it to be made. A file that cannot be used is not given to Blender."""
        try:
            digest = self._digest(book, wish.asset)
            if (found := self._store.load(digest, _variant(wish))) is not None:
                self._tell(wish, found)
                return
            _check(wish.asset)
        except AssetError as error:
            self._tell(wish, Thumbnail(BrokenFacts(str(error).removeprefix(f"{wish.asset.path}: "))))
            return
        with self._changed:
            self._to_make[wish.name] = (wish, digest)
            self._changed.notify_all()

    @staticmethod
    def _digest(book: HashBook, asset: Asset) -> str:
        if not asset.path:
            return f"{CUP_DIGEST}-{asset.key.rpartition('/')[2]}"
        # A picture shows the same whatever it is used for, but its facts are another's than an HDRI's.
        try:
            return book.content_hash(asset.path)
        except AssetError:
            _check(asset)  # It says better what is wrong than who looks for the files that a model refers to.
            raise

    # Making

    def _make_all(self) -> None:
        while True:
            with self._changed:
                self._making = None
                while (self._paused or not self._to_make) and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                wish, digest = self._to_make.pop(min(self._to_make, key=lambda name: self._rank.get(name, 0)))
                self._making = wish
            with contextlib.suppress(Interrupted):
                made = self._process.make(self._order(wish))
                if not isinstance(made.facts, BrokenFacts) or made.facts.lasting:
                    self._store.save(digest, made, _variant(wish))
                self._tell(wish, made)

    def _order(self, wish: Wish) -> Order:
        asset, quality = wish.asset, self._quality
        path = asset.path or LOOK_PREFIX + asset.key.rpartition("/")[2]
        views = TURNTABLE_VIEWS if wish.turntable else 0
        return Order(asset.kind, path, quality.width, quality.height, quality.samples, views)

    def _tell(self, wish: Wish, thumbnail: Thumbnail) -> None:
        if not self._closed:
            self._report(wish, thumbnail)


def _variant(wish: Wish) -> str:
    return "turn" if wish.turntable else ""


def _check(asset: Asset) -> None:
    """Raise AssetError for what can be seen to be unusable without Blender."""
    from engine.library.precheck import check_hdri, check_model

    if asset.path and asset.kind == "model":
        check_model(asset.path)
    elif asset.kind == "hdri":
        check_hdri(asset.path)
