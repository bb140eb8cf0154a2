"""Which assets the Library shows, and in what order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.library.assets import KINDS, Asset, Kind
from engine.thumbnails.facts import BrokenFacts, Facts, HdriFacts, ModelFacts, PictureFacts

TITLES: dict[Kind | None, str] = {
    None: "All", "model": "Models", "hdri": "HDRIs", "texture": "Textures", "backdrop": "Backdrops"
}  # fmt: skip
"""Kinds as they are offered; None is all of them."""

SORTS = ("name", "kind", "newest", "size", "extent", "wrong")
"""Orders: `size` is the file's, largest first; `extent` metres of models and pixels of pictures, largest first."""


class LibraryView:
    """Assets, and what of them is wanted."""

    def __init__(self) -> None:
        self._assets: tuple[Asset, ...] = ()
        self._texts: dict[str, str] = {}
        self._counts: Counter[Kind] = Counter()
        self.kind: Kind | None = None
        self.text = ""
        self.sort = SORTS[0]
        self.reversed = False

    @property
    def assets(self) -> tuple[Asset, ...]:
        """All assets there are."""
        return self._assets

    @assets.setter
    def assets(self, assets: tuple[Asset, ...]) -> None:
        self._assets = assets
        self._texts = {asset.key: _text(asset) for asset in assets}
        self._counts = Counter(asset.kind for asset in assets)

    def shown(self, facts: Mapping[str, Facts]) -> list[Asset]:
        """The assets that are wanted, in order. `facts` by key, as far as they are known."""
        words = self.text.lower().split()
        kept = [
            asset
            for asset in self.assets
            if (self.kind is None or asset.kind == self.kind)
            and (not words or _matches(self._texts[asset.key], words, facts.get(asset.key)))
        ]
        order = _ORDERS[self.sort]
        return sorted(kept, key=lambda asset: order(asset, facts.get(asset.key)), reverse=self.reversed)

    def count(self, kind: Kind | None) -> int:
        """How many assets of a kind there are, whatever the filter says."""
        return len(self.assets) if kind is None else self._counts[kind]

    def next_kind(self, by: int) -> None:
        """Show another kind."""
        kinds: Sequence[Kind | None] = (None, *KINDS)
        self.kind = kinds[(kinds.index(self.kind) + by) % len(kinds)]

    def next_sort(self) -> None:
        """Sort in another way."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]

    def to_plain(self) -> dict[str, Any]:
        """What is worth remembering."""
        return {"kind": self.kind, "text": self.text, "sort": self.sort, "reversed": self.reversed}

    def from_plain(self, plain: Mapping[str, Any]) -> None:
        """Take up what was remembered; what is not as it should be is left out."""
        if plain.get("kind") in KINDS:
            self.kind = plain["kind"]
        if plain.get("sort") in SORTS:
            self.sort = plain["sort"]
        self.text = str(plain.get("text", ""))
        self.reversed = plain.get("reversed") is True


def is_wrong(facts: Facts | None) -> bool:
    """Whether an asset is broken, or usable with a warning."""
    return isinstance(facts, BrokenFacts) or bool(facts is not None and facts.warnings)


def _text(asset: Asset) -> str:
    """What the words of a filter are looked for in."""
    parts = [asset.name, asset.kind, asset.notes.class_name, *asset.notes.tags]
    parts += [asset.root] if asset.is_builtin else asset.path.split("/")[-3:-1]
    return "\n".join(parts).lower()


def _matches(text: str, words: Sequence[str], facts: Facts | None) -> bool:
    if isinstance(facts, BrokenFacts):
        text += "\nbroken"
    elif is_wrong(facts):
        text += "\nwarning"
    return all(word in text for word in words)


type _Order = Callable[[Asset, Facts | None], tuple[Any, ...]]


def _by_name(asset: Asset, _facts: Facts | None) -> tuple[Any, ...]:
    return (asset.name.lower(), asset.key)


def _by_kind(asset: Asset, facts: Facts | None) -> tuple[Any, ...]:
    return (KINDS.index(asset.kind), *_by_name(asset, facts))


def _by_newest(asset: Asset, facts: Facts | None) -> tuple[Any, ...]:
    return (-asset.modified, *_by_name(asset, facts))


def _by_size(asset: Asset, facts: Facts | None) -> tuple[Any, ...]:
    return (-asset.size, *_by_name(asset, facts))


def _by_extent(asset: Asset, facts: Facts | None) -> tuple[Any, ...]:
    """Models first, in metres; then pictures, in pixels; then what is not known yet."""
    if isinstance(facts, ModelFacts):
        return (0, -max(facts.size) * asset.notes.scale, *_by_name(asset, facts))
    if isinstance(facts, HdriFacts | PictureFacts):
        return (1, -facts.width * facts.height, *_by_name(asset, facts))
    return (2, 0, *_by_name(asset, facts))


def _by_wrong(asset: Asset, facts: Facts | None) -> tuple[Any, ...]:
    return (0 if isinstance(facts, BrokenFacts) else 1 if is_wrong(facts) else 2, *_by_name(asset, facts))


_ORDERS: dict[str, _Order] = {
    "name": _by_name, "kind": _by_kind, "newest": _by_newest, "size": _by_size, "extent": _by_extent,
    "wrong": _by_wrong,
}  # fmt: skip
