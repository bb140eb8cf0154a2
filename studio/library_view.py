"""Which assets the Library shows, and in what order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.library.assets import KINDS, Asset, Kind
from engine.thumbnails.facts import BrokenFacts, Facts, HdriFacts, ModelFacts, PictureFacts, warnings_of

TITLES: dict[Kind | None, str] = {
    None: "All", "model": "Models", "hdri": "HDRIs", "texture": "Textures", "backdrop": "Backdrops"
}  # fmt: skip
"""Kinds as they are offered; None is all of them."""

SORTS = ("name", "kind", "newest", "size", "extent", "wrong")
"""Orders: `size` is the file's, largest first; `extent` metres of models and pixels of pictures, largest first."""


class Catalog:
    """All assets there are, made ready for filters and orders. Does not change; with many assets made in a thread."""

    def __init__(self, assets: Sequence[Asset] = ()) -> None:
        self.assets = tuple(assets)
        self.by_key = {asset.key: asset for asset in assets}
        self.by_name = tuple(sorted(assets, key=lambda asset: (asset.name.lower(), asset.key)))
        self.keys = tuple(asset.key for asset in self.by_name)
        self.texts = tuple(_text(asset) for asset in self.by_name)
        """What the words of a filter are looked for in, in the order of `by_name`."""
        self.counts = Counter(asset.kind for asset in assets)


class LibraryView:
    """Which assets of a catalog are wanted, and in what order."""

    def __init__(self) -> None:
        self.catalog = Catalog()
        self.kind: Kind | None = None
        self.text = ""
        self.sort = SORTS[0]
        self.reversed = False

    def shown(self, facts: Mapping[str, Facts]) -> tuple[str, ...]:
        """Keys of the assets that are wanted, in order. `facts` by key, as far as they are known."""
        words = self.text.lower().split()
        if not words and self.kind is None and self.sort == SORTS[0]:
            return self.catalog.keys[::-1] if self.reversed else self.catalog.keys
        pairs = list(zip(self.catalog.by_name, self.catalog.texts, strict=True))
        if self.kind is not None:
            pairs = [pair for pair in pairs if pair[0].kind == self.kind]
        for word in words:
            known = facts if any(word in state for state in (_BROKEN, _WARNING)) else {}
            pairs = [(asset, text) for asset, text in pairs if word in text or (known and word in _state(asset, known))]
        kept = [asset for asset, _ in pairs]
        order = _ORDERS.get(self.sort)
        if order is not None:
            kept.sort(key=lambda asset: order(asset, facts.get(asset.key)))
        if self.reversed:
            kept.reverse()
        return tuple(asset.key for asset in kept)

    def count(self, kind: Kind | None) -> int:
        """How many assets of a kind there are, whatever the filter says."""
        return len(self.catalog.assets) if kind is None else self.catalog.counts[kind]

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


def is_wrong(asset: Asset, facts: Facts | None) -> bool:
    """Whether an asset is broken, or usable with a warning."""
    return isinstance(facts, BrokenFacts) or bool(warnings_of(facts, asset.notes.scale))


def _text(asset: Asset) -> str:
    """What the words of a filter are looked for in."""
    parts = [asset.name, asset.kind, asset.notes.class_name, *asset.notes.tags]
    parts += [asset.root] if asset.is_builtin else asset.path.split("/")[-3:-1]
    return "\n".join(parts).lower()


_BROKEN, _WARNING = "broken", "warning"


def _state(asset: Asset, facts: Mapping[str, Facts]) -> str:
    """What an asset can be found by besides its text."""
    known = facts.get(asset.key)
    if isinstance(known, BrokenFacts):
        return _BROKEN
    return _WARNING if is_wrong(asset, known) else ""


type _Order = Callable[[Asset, Facts | None], Any]


def _by_extent(asset: Asset, facts: Facts | None) -> tuple[int, float]:
    """Models first, in metres; then pictures, in pixels; then what is not known yet."""
    if isinstance(facts, ModelFacts):
        return 0, -max(facts.size) * asset.notes.scale
    if isinstance(facts, HdriFacts | PictureFacts):
        return 1, -facts.width * facts.height
    return 2, 0


_ORDERS: dict[str, _Order] = {
    "kind": lambda asset, _: KINDS.index(asset.kind),
    "newest": lambda asset, _: -asset.modified,
    "size": lambda asset, _: -asset.size,
    "extent": _by_extent,
    "wrong": lambda asset, facts: 0 if isinstance(facts, BrokenFacts) else 1 if is_wrong(asset, facts) else 2,
}
"""What is smaller comes first; those alike stay in the order of their names, which is the usual one."""
