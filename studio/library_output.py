"""Assets of the library as commands report them, and looking at them without a screen."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.library.assets import Asset
    from engine.thumbnails.facts import Facts


def named(paths: Sequence[str]) -> tuple[list[Asset], tuple[str, ...]]:
    """The library's assets at these files, in these folders, or of these keys; all of them where none is named.

    Returns them with what could not be read of the library.

    Raises:
        AssetError: something is no asset of the library.
    """
    from engine.errors import AssetError
    from engine.library.folders import library_folders
    from engine.library.scan import scan

    found = scan(library_folders())
    if not paths:
        return list(found.assets), found.problems
    chosen: dict[str, Asset] = {}
    for path in paths:
        full = os.path.abspath(os.path.expanduser(path))
        some = [asset for asset in found.assets if asset.key in (path, full) or asset.key.startswith(full + os.sep)]
        if not some:
            raise AssetError(f"{path}: the library has no such asset; `studio library ls` lists what it has.")
        chosen.update((asset.key, asset) for asset in some)
    return list(chosen.values()), found.problems


def look_at_all(assets: Sequence[Asset], *, quiet: bool) -> dict[str, Facts]:
    """Facts of all assets by key; tells how far it is where somebody watches."""
    from engine.thumbnails.facts import Thumbnail
    from engine.thumbnails.maker import ThumbnailMaker, Wish

    facts: dict[str, Facts] = {}
    came = threading.Condition()

    def take(wish: Wish, thumbnail: Thumbnail) -> None:
        with came:
            facts[wish.asset.key] = thumbnail.facts
            came.notify_all()

    watched = sys.stderr.isatty() and not quiet
    maker = ThumbnailMaker(take)
    maker.start()
    try:
        maker.want([Wish(asset) for asset in assets])
        with came:
            while len(facts) < len(assets):
                came.wait()
                if watched:
                    click.echo(f"\r{len(facts)} of {len(assets)}", nl=False, err=True)
    finally:
        maker.close()
        if watched:
            click.echo("\r" + " " * 30 + "\r", nl=False, err=True)
    return facts


def plain(asset: Asset) -> dict[str, Any]:
    """For JSON."""
    return {
        "key": asset.key, "kind": asset.kind, "name": asset.name, "path": asset.path or None,
        "builtin": asset.is_builtin, "bytes": asset.size, "class": asset.class_name if asset.kind == "model" else None,
        "scale": asset.notes.scale, "tags": list(asset.notes.tags),
    }  # fmt: skip


def facts_plain(facts: Facts) -> Any:
    """For JSON."""
    import msgspec

    return msgspec.to_builtins(facts)


def line(asset: Asset) -> str:
    """Its kind, its name within its folder, and what people noted on it."""
    name = asset.name if asset.is_builtin else asset.path.removeprefix(asset.root).lstrip("/")
    notes = []
    if asset.notes.class_name and not asset.is_builtin:
        notes.append(f"class {asset.notes.class_name}")
    if asset.notes.scale != 1.0:
        notes.append(f"× {asset.notes.scale:g}")
    notes += [f"#{tag}" for tag in asset.notes.tags]
    return f"{asset.kind:<9} {name}" + (f"   {' '.join(notes)}" if notes else "")


def counts(assets: Sequence[Asset]) -> dict[str, int]:
    """How many of each kind."""
    from engine.library.assets import KINDS

    return {kind: sum(asset.kind == kind for asset in assets) for kind in KINDS}


def counts_text(assets: Sequence[Asset]) -> str:
    """The same in words: `2 models, 1 HDRI`."""
    names = {"model": "model", "hdri": "HDRI", "texture": "texture", "backdrop": "backdrop"}
    parts = [f"{count:,} {names[kind]}{'s' * (count != 1)}" for kind, count in counts(assets).items() if count]
    return ", ".join(parts) or "no assets"


def warn(problems: Sequence[str]) -> None:
    """What could not be read, to stderr."""
    for problem in problems:
        click.echo(f"Note: {problem}", err=True)
