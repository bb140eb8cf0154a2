"""`studio bench`: where a frame's time goes, and what would save most of it."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from engine.errors import BadInput
from studio.commands.render import device_option, seed_option, set_option
from studio.output import emit_json, json_option

FRAMES_TRIED = 2
"""Frames that are rendered with each setting that is tried, at most."""


@click.command(short_help="Tell where a frame's time goes by stage, and which settings would save most.")
@click.argument("recipe")
@click.option("-n", "--frames", default=3, show_default=True, type=click.IntRange(min=1), help="Frames that count.")
@click.option("--stages-only", is_flag=True, help="Try no other settings.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the frames there and remove them again: a folder on the disk that datasets go to. The user's cache "
    "without it.",
)
@seed_option
@set_option
@device_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    recipe: str,
    frames: int,
    stages_only: bool,
    folder: Path | None,
    seed: int,
    overrides: tuple[str, ...],
    device: str,
    as_json: bool,
) -> int:
    """Render a few frames of RECIPE, a preset's name or a .toml file, as a job would, and tell where their time goes.

    Then single settings that could save time are tried on the same frames: fewer samples, a fast denoiser or none,
    fewer bounces, no caustics, JPEG, fewer passes. Told is what each saves, and how far the picture is from the
    recipe's own (PSNR, dB; 30 shows, 40 hardly does). The recipe's own frames come once more at the end, so that a
    machine whose speed drifts is noticed.

    The first frame of each setting does not count: it loads and compiles. No frame is kept.

    \b
    Examples:
      studio bench basic
      studio bench cups.toml --frames 5 --stages-only --set render.samples=128
    """
    import presets
    from engine.library.precheck import check_assets
    from engine.recipe.load import load_recipe

    loaded = load_recipe(presets.find(recipe), overrides)
    check_assets(loaded)
    from engine.queue.bench import Trial, measure
    from engine.recipe.cheaper import cheaper
    from studio.bench import bench_of
    from studio.bench_text import bench_data, bench_text
    from studio.progress import RenderReporter

    changes = [] if stages_only else list(cheaper(loaded))
    few = min(frames, FRAMES_TRIED)
    trials = [Trial(loaded, frames), *(Trial(change.recipe, few) for change in changes)]
    if changes:
        trials.append(Trial(loaded, few))
    verbose = bool(ctx.obj and ctx.obj["debug"])
    with _place(folder) as place:
        with RenderReporter(loaded.name) as reporter:
            found = measure(trials, place, seed, device, reporter.listen, verbose=verbose)
        own, tried, again = found[0], found[1 : 1 + len(changes)], found[-1] if changes else None
        bench = bench_of(own, changes, tried, again)
    if as_json:
        width, height = loaded.render.resolution
        setting = {"recipe": loaded.name, "device": own.device, "resolution": [width, height], "frames": frames}
        emit_json(setting | {"samples": loaded.render.samples} | bench_data(bench))
    else:
        plain = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
        size = "x".join(map(str, loaded.render.resolution))
        click.echo(f"{loaded.name}: {size}, {loaded.render.samples} samples, on {own.device}\n")
        click.echo(bench_text(bench, plain=plain))
    return 0


@contextlib.contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    """A new folder, in `folder` or in the user's cache, for the length of a block."""
    from engine.queue.datasets import refuse_unwritable
    from engine.scratch import Scratch

    if folder is None:
        scratch = Scratch("bench")
        try:
            yield scratch.path
        finally:
            scratch.remove()
        return
    if not folder.is_dir():
        raise BadInput(f"--folder {folder}: there is no such folder; name one that is there.")
    refuse_unwritable(folder)
    with tempfile.TemporaryDirectory(prefix=".studio-bench-", dir=folder) as path:
        yield Path(path)
