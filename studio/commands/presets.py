"""`studio presets`: the recipes that ship, and what a recipe can say."""

from __future__ import annotations

from pathlib import Path

import click

from studio.commands import spread
from studio.output import emit_json, json_option


@click.group()
def command() -> None:
    """List, show and copy the recipes that ship; print the recipe schema; measure how varied frames are."""


@command.command("ls")
@json_option
def list_presets(as_json: bool) -> None:
    """List the presets."""
    import presets
    from engine.recipe.load import load_recipe

    described = {name: load_recipe(presets.find(name)).description for name in presets.names()}
    if as_json:
        emit_json([{"name": name, "description": text} for name, text in described.items()])
        return
    width = max(map(len, described))
    for name, text in described.items():
        click.echo(f"{name:<{width}}  {text}")


@command.command("show")
@click.argument("name")
@json_option
def show_preset(name: str, as_json: bool) -> None:
    """Print a preset, with its comments; --json prints it whole, with every default."""
    import presets
    from engine.recipe.load import load_recipe, recipe_to_plain

    path = presets.find(name)
    if as_json:
        emit_json(recipe_to_plain(load_recipe(path)))
    else:
        load_recipe(path)
        click.echo(path.read_text(encoding="utf-8"), nl=False)


@command.command("schema")
@json_option
def show_schema(as_json: bool) -> None:
    """Print every setting a recipe can have, with meaning, unit, bounds and default."""
    from engine.recipe.schema import schema_rows, schema_text

    if as_json:
        emit_json(schema_rows())
    else:
        click.echo(schema_text(), nl=False)


@command.command("new")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "origin", default="basic", show_default=True, help="Preset or recipe file to start from.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting in the copy.")
def new_recipe(file: Path, origin: str, overrides: tuple[str, ...]) -> None:
    """Copy a preset into FILE, comments kept, for you to change."""
    import presets
    from engine.recipe.edit import copy_recipe

    copy_recipe(presets.find(origin), file, overrides)
    click.echo(f"{file}: a copy of {origin}. Render it with: studio render {file} --count 10 --out DIR")


command.add_command(spread.command)
