"""`studio evaluate`: predictions against the truth."""

from __future__ import annotations

from pathlib import Path

import click

from engine.errors import BadInput
from studio.opening import open_source
from studio.output import emit_json, json_option


@click.command(short_help="Compare predictions with a dataset: AP, and the frames that went worst.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--predictions", required=True, metavar="FILE", type=click.Path(path_type=Path), help="A COCO file of results."
)
@click.option("--coco", metavar="FILE", type=click.Path(path_type=Path), help="DIR holds the pictures of a COCO file.")
@click.option(
    "--sigma",
    "sigmas",
    multiple=True,
    metavar="NAME=S",
    help="How far off keypoints may be, as a share of the object's size: `cup=0.05`, `cup.handle=0.08`.",
)
@click.option("--worst", default=10, show_default=True, type=click.IntRange(min=0), help="How many frames to list.")
@json_option
def command(
    dataset: Path, predictions: Path, coco: Path | None, worst: int, sigmas: tuple[str, ...], as_json: bool
) -> None:
    """Compare the predictions in FILE with the dataset in DIR, as pycocotools does.

    FILE is a JSON list of `image_id` (the frame's number), `category_id` (as in the COCO export), `score`, and `bbox`,
    `segmentation`, `keypoints` or several of them. A frame's hits, wrong and missed ones are counted at an overlap of
    0.5, for predictions with a score of 0.5 or more. Keypoints are as near as COCO's OKS says, with a sigma of 0.05
    (COCO's own for its 17 points of a person) or that of --sigma.
    """
    import msgspec

    from engine.export.evaluate import evaluate

    found = evaluate(open_source(dataset, coco), predictions, sigmas=dict(map(_sigma, sigmas)))
    listed = found.worst_first()[:worst]
    if as_json:
        emit_json(
            {
                "dataset": str(dataset),
                "predictions": str(predictions),
                "figures": found.figures,
                "classes": found.classes,
                "tables": found.tables,
                "worst": [{"index": index, **msgspec.to_builtins(found.frames[index])} for index in listed],
            }
        )
        return
    from studio.stats_text import evaluation_tables

    for line in evaluation_tables(found):
        click.echo(line)
    totals = [sum(getattr(errors, name) for errors in found.frames.values()) for name in ("hits", "wrong", "missed")]
    click.echo(f"{len(found.frames)} frames: {totals[0]} hits, {totals[1]} wrong, {totals[2]} missed")
    for index in listed:
        errors = found.frames[index]
        if errors.errors:
            click.echo(f"  frame {index}: {errors.hits} hits, {errors.wrong} wrong, {errors.missed} missed")


def _sigma(text: str) -> tuple[str, float]:
    """`cup.handle=0.08` as a name and a number; raises BadInput."""
    name, equals, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not name or not equals or not 0 < value < 10:
        raise BadInput(f"--sigma {text}: it is a name and a number above 0, as in `cup=0.05` or `cup.handle=0.08`.")
    return name, value
