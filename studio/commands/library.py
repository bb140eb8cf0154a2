"""`studio library`: the folders of models, HDRIs and pictures that datasets are made of."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import click

from studio.output import InOrder, emit_json, json_option

if TYPE_CHECKING:
    from engine.library.assets import Asset
    from engine.thumbnails.facts import Facts


@click.group(cls=InOrder)
def command() -> None:
    """The folders of models, HDRIs, textures and backdrops that the Library screen shows.

    Class, scale and tags of assets are kept in `studio-assets.toml` beside them.

    \b
    Example:
      studio library add ~/models
    """


@command.command("add", short_help="Have the library look into a folder.")
@click.argument("path", type=click.Path())
@json_option
def add(path: str, as_json: bool) -> None:
    """Have the library look into PATH and the folders below it. Nothing is copied."""
    from engine.library.folders import add_folder
    from engine.library.scan import scan

    folder = add_folder(path)
    found = [asset for asset in scan([folder]).assets if not asset.is_builtin]
    if as_json:
        emit_json({"folder": str(folder), "assets": len(found), "kinds": _counts(found)})
    else:
        click.echo(f"{folder} is in the library: {_counts_text(found)}.")


@command.command("rm", short_help="Take a folder out of the library.")
@click.argument("path", type=click.Path())
@json_option
def remove(path: str, as_json: bool) -> None:
    """Have the library look into PATH no more. Its files stay as they are."""
    from engine.library.folders import remove_folder

    folder = remove_folder(path)
    if as_json:
        emit_json({"folder": str(folder)})
    else:
        click.echo(f"{folder} is no longer in the library; its files are untouched.")


@command.command("ls", short_help="List the assets.")
@click.option("--kind", type=click.Choice(["model", "hdri", "texture", "backdrop"]), help="Only those of a kind.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only those with this tag; may be repeated.")
@json_option
def list_assets(kind: str | None, tags: tuple[str, ...], as_json: bool) -> None:
    """List the library's assets, the built-in ones too. Opens none of them: `scan` does.

    With --json it is an object of `folders`, `assets` and `problems`.
    """
    from engine.library.folders import library_folders
    from engine.library.scan import scan

    folders = library_folders()
    found = scan(folders)
    wanted = {tag.lower() for tag in tags}
    assets = [
        asset for asset in found.assets if (kind is None or asset.kind == kind) and wanted <= set(asset.notes.tags)
    ]
    if as_json:
        plain = [_plain(asset) for asset in assets]
        emit_json({"folders": [str(folder) for folder in folders], "assets": plain, "problems": list(found.problems)})
        return
    _warn(found.problems)
    root = ""
    for asset in assets:
        if asset.root != root:
            root = asset.root
            click.echo("built in" if asset.is_builtin else root)
        click.echo("  " + _line(asset))
    if not folders:
        click.echo("No folder of yours is in the library yet: `studio library add PATH` adds one.", err=True)


@command.command("scan", short_help="Look at every asset, and tell which are broken.")
@json_option
def scan_assets(as_json: bool) -> int:
    """Look at every asset, as the Library screen does of those in view: make its picture and find out its facts.

    What was looked at before and has not changed is known already. Ends with 1 where an asset is broken.
    """
    from engine.library.folders import library_folders
    from engine.library.scan import scan
    from engine.thumbnails.facts import BrokenFacts

    found = scan(library_folders())
    facts = _look_at_all(list(found.assets), quiet=as_json)
    broken = {key: fact.reason for key, fact in facts.items() if isinstance(fact, BrokenFacts)}
    if as_json:
        assets = [_plain(asset) | {"facts": _facts_plain(facts[asset.key])} for asset in found.assets]
        emit_json({"assets": assets, "broken": len(broken), "problems": list(found.problems)})
        return 1 if broken else 0
    _warn(found.problems)
    for key, reason in broken.items():
        click.echo(f"✗ {key}: {reason}")
    for asset in found.assets:
        fact = facts[asset.key]
        for warning in () if isinstance(fact, BrokenFacts) else fact.warnings:
            click.echo(f"! {asset.key}: {warning}")
    click.echo(f"{_counts_text(list(found.assets))}; {len(broken) or 'none'} broken.")
    return 1 if broken else 0


def _look_at_all(assets: list[Asset], *, quiet: bool) -> dict[str, Facts]:
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


def _plain(asset: Asset) -> dict[str, Any]:
    return {
        "key": asset.key, "kind": asset.kind, "name": asset.name, "path": asset.path or None,
        "builtin": asset.is_builtin, "bytes": asset.size, "class": asset.class_name if asset.kind == "model" else None,
        "scale": asset.notes.scale, "tags": list(asset.notes.tags),
    }  # fmt: skip


def _facts_plain(facts: Facts) -> Any:
    import msgspec

    return msgspec.to_builtins(facts)


def _line(asset: Asset) -> str:
    name = asset.name if asset.is_builtin else asset.path.removeprefix(asset.root).lstrip("/")
    notes = []
    if asset.notes.class_name and not asset.is_builtin:
        notes.append(f"class {asset.notes.class_name}")
    if asset.notes.scale != 1.0:
        notes.append(f"× {asset.notes.scale:g}")
    notes += [f"#{tag}" for tag in asset.notes.tags]
    return f"{asset.kind:<9} {name}" + (f"   {' '.join(notes)}" if notes else "")


def _counts(assets: list[Asset]) -> dict[str, int]:
    from engine.library.assets import KINDS

    return {kind: sum(asset.kind == kind for asset in assets) for kind in KINDS}


def _counts_text(assets: list[Asset]) -> str:
    names = {"model": "model", "hdri": "HDRI", "texture": "texture", "backdrop": "backdrop"}
    counts = [f"{count:,} {names[kind]}{'s' * (count != 1)}" for kind, count in _counts(assets).items() if count]
    return ", ".join(counts) or "no assets"


def _warn(problems: tuple[str, ...]) -> None:
    for problem in problems:
        click.echo(f"Note: {problem}", err=True)
