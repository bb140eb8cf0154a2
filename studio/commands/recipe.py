"""`studio recipe`: open a recipe in the app, and what the Recipe screen does with one, without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import BadInput, StudioError
from studio.commands.render import seed_option, set_option
from studio.output import InOrder, emit_json, graphics_option, json_option

if TYPE_CHECKING:
    from engine.recipe.model import Recipe
    from studio.estimate import Estimate

SHEET_FRAMES = 9
MEASURED_WIDTH = 240
"""Pixels across the frame that `estimate` renders."""

start_option = click.option(
    "--start", default=0, show_default=True, type=click.IntRange(min=0), help="Index of the first frame."
)


class OpensFiles(InOrder):
    """A recipe in the place of a command is opened: `studio recipe my.toml`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            import presets

            if args[0].endswith(".toml") or args[0] in presets.names():
                return "open", open_recipe, args
        return super().resolve_command(ctx, args)


@click.group(cls=OpensFiles)
def command() -> None:
    """Open a recipe in the app; check, compare and estimate one; print draws of it.

    RECIPE is a preset's name or a .toml file. `studio FILE.toml` opens one too.
    """


@command.command("open")
@click.argument("recipe")
@click.option("--ascii", "characters", is_flag=True, help="Pictures of characters instead of half blocks.")
@graphics_option
def open_recipe(recipe: str, characters: bool, graphics: str | None) -> None:
    """Open RECIPE on the Recipe screen, with a live preview."""
    import presets
    from engine.recipe.load import read_toml
    from studio.commands.inspect import open_app

    file = presets.find(recipe).absolute()
    if not file.exists():
        raise BadInput(f"{recipe}: there is no such file; `studio presets new {recipe}` makes one from a preset.")
    read_toml(file)
    open_app(characters=characters, start="recipe", graphics=graphics, recipe=file)


@command.command("check")
@click.argument("recipe")
@json_option
def check_recipe(recipe: str, as_json: bool) -> None:
    """Say what is wrong with RECIPE, and which of its settings have no effect.

    Reads models, HDRIs and photographs as far as can be done without Blender.
    """
    import presets
    from engine.library.precheck import check_assets
    from studio.recipe_compare import document_of, idle_settings

    document = document_of(presets.find(recipe))
    found = document.recipe()
    check_assets(found)
    idle = idle_settings(document)
    if as_json:
        reasons = [{"path": path, "reason": reason} for path, reason in idle.items()]
        emit_json({"recipe": recipe, "name": found.name, "without_effect": reasons})
        return
    for path, reason in idle.items():
        click.echo(f"{path} has no effect: {reason}.")
    click.echo(f"{recipe}: nothing is wrong.")


@command.command("diff")
@click.argument("recipe")
@click.argument("other", required=False)
@json_option
def diff_recipes(recipe: str, other: str | None, as_json: bool) -> None:
    """List the settings that OTHER has otherwise than RECIPE, defaults included.

    Without OTHER: what was changed on the Recipe screen and not saved yet.
    """
    import presets
    from engine.recipe.load import load_recipe
    from engine.recipe.schema import toml_value
    from studio.recipe_compare import differences

    file = presets.find(recipe)
    before = load_recipe(file)
    after = load_recipe(presets.find(other)) if other is not None else _unsaved(file, before)
    found = differences(before, after)
    if as_json:
        rows = [{"path": one.path, "before": one.before, "after": one.after} for one in found]
        emit_json({"recipe": recipe, "other": other, "differences": rows})
        return
    for one in found:
        click.echo(f"{one.path}: {toml_value(one.before)} → {toml_value(one.after)}")
    if not found:
        against = "no unsaved changes" if other is None else f"nothing differs from {other}"
        click.echo(f"{recipe}: {against}.")


def _unsaved(file: Path, saved: Recipe) -> Recipe:
    """The recipe with the changes that the Recipe screen keeps for it; as it is where there are none."""
    from engine.recipe.document import RecipeDocument
    from studio.recipe_memory import Memory
    from studio.state import Memory as Kept

    draft = Memory.of(Kept().recall("recipe")).drafts.get(str(file.absolute()))
    return saved if draft is None else RecipeDocument(draft.text, file.name, file.parent).recipe()


