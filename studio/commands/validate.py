"""`studio validate`: read a dataset back and check all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.dataset.validate import Validation


@click.command(short_help="Read a dataset back and check every record against its files.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--coco", metavar="FILE", type=click.Path(path_type=Path), help="DIR holds the pictures of a COCO file.")
@json_option
def command(dataset: Path, coco: Path | None, as_json: bool) -> int:
    """Read the dataset in DIR back and check all of it.

    Pictures against their sizes and hashes; masks against each other and against boxes and areas; classes, camera and
    poses against the recipe and the frame's spec; and the COCO export as pycocotools reads it. With --coco, pictures
    against their sizes, boxes against masks and pictures, and numbers and classes. Exits 1, with a list, when anything
    is wrong.
    """
    import msgspec

    found = _validated(dataset, coco)
    if as_json:
        emit_json({"dataset": str(dataset), **msgspec.to_builtins(found)})
        return 1 if found.problems else 0
    for problem in found.problems:
        click.echo(f"{problem.file}: {problem.what}")
    if found.leftovers:
        files = f"{len(found.leftovers)} files" if len(found.leftovers) > 1 else found.leftovers[0]
        click.echo(f"Note: {files} of a frame that was not finished; harmless, replaced when it is rendered.")
    outcome = _count(len(found.problems), "problem") if found.problems else "no problems"
    click.echo(f"{dataset}: {_count(found.frames, 'frame')}, {_count(found.instances, 'instance')}, {outcome}")
    return 1 if found.problems else 0


def _validated(folder: Path, coco: Path | None) -> Validation:
    from studio.counting import counted

    if coco is not None:
        from engine.export.coco_view import CocoView
        from engine.export.validate_coco import validate_coco

        view = CocoView.open(folder, coco)
        with counted("Validating", len(view.images)) as progress:
            return validate_coco(view, progress)
    from engine.dataset.read import Dataset
    from engine.dataset.validate import validate_dataset

    source = Dataset.open(folder)
    with counted("Validating", len(source)) as progress:
        return validate_dataset(source, progress)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
