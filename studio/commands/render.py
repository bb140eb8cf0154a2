"""`studio render`: frames of a recipe into a dataset, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from studio.output import emit_json, json_option

DEVICES = ("auto", "optix", "cuda", "hip", "oneapi", "cpu")

set_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting; VALUE is TOML."
)
seed_option = click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of all draws."
)
device_option = click.option(
    "--device",
    default="auto",
    show_default=True,
    type=click.Choice(DEVICES, case_sensitive=False),
    help="What Cycles renders on; auto takes a GPU where there is one.",
)


@click.command()
@click.argument("recipe")
@click.option("-n", "--count", required=True, type=click.IntRange(min=1), help="Number of frames.")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder of the dataset.")
@click.option("--start", default=0, show_default=True, type=click.IntRange(min=0), help="Index of the first frame.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of all draws; 0 is one too."
)
@set_option
@device_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    recipe: str,
    count: int,
    out: Path,
    start: int,
    seed: int,
    overrides: tuple[str, ...],
    device: str,
    as_json: bool,
) -> int:
    """Render frames of RECIPE, a preset's name or a .toml file, into a dataset.

    Frames that are there already are left alone: the same command again continues where it stopped, and a larger
    --count adds frames. Ctrl-C stops at once and keeps every finished frame.

    \b
    Examples:
      studio render basic --count 100 --out cups
      studio render basic --count 20 --out ducks --set objects[0].model=Duck.glb --set render.samples=128
    """
    return render(ctx, recipe, out, overrides, seed=seed, start=start, count=count, device=device, as_json=as_json)


def render(
    ctx: click.Context,
    recipe_name: str,
    out: Path,
    overrides: tuple[str, ...],
    *,
    seed: int,
    start: int,
    count: int,
    device: str,
    as_json: bool,
) -> int:
    """Load the recipe, render, report; returns the exit code."""
    import presets
    from engine.library.precheck import check_assets
    from engine.recipe.load import load_recipe

    recipe = load_recipe(presets.find(recipe_name), overrides)
    check_assets(recipe)
    # What follows takes longer to import than a mistake takes to find.
    from engine.queue.foreground import RenderOrder, render_foreground
    from studio.progress import RenderReporter
    from studio.recent import remember

    order = RenderOrder(recipe, out, seed, start, count, device, verbose=bool(ctx.obj and ctx.obj["debug"]))
    reporter = RenderReporter(recipe.name)
    try:
        with reporter:
            outcome = render_foreground(order, reporter.listen)
    except KeyboardInterrupt:
        done = reporter.last.done if reporter.last else 0
        click.echo(f"Interrupted. {done} frames of this run are in {out}; the same command continues.", err=True)
        return 130
    remember(out, recipe.name)
    for index, reason in sorted(outcome.failed.items()):
        click.echo(f"Error: {reason if reason.startswith('Frame') else f'Frame {index}: {reason}'}", err=True)
    report = _report(out, outcome)
    if as_json:
        emit_json(report)
    else:
        click.echo(_sentence(out, report))
    return 1 if outcome.failed else 0


def _report(out: Path, outcome: Any) -> dict[str, Any]:
    return {
        "dataset": str(out),
        "rendered": outcome.done,
        "already_there": outcome.skipped,
        "failed": [{"index": index, "reason": reason} for index, reason in sorted(outcome.failed.items())],
        "redraws": sum(outcome.redrawn.values()),
        "redrawn": outcome.redrawn,
        "device": outcome.device,
        "seconds": round(outcome.seconds, 3),
        "warnings": list(outcome.warnings),
    }


def _sentence(out: Path, report: dict[str, Any]) -> str:
    from studio.progress import duration, frames

    rate = f", {60 * report['rendered'] / report['seconds']:.1f} frames a minute" if report["rendered"] else ""
    redraws = f" {_thrown_away(report)}" if report["redraws"] else ""
    failed = f" {frames(len(report['failed']))} failed." if report["failed"] else ""
    were = "was" if report["already_there"] == 1 else "were"
    there = f" {report['already_there']} {were} there already." if report["already_there"] else ""
    took = duration(report["seconds"])
    return (
        f"{out}: {frames(report['rendered'])} rendered in {took}{rate}, on {report['device']}.{there}{redraws}{failed}"
    )


def _thrown_away(report: dict[str, Any]) -> str:
    from engine.frame.trouble import in_words

    draws = "1 draw was" if report["redraws"] == 1 else f"{report['redraws']} draws were"
    return f"{draws} thrown away and drawn again: {in_words(report['redrawn'])}."