@command.command("sheet")
@click.argument("recipe")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The PNG to be written.")
@click.option(
    "-n", "--count", default=SHEET_FRAMES, show_default=True, type=click.IntRange(1, 100), help="Number of frames."
)
@seed_option
@start_option
@click.option("--width", default=320, show_default=True, type=click.IntRange(64, 1280), help="Of a frame, pixels.")
@click.option("--samples", default=16, show_default=True, type=click.IntRange(1, 4096), help="Samples per pixel.")
@click.option("--overlay", metavar="NAMES", default="", help="What to draw over the frames: `boxes`, `masks,names`.")
@set_option
@json_option
def draw_sheet(
    recipe: str,
    out: Path,
    count: int,
    seed: int,
    start: int,
    width: int,
    samples: int,
    overlay: str,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write a contact sheet of RECIPE's first frames, by the renderer of the preview: quick, and not what is stored."""
    from studio.overlays import parse_overlays

    overlays, found = parse_overlays(overlay), _loaded(recipe, overrides)
    from studio.commands.show import write_png
    from studio.recipe_draws import frame_of, render_draws
    from studio.sheet import contact_sheet
    from studio.targets import PNG, refuse_target

    refuse_target(out, PNG)
    with click.progressbar(length=count, label="frames", hidden=as_json) as bar:
        indices = tuple(range(start, start + count))
        pictures = render_draws(found, seed, indices, width, samples, heard=lambda one: bar.update(int(one.last)))
    last = {picture.index: picture for picture in pictures}
    sheet = contact_sheet([frame_of(last[index]) for index in indices], overlays)
    write_png(out, sheet)
    one = last[start]
    if as_json:
        size = {"width": sheet.shape[1], "height": sheet.shape[0]}
        emit_json({"png": str(out), **size, "frames": count, "engine": one.engine, "device": one.device})
    else:
        click.echo(
            f"Wrote {out} ({count} frames by {one.engine} on {one.device}, {sheet.shape[1]} × {sheet.shape[0]} px)."
        )


@command.command("estimate")
@click.argument("recipe")
@click.option("-n", "--count", required=True, type=click.IntRange(min=1), help="Number of frames.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder whose disk they go to; else this one.")
@seed_option
@set_option
@json_option
def estimate_frames(
    recipe: str, count: int, out: Path | None, seed: int, overrides: tuple[str, ...], as_json: bool
) -> None:
    """Say how long COUNT frames of RECIPE will take and how much disk, as the Recipe screen does before it queues.

    By frames of the recipe that were made before, or by one that the preview's renderer makes now.
    """
    found = _loaded(recipe, overrides)
    one = _estimated(found, recipe, seed)
    folder = (out or Path()).expanduser().absolute()
    if not as_json:
        click.echo(f"{count} frames of {recipe}: {one.text(count, folder)}.")
        return
    from studio.estimate import free_bytes

    workers = min(one.workers, count)
    emit_json(
        {
            "recipe": recipe, "frames": count, "seconds": round(one.seconds * count / workers, 3),
            "bytes": round(one.bytes * count), "free_bytes": free_bytes(folder), "seconds_of_a_frame": one.seconds,
            "bytes_of_a_frame": round(one.bytes), "workers": one.workers, "source": one.source,
        }
    )  # fmt: skip


def _loaded(recipe: str, overrides: tuple[str, ...]) -> Recipe:
    """The recipe; mistakes are found before anything that takes long begins."""
    import presets
    from engine.library.precheck import check_assets
    from engine.recipe.load import load_recipe

    found = load_recipe(presets.find(recipe), overrides)
    check_assets(found)
    return found


def _estimated(recipe: Recipe, name: str, seed: int) -> Estimate:
    import presets
    from studio.estimate import crew_of, estimate, find_past, measured_from
    from studio.recipe_draws import render_draws

    file = presets.find(name)
    jobs, workers = _engine_knows()
    past = find_past(recipe, name if name in presets.names() else str(file.absolute()), jobs)
    measured = None
    if past is None:
        click.echo("Rendering a frame to measure.", err=True)
        # By Cycles, which frames are rendered with; more samples than the preview has where it would not show enough.
        measured = measured_from(render_draws(recipe, seed, (0,), MEASURED_WIDTH, 16, engine="cycles"))
    found = estimate(recipe, measured, past, crew_of(workers))
    if found is None:
        raise StudioError(f"{name}: the frame rendered so fast that nothing can be said; render one and ask again.")
    return found


def _engine_knows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The engine's jobs and workers; it is not started for that."""
    from engine.errors import EngineDown
    from engine.queue.door_messages import ListJobs, Workers
    from studio.engine_link import connected

    try:
        with connected(start=False) as client:
            return client.request(ListJobs()), client.request(Workers())
    except EngineDown:
        return [], []
