"""`studio presets spread`: how varied the frames of a recipe are, found out without rendering them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from studio.commands.render import seed_option, set_option
from studio.output import emit_json, json_option


@click.command("spread")
@click.argument("recipe")
@click.option("-n", "--count", default=200, show_default=True, type=click.IntRange(min=1), help="Frames to draw.")
@seed_option
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture of it, a .png file.")
@set_option
@json_option
def command(recipe: str, count: int, seed: int, plot: Path | None, overrides: tuple[str, ...], as_json: bool) -> int:
    """Draw frames of RECIPE, a preset's name or a .toml file, without rendering, and tell how varied they are.

    Viewpoint, distance, boxes, light and background are measured, and every parameter that varies is held against its
    distribution: whether it is stuck, or never comes into the lowest or highest tenth of what it should. Where frames
    are of sequences (`motion.frames`), one of each is drawn.
    """
    import presets
    from engine.library.precheck import check_assets
    from engine.recipe.load import load_recipe

    loaded = load_recipe(presets.find(recipe), overrides)
    check_assets(loaded)
    from engine.errors import BadInput
    from engine.frame.spread import spread_of
    from engine.queue.survey import survey
    from studio.spread_text import spread_data, spread_text

    found = survey(loaded, seed, count, lambda done: _tell(done, count))
    _tell(0, 0)
    if not found.frames:
        raise BadInput(f"No frame of {loaded.name} can be drawn. {next(iter(found.failed.values()))}")
    spread = spread_of(loaded, found.frames)
    if plot is not None:
        from studio.spread_plot import save_plot

        try:
            save_plot(loaded.name, spread, plot)
        except OSError as error:
            raise BadInput(
                f"{plot}: the plot cannot be written ({error.strerror or error}); name another file."
            ) from None
    if as_json:
        emit_json(spread_data(loaded.name, seed, spread, found))
    else:
        click.echo(spread_text(loaded.name, spread, found))
    return 0


def _tell(done: int, count: int) -> None:
    """One line on a terminal that is written over, and goes at the end."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{f'{done} of {count} frames drawn' if count else ''}", err=True, nl=False)
