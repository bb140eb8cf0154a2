"""`studio library`: the folders of models, HDRIs and pictures that datasets are made of."""

from __future__ import annotations

from typing import Any

import click

from studio.library_output import counts, counts_text, facts_plain, line, look_at_all, named, plain, warn
from studio.output import InOrder, emit_json, json_option


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
        emit_json({"folder": str(folder), "assets": len(found), "kinds": counts(found)})
    else:
        click.echo(f"{folder} is in the library: {counts_text(found)}.")


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
@click.option("--sort", type=click.Choice(["folder", "name", "newest", "size"]), default="folder", help="The order.")
@click.argument("words", nargs=-1)
@json_option
def list_assets(kind: str | None, tags: tuple[str, ...], sort: str, words: tuple[str, ...], as_json: bool) -> None:
    """List the library's assets, the built-in ones too; of those only what contains all WORDS. Opens none: `scan` does.

    WORDS are looked for in names, folders, classes and tags. With --json it is an object of `folders`, `assets` and
    `problems`.
    """
    from engine.library.folders import library_folders
    from engine.library.scan import scan
    from studio.library_view import Catalog, LibraryView

    folders = library_folders()
    found = scan(folders)
    view = LibraryView()
    view.catalog, view.text, view.sort = Catalog(found.assets), " ".join(words), "name" if sort == "folder" else sort
    assets = [view.catalog.by_key[key] for key in view.shown({})]
    if sort == "folder":
        kept = {asset.key for asset in assets}
        assets = [asset for asset in found.assets if asset.key in kept]
    wanted = {tag.lower() for tag in tags}
    assets = [asset for asset in assets if (kind is None or asset.kind == kind) and wanted <= set(asset.notes.tags)]
    if as_json:
        emit_json(
            {
                "folders": [str(folder) for folder in folders],
                "assets": [plain(asset) for asset in assets],
                "problems": list(found.problems),
            }
        )
        return
    warn(found.problems)
    root = ""
    for asset in assets:
        if asset.root != root:
            root = asset.root
            click.echo("built in" if asset.is_builtin else root)
        click.echo("  " + line(asset))
    if not folders:
        click.echo("No folder of yours is in the library yet: `studio library add PATH` adds one.", err=True)


@command.command("scan", short_help="Look at assets, and tell which are broken.")
@click.argument("paths", nargs=-1, type=click.Path())
@json_option
def scan_assets(paths: tuple[str, ...], as_json: bool) -> int:
    """Look at assets, as the Library screen does of those in view: make their pictures and find out their facts.

    PATHS are files, folders, or names like builtin:forest; without them it is the whole library. What was looked at
    before and has not changed is known already. Ends with 1 where an asset is broken.
    """
    from engine.thumbnails.facts import BrokenFacts, warnings_of

    assets, problems = named(paths)
    facts = look_at_all(assets, quiet=as_json)
    broken = {key: fact.reason for key, fact in facts.items() if isinstance(fact, BrokenFacts)}
    if as_json:
        told = [plain(asset) | {"facts": facts_plain(facts[asset.key])} for asset in assets]
        for one, asset in zip(told, assets, strict=True):
            one["warnings"] = list(warnings_of(facts[asset.key], asset.notes.scale))
        emit_json({"assets": told, "broken": len(broken), "problems": list(problems)})
        return 1 if broken else 0
    warn(problems)
    for key, reason in broken.items():
        click.echo(f"✗ {key}: {reason}")
    for asset in assets:
        for warning in warnings_of(facts[asset.key], asset.notes.scale):
            click.echo(f"! {asset.key}: {warning}")
    click.echo(f"{counts_text(assets)}; {len(broken) or 'none'} broken.")
    return 1 if broken else 0


@command.command("set", short_help="Set class, scale and tags of assets.")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--class", "class_name", metavar="NAME", help="Class of the labels of models; empty: the file's name.")
@click.option("--scale", type=float, help="Factor on the size of models; 0.01 where their numbers are centimetres.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Add a tag; may be repeated.")
@click.option("--untag", "untags", multiple=True, metavar="TAG", help="Take a tag away; may be repeated.")
@click.option("--kind", type=click.Choice(["texture", "backdrop"]), help="What pictures are.")
@json_option
def set_notes(paths: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Set what the library notes on assets, and keep it in `studio-assets.toml` beside them.

    PATHS are files, folders for all assets in them, or names like builtin:forest. Class and scale are those of the
    models among them, the kind that of the pictures.
    """
    from engine.library.notes import save_notes
    from studio.library_notes import changed_notes

    assets, problems = named(paths)
    changes = changed_notes(assets, **given)
    files = save_notes(changes)
    if as_json:
        emit_json({"changed": list(changes), "files": [str(file) for file in files], "problems": list(problems)})
        return
    warn(problems)
    where = f" in {', '.join(map(str, files))}" if files else ""
    click.echo(f"Changed for {len(changes)} of {len(assets)} asset{'s' * (len(assets) != 1)}{where}.")


@command.command("lines", short_help="Print the lines of a recipe that use assets.")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@json_option
def print_lines(paths: tuple[str, ...], as_json: bool) -> None:
    """Print what a recipe says to use assets: models with their class and scale as its objects, HDRIs as surroundings,
    backdrops behind it all, textures on the ground.

    PATHS are files, folders, or names like builtin:forest. Textures whose names do not say which map of a material they
    are, as wood_diff_1k.jpg does, are left out.
    """
    import tomllib

    from studio.library_recipe import nameless, recipe_lines

    assets = named(paths)[0]
    warn([f"{asset.name}: the name does not say which map of a material this is." for asset in nameless(assets)])
    lines = recipe_lines(assets)
    if as_json:
        emit_json(tomllib.loads(lines))
    else:
        click.echo(lines, nl=False)
