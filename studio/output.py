"""How commands report: text for people, or one JSON document for scripts. Errors never come this way."""

from __future__ import annotations

import json
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Report as one JSON document on stdout.")

graphics_option = click.option(
    "--graphics",
    type=click.Choice(["auto", "blocks", "quadrants", "kitty", "sixel", "ascii"]),
    help="In the app, how pictures are shown; kitty and sixel are for those that stand still.",
)


def emit_json(document: Any) -> None:
    """Print a JSON document."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


class InOrder(click.Group):
    """A group that lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)
