"""`studio export`: write a dataset in a format that training code reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from studio.output import emit_json, json_option


@click.command(short_help="Write a dataset in a format that training code reads.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_name",
    default="coco",
    show_default=True,
    metavar="NAME",
    help="`coco`, or the format of an installed exporter.",
)
@click.option(
    "--out",
    required=True,
    metavar="FILE_OR_DIR",
    type=click.Path(path_type=Path),
    help="A .json file, or a folder to put instances.json into.",
)
@click.option("--masks", type=click.Choice(["rle", "polygon"]), help="How masks are written; rle when left out.")
@click.option("--force", is_flag=True, help="Replace a file that is not an earlier export.")
@json_option
def command(dataset: Path, format_name: str, out: Path, masks: str | None, force: bool, as_json: bool) -> None:
    """Write the dataset in DIR in a format that training code reads.

    COCO: instances JSON whose `file_name`s are relative to DIR. Instances that are not seen are left out. An earlier
    export in the same place is replaced; any other file only with --force.
    """
    from engine.dataset.read import Dataset
    from engine.export.base import make_exporter
    from studio.counting import counted

    options: dict[str, Any] = {} if masks is None else {"masks": masks}
    exporter = make_exporter(format_name, options)
    source = Dataset.open(dataset)
    with counted("Exporting", len(source)) as progress:
        result = exporter.export(source, out, force=force, progress=progress)
    if as_json:
        emit_json(
            {
                "path": str(result.path),
                "format": format_name,
                "frames": result.frames,
                "instances": result.instances,
                "bytes": result.bytes,
            }
        )
    else:
        click.echo(f"{result.path}: {result.frames} frames, {result.instances} instances, {result.bytes / 1e6:.1f} MB")
