"""Changing what the library notes on assets: class, scale, tags, and what a picture is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from engine.errors import AssetError
from engine.library.assets import Asset, Kind, Notes
from engine.library.notes import clean_tags

type Changes = dict[str, tuple[Asset, Notes]]
"""Assets and their new notes, by key."""


def changed(assets: Iterable[Asset], field: str, value: Callable[[Asset], object]) -> Changes:
    """Those assets that get another value in one field of their notes."""
    changes: Changes = {}
    for asset in assets:
        notes = msgspec.structs.replace(asset.notes, **{field: value(asset)})
        if notes != asset.notes:
            changes[asset.key] = (asset, notes)
    return changes


def changed_notes(
    assets: Sequence[Asset],
    *,
    class_name: str | None = None,
    scale: float | None = None,
    tags: Sequence[str] = (),
    untags: Sequence[str] = (),
    kind: Kind | None = None,
) -> Changes:
    """Several fields at once; class and scale of the models only, the kind of the pictures only. None: as it is.

    Raises:
        AssetError: the scale is none.
    """
    if scale is not None and not is_scale(scale):
        raise AssetError(f"scale: {scale:g} is no factor; give a number above 0, like 0.01.")
    changes: Changes = {}
    for asset in assets:
        notes = asset.notes
        kept = {*notes.tags, *clean_tags(list(tags))} - {*clean_tags(list(untags))}
        notes = msgspec.structs.replace(notes, tags=clean_tags([*kept]))
        if asset.kind == "model":
            notes = msgspec.structs.replace(
                notes,
                class_name=notes.class_name if class_name is None else class_name.strip(),
                scale=notes.scale if scale is None else scale,
            )
        elif kind not in (None, asset.kind) and asset.kind in ("texture", "backdrop"):
            notes = msgspec.structs.replace(notes, kind=kind)
        if notes != asset.notes:
            changes[asset.key] = (asset, notes)
    return changes


def is_scale(factor: float) -> bool:
    """Whether a model can be scaled by it."""
    return math.isfinite(factor) and factor > 0
