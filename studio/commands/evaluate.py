"""`studio evaluate`: predictions against the truth."""

from __future__ import annotations

from pathlib import Path

import click

from studio.opening import open_source
from studio.output import emit_json, json_option


@click.command(short_help="Compare predictions with a dataset: AP, and the frames that went worst.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--predictions", required=True, metavar="FILE", type=click.Path(path_type=Path), help="A COCO file of results."
)
@click.option("--coco", metavar="FILE", type=click.Path(path_type=Path), help="DIR holds the pictures of a COCO file.")
@click.option("--worst", default=10, show_default=True, type=click.IntRange(min=0), help="How many frames to list.")
@json_option
def command(dataset: Path, predictions: Path, coco: Path | None, worst: int, as_json: bool) -> None:
    """Compare the predictions in FILE with the dataset in DIR, as pycocotools does.

    FILE is a JSON list of `image_id` (the frame's number), `category_id` (as in the COCO export), `score`, and `bbox`
    or `segmentation` or both. A frame's hits, wrong and missed ones are counted at an overlap of 0.5, for predictions
    with a score of 0.5 or more.
    """
    import msgspec

    from engine.export.evaluate import evaluate

    found = evaluate(open_source(dataset, coco), predictions)
    listed = found.worst_first()[:worst]
    if as_json:
        emit_json(
            {
                "dataset": str(dataset),
                "predictions": str(predictions),
                "figures": found.figures,
                "classes": found.classes,
                "worst": [{"index": index, **msgspec.to_builtins(found.frames[index])} for index in listed],
            }
        )
        return
    from studio.stats_text import KINDS

    for kind, figures in found.figures.items():
        values = "  ".join(f"{name} {value:.3f}" for name, value in figures.items() if value >= 0)
        click.echo(f"{KINDS[kind]}: {values}")
    for name, value in found.classes.items():
        click.echo(f"  {name}: AP {value:.3f}")
    totals = [sum(getattr(errors, name) for errors in found.frames.values()) for name in ("hits", "wrong", "missed")]
    click.echo(f"{len(found.frames)} frames: {totals[0]} hits, {totals[1]} wrong, {totals[2]} missed")
    for index in listed:
        errors = found.frames[index]
        if errors.errors:
            click.echo(f"  frame {index}: {errors.hits} hits, {errors.wrong} wrong, {errors.missed} missed")
