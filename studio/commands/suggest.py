"""`studio suggest`: from what a detector misses to what the next dataset should have more of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.export.suggest import Suggestion


@click.command(short_help="Name the settings whose ranges hold the most misses of a detector.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--predictions", required=True, metavar="FILE", type=click.Path(path_type=Path), help="A COCO file of results."
)
@click.option("--most", default=8, show_default=True, type=click.IntRange(min=1), help="How many settings to name.")
@json_option
def command(dataset: Path, predictions: Path, most: int, as_json: bool) -> None:
    """Name the settings whose ranges hold the most misses of a detector on the dataset in DIR.

    FILE is that of `studio evaluate`; what is missed is counted as there. A range is named where misses are more
    frequent in it than elsewhere, and more than chance explains. Each comes with the setting that makes more such
    frames: render them with another seed, and train on them too.

    \b
    Example:
      studio suggest cups --predictions results.json
      studio queue add basic --count 500 --seed 9 --out more --set 'camera.elevation={uniform=[8, 17]}'
    """
    import msgspec

    from engine.dataset.read import Dataset
    from engine.export.evaluate import evaluate
    from engine.export.suggest import suggest
    from studio.counting import counted

    source = Dataset.open(dataset)
    missed = evaluate(source, predictions).missed
    with counted("Reading", len(source)) as progress:
        found = suggest(source.iter_records(), missed, progress)[:most]
    lost = sum(map(len, missed.values()))
    if as_json:
        suggestions = [{**msgspec.to_builtins(each), "setting": each.setting} for each in found]
        emit_json(
            {
                "dataset": str(dataset),
                "predictions": str(predictions),
                "frames": len(missed),
                "missed": lost,
                "suggestions": suggestions,
            }
        )
        return
    click.echo(f"{lost} instances missed in {len(missed)} frames")
    if not found:
        click.echo("No range of a setting holds more misses than chance explains.")
    for each in found:
        click.echo(_line(each))
        if each.setting:
            click.echo(f"    more of them: --set '{each.setting}'")


def _line(each: Suggestion) -> str:
    from engine.export.suggest import MEASURED

    if each.value is not None:
        where = f"{each.parameter} = {each.value}"
    elif each.low == each.high:
        where = f"{each.parameter} = {each.low:g}"
    else:
        where = f"{each.parameter} from {each.low:g} to {each.high:g}"
    if each.parameter in MEASURED:
        where += f" ({MEASURED[each.parameter]})"
    here, there = each.missed / each.count, each.missed_elsewhere / max(each.count_elsewhere, 1)
    what = "frames with misses" if each.unit == "frames" else "missed"
    return f"{where}: {each.missed} of {each.count} {what} ({here:.0%}), elsewhere {there:.0%}"
