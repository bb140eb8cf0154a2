"""The library's assets as a grid of pictures: looks into the folders, has pictures made, filters and sorts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message

from engine.errors import StudioError
from engine.library.assets import Asset
from engine.library.folders import library_folders
from engine.thumbnails.facts import BrokenFacts, Facts, Thumbnail
from engine.thumbnails.maker import ThumbnailMaker, Wish
from studio.actions import bindings
from studio.library_pictures import Picture, PictureShelf, decode
from studio.library_text import placeholder, subtitle
from studio.library_view import Catalog, LibraryView, is_wrong
from widgets.thumbnail_cells import GridItem
from widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from engine.library.scan import Scan

WAIT_SECONDS = 0.2
"""How often it is asked whether a preview waits."""


class AssetGrid(ThumbnailGrid):
    """What the library holds, as far as its `view` wants it shown. Whoever changes the view calls `fill`."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("grid")]

    class Looked(Message):
        """The folders were looked into: `grid.problems` and perhaps the assets are others now."""

        def __init__(self, *, whole: bool) -> None:
            super().__init__()
            self.whole = whole
            """Whether that is all; otherwise the first of more."""

    class Filled(Message):
        """Other assets are shown, or in another order."""

    class Arrived(Message):
        """A picture came, and with it what is known of an asset."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class _Scanned(Message):
        """A thread has looked into the folders."""

        def __init__(self, catalog: Catalog | None, found: Scan, folders: tuple[Path, ...], *, whole: bool) -> None:
            super().__init__()
            self.catalog, self.problems, self.folders, self.whole = catalog, found.problems, folders, whole

    class _Made(Message):
        """A thread of the maker's has a thumbnail."""

        def __init__(self, wish: Wish, facts: Facts, pictures: tuple[Picture, ...]) -> None:
            super().__init__()
            self.wish, self.facts, self.pictures = wish, facts, pictures

    def __init__(self, waits: Callable[[], bool], *, id: str | None = None) -> None:
        """`waits` says whether a preview, or another screen, wants the processor: meanwhile no pictures are made."""
        self.view = LibraryView()
        self.shelf = PictureShelf()
        super().__init__(self.item, self.shelf.first, id=id)
        self.maker = ThumbnailMaker(self._report)
        self.folders: tuple[Path, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.scanned = False
        """Whether all folders have been looked into."""
        self.turntable = False
        """Whether the model under the cursor is wanted from all sides."""
        self._waits, self._paused = waits, False
        self._found: tuple[Asset, ...] | None = None
        """What the last look found."""
        self.wanted: Callable[[], Iterable[str]] = tuple
        """Tells where the cursor is to begin: at the first of these that is shown, or else at the first item."""
        self._start: str | None = None
        """Where the cursor was put, before anybody moved it."""
        self._items: dict[str, GridItem] = {}
        self._looking = threading.Lock()
        self._look_again = threading.Event()

    def on_mount(self) -> None:
        self.characters = getattr(self.app, "characters", False)
        self.colorless = self.app.no_color
        self.give_way()
        self.set_interval(WAIT_SECONDS, self.give_way)
        self.call_after_refresh(self.maker.start)

    def give_way(self) -> None:
        """Stop or go on making pictures, as there is need of the processor elsewhere."""
        waits = self._waits()
        if waits != self._paused:
            self._paused = waits
            (self.maker.pause if waits else self.maker.resume)()

    def on_unmount(self) -> None:
        self.maker.close()

    # Looking into the folders

    @work(thread=True, group="scan", exit_on_error=False)
    def look(self) -> None:
        """Look into the folders; what is there shows when it is known. While it looks, another call looks once more."""
        self._look_again.set()
        while self._look_again.is_set() and self._looking.acquire(blocking=False):
            try:
                self._look_again.clear()
                self._look()
            finally:
                self._looking.release()

    def _look(self) -> None:
        """In a thread: find the assets and make them ready for filters."""
        from engine.library.scan import Scan, scan  # in the thread, as it loads the recipe's model

        folders: tuple[Path, ...] = ()
        problem: tuple[str, ...] = ()
        try:
            folders = tuple(library_folders())
        except StudioError as error:
            problem = (str(error),)
        known = self._found

        def tell(found: Scan, *, whole: bool) -> None:
            catalog = None if found.assets == known else self.catalog_of(found.assets)
            self._found = found.assets if whole else None
            found = Scan(found.assets, (*problem, *found.problems))
            self.post_message(self._Scanned(catalog, found, folders, whole=whole))

        # Later on, a list that is not whole would make assets go away and come back.
        first = (lambda found: tell(found, whole=False)) if known is None else None
        tell(scan(folders, first), whole=True)

    def catalog_of(self, assets: Sequence[Asset]) -> Catalog:
        """What this grid offers of all assets. Called in a thread."""
        return Catalog(assets)

    @on(_Scanned)
    def _take(self, event: _Scanned) -> None:
        event.stop()
        # Until all is found, the cursor stays at the beginning where nobody has moved it.
        at_start = not self.scanned and self.cursor == self._start
        self.folders, self.problems = event.folders, event.problems
        self.scanned = self.scanned or event.whole
        if event.catalog is not None:
            self.view.catalog = event.catalog
            for key in self.shelf.drop_changed(event.catalog.by_key):
                self.picture_changed(key)
            self._items.clear()
            if event.whole:
                self.set_marked([key for key in self.marked if key in event.catalog.by_key])
        self.fill()
        if at_start and self.keys:
            self._start = self.cursor = next((key for key in self.wanted() if key in self.keys), self.keys[0])
        self.refresh()
        self.ask()
        self.post_message(self.Looked(whole=event.whole))

    # What is shown

    @property
    def most_cell_width(self) -> int:
        """Few assets are shown larger, but never so large that another zoom would show the same."""
        return super().most_cell_width * (2 if self.zoom else 1)

    @property
    def empty_text(self) -> str:
        """What is said where nothing is shown."""
        if not self.scanned:
            return "Looking …"
        if self.view.text:
            return "Nothing contains this: Esc clears the filter."
        return "None of this kind: o adds a folder."

    def fill(self) -> None:
        """Show what is wanted of what there is."""
        before = self.keys
        self.set_keys(self.view.shown(self.shelf.facts), empty=self.empty_text)
        if self.keys is not before:
            self.post_message(self.Filled())

    def item(self, key: str) -> GridItem:
        """What stands in the cell of an asset."""
        item = self._items.get(key)
        if item is None:
            asset, facts = self.view.catalog.by_key[key], self.shelf.facts.get(key)
            item = GridItem(asset.name, subtitle(asset, facts), placeholder(asset, facts), wrong=is_wrong(asset, facts))
            self._items[key] = item
        return item

    def asset(self, key: str | None) -> Asset | None:
        """The asset of a key; None for none."""
        return self.view.catalog.by_key.get(key) if key is not None else None

    @property
    def selected(self) -> Asset | None:
        """The asset under the cursor."""
        return self.asset(self.cursor)

    @property
    def chosen(self) -> list[Asset]:
        """What is marked, or else what is under the cursor."""
        by_key = self.view.catalog.by_key
        marked = [by_key[key] for key in self.marked if key in by_key]
        return marked or ([self.selected] if self.selected is not None else [])

    def mark_all(self) -> None:
        """Mark all that is shown as well; or nothing, where that is marked already."""
        self.set_marked(() if set(self.keys) <= set(self.marked) else [*self.marked, *self.keys])

    # Pictures

    def _report(self, wish: Wish, thumbnail: Thumbnail) -> None:
        """Called by the maker's threads."""
        facts: Facts = thumbnail.facts
        try:
            pictures = decode(thumbnail)
        except (OSError, ValueError, SyntaxError):
            pictures, facts = (), BrokenFacts("its picture in the cache is damaged; r makes it anew.", lasting=False)
        self.post_message(self._Made(wish, facts, pictures))

    @on(_Made)
    def _put(self, event: _Made) -> None:
        event.stop()
        asset = self.asset(event.wish.asset.key)
        if asset is None or Wish(asset, event.wish.turntable).name != event.wish.name:
            return
        is_new = self.shelf.facts.get(asset.key) != event.facts
        self.shelf.put(event.wish, event.facts, event.pictures)
        if is_new and not event.wish.turntable:
            self._items.pop(asset.key, None)
            self.item_changed(asset.key)
        self.picture_changed(asset.key)
        self.post_message(self.Arrived(asset.key))

    @on(ThumbnailGrid.InView)
    @on(ThumbnailGrid.Selected)
    def _other_view(self, event: Message) -> None:
        if isinstance(event, ThumbnailGrid.Selected):
            self.turntable = False
        self.ask()

    def ask(self) -> None:
        """Ask for what is to be seen and has not come: the selected asset first."""
        keys = dict.fromkeys([*([self.cursor] if self.cursor else []), *self.in_view])
        wishes = [Wish(asset) for asset in self._assets(keys) if self.shelf.lacks(asset)]
        selected = self.selected
        if self.turntable and selected is not None and self._can_turn(selected):
            wishes.insert(0, Wish(selected, turntable=True))
        self.maker.want(wishes)

    def _assets(self, keys: Iterable[str]) -> Iterable[Asset]:
        return (asset for asset in map(self.view.catalog.by_key.get, keys) if asset is not None)

    def _can_turn(self, asset: Asset) -> bool:
        broken = isinstance(self.shelf.facts.get(asset.key), BrokenFacts)
        return asset.kind == "model" and not broken and self.shelf.lacks(asset, turntable=True)

    def try_broken_again(self) -> None:
        """Forget which assets are broken, so that they are asked for anew."""
        for key, facts in list(self.shelf.facts.items()):
            if isinstance(facts, BrokenFacts):
                self.shelf.forget(key)
                self._items.pop(key, None)
                self.picture_changed(key)
        self.fill()
        self.ask()
