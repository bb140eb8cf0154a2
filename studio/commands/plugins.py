"""`studio plugins`: which code of the user's own may take part in making frames."""

from __future__ import annotations

from pathlib import Path

import click

from studio.output import emit_json, json_option


@click.group(short_help="Code of your own in recipes: list, allow, forbid.")
def command() -> None:
    """List the plug-ins that are installed, and the files that recipes may run.

    A plug-in is Python code, and runs as you. One that a recipe names by its path runs only where you have allowed it.
    """


@command.command("ls")
@json_option
def list_plugins(as_json: bool) -> None:
    """List installed plug-ins, and the files and folders that were allowed."""
    from importlib.metadata import entry_points

    from engine.plugins.trust import trusted
    from engine.recipe.plugins import ENTRY_POINTS

    installed = {point.name: point.module for point in entry_points(group=ENTRY_POINTS)}
    allowed = [str(path) for path in trusted()]
    if as_json:
        emit_json({"installed": installed, "trusted": allowed})
        return
    for name, module in sorted(installed.items()):
        click.echo(f"{name}  (installed: {module})")
    for path in allowed:
        click.echo(path)
    if not installed and not allowed:
        click.echo("No plug-in is installed, and no file was allowed to run as one.")


@command.command("trust")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@json_option
def trust_path(path: Path, as_json: bool) -> None:
    """Let recipes run the plug-in in the file PATH, or those in the folder PATH, as they are now and as they become."""
    from engine.plugins.trust import trust

    trust(path)
    _tell(path, "is trusted now", as_json)


@command.command("distrust")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def distrust_path(path: Path, as_json: bool) -> None:
    """Let recipes run PATH no more."""
    from engine.errors import BadInput
    from engine.plugins.trust import distrust

    if not distrust(path):
        raise BadInput(f"{path}: this was not trusted; `studio plugins ls` lists what is.")
    _tell(path, "is trusted no more", as_json)


def _tell(path: Path, what: str, as_json: bool) -> None:
    if as_json:
        from engine.plugins.trust import trusted

        emit_json({"trusted": [str(one) for one in trusted()]})
    else:
        click.echo(f"{path.resolve()} {what}.")
