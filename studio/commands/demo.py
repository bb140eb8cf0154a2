"""`studio demo`: from nothing to a labelled dataset on the screen."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from studio.commands.render import device_option, seed_option, set_option
from studio.output import json_option

PRESET = "basic"
OVERRIDES = ("render.resolution=[480, 360]", "render.samples=24", "render.passes=['depth']")
"""Six frames in a minute or two on a small CPU."""


@click.command()
@click.option("-n", "--count", default=6, show_default=True, type=click.IntRange(min=1), help="Number of frames.")
@click.option(
    "-o",
    "--out",
    default=Path("studio-demo"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the dataset.",
)
@seed_option
@set_option
@device_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, count: int, out: Path, seed: int, overrides: tuple[str, ...], device: str, as_json: bool
) -> int:
    """Render a small labelled dataset of the cup and show it."""
    from studio.commands.render import render

    code = render(
        ctx, PRESET, out, (*OVERRIDES, *overrides), seed=seed, start=0, count=count, device=device, as_json=as_json
    )
    if code == 0 and not as_json:
        if sys.stdout.isatty():
            from studio.commands.show import command as show

            ctx.invoke(show, directory=out)
        click.echo(
            f"\nBrowse it:    studio inspect {out}\n"
            f"Check it:     studio validate {out}\n"
            f"For training: studio export {out} --format coco --out {out}/coco.json\n"
            f"More frames:  studio render {PRESET} --count 100 --out DIR"
        )
    return code
