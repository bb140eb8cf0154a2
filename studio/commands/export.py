"""`studio export`: write a dataset in formats that training code reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.export.base import Exporter, ExportResult
    from engine.export.output import ImageMode


@click.command(short_help="Write a dataset in formats that training code reads.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "formats",
    multiple=True,
    default=("coco",),
    show_default="coco",
    metavar="NAME",
    help="A format, repeatable: docs/exports.md tells of all.",
)
@click.option(
    "--out",
    required=True,
    metavar="FILE_OR_DIR",
    type=click.Path(path_type=Path),
    help="A folder; with several formats each gets one of its own in it. Of coco alone, a .json file, too.",
)
@click.option("--split", metavar="A=0.8,B=0.2", help="Divide the frames by fractions, by a hash of their numbers.")
@click.option(
    "--split-by",
    multiple=True,
    metavar="NAME=FILTER",
    help="Put the frames that match a filter (as in `inspect`) into a split; the others go by --split. Repeatable.",
)
@click.option("--split-seed", type=int, default=0, show_default=True, metavar="N", help="Divide differently.")
@click.option(
    "--images",
    type=click.Choice(["link", "symlink", "copy"]),
    default="link",
    show_default=True,
    help="Pictures become hard links (copies, where there are none), symbolic links, or copies.",
)
@click.option("--masks", type=click.Choice(["rle", "polygon"]), help="How COCO's masks are written; rle when left out.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="[FORMAT.]NAME=VALUE",
    help="Set an option of a format, or of all that have it. Repeatable.",
)
@click.option("--force", is_flag=True, help="Replace files that are not of an earlier export.")
@json_option
def command(
    dataset: Path,
    formats: tuple[str, ...],
    out: Path,
    split: str | None,
    split_by: tuple[str, ...],
    split_seed: int,
    images: ImageMode,
    masks: str | None,
    options: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Write the dataset in DIR in one format or more that training code reads.

    What is written is read back from the disk and compared. An export that was interrupted is continued by the same
    command. An earlier export of the same format in the same place is replaced, or gets the frames that came since;
    any other file is replaced only with --force.
    """
    from engine.dataset.read import Dataset
    from engine.export.base import make_exporter
    from engine.export.run import export
    from engine.export.splits import parse_splits
    from studio.counting import counted

    rule = parse_splits(split, split_by, split_seed)
    names = list(dict.fromkeys(formats))
    chosen = _options([*options, *([f"masks={masks}"] if masks else [])], names)
    exporters = [make_exporter(name, chosen[name]) for name in names]
    source = Dataset.open(dataset)
    with counted("Looking at", len(source)) as looked:
        splits = rule.divide(source, looked)
    results: list[tuple[Exporter, ExportResult]] = []
    for exporter in exporters:
        with counted(f"Exporting {exporter.name}", len(source)) as progress:
            place = out if len(exporters) == 1 else out / exporter.name
            result = export(
                exporter, source, place, splits=splits, rule=rule, images=images, force=force, progress=progress
            )
        results.append((exporter, result))
        if not as_json:
            _say(result)
    if as_json:
        emit_json({"dataset": str(dataset), "exports": [_plain(exporter, result) for exporter, result in results]})


def _options(texts: Sequence[str], formats: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The options of each format; raises BadInput for one that no format has."""
    from dataclasses import fields

    from engine.errors import BadInput
    from engine.export.base import exporter_class

    known = {name: {member.name for member in fields(exporter_class(name))} for name in formats}
    found: dict[str, dict[str, Any]] = {name: {} for name in formats}
    for text in texts:
        path, equals, value = text.partition("=")
        asked, dot, option = path.strip().rpartition(".")
        if not equals or not option:
            raise BadInput(f"--option {text}: [FORMAT.]NAME=VALUE is expected, as in yolo.labels=segment.")
        taking = [name for name in formats if (name == asked if dot else option in known[name])]
        if not taking:
            raise BadInput(_unknown(text, asked, option, known))
        for name in taking:
            found[name][option] = value
    return found


def _unknown(text: str, asked: str, option: str, known: Mapping[str, set[str]]) -> str:
    if asked:
        return f"--option {text}: the format '{asked}' is not exported; name it by --format, too."
    having = [f"{name}.{member}" for name, members in known.items() for member in sorted(members)]
    return f"No format that is exported has the option '{option}'; there are: {', '.join(having) or 'none'}."


def _say(result: ExportResult) -> None:
    parts = [f"{result.frames} frames", f"{result.instances} instances", f"{result.bytes / 1e6:.1f} MB"]
    if result.splits:
        parts.append(", ".join(f"{name} {count}" for name, count in result.splits.items()))
    if result.continued:
        parts.append(f"{result.continued} frames were there already")
    click.echo(f"{result.path}: {', '.join(parts)}")
    for note in result.notes:
        click.echo(f"note: {note}", err=True)


def _plain(exporter: Exporter, result: ExportResult) -> dict[str, Any]:
    return {
        "path": str(result.path),
        "format": exporter.name,
        "frames": result.frames,
        "instances": result.instances,
        "bytes": result.bytes,
        "continued": result.continued,
        "splits": dict(result.splits) if result.splits else None,
        "notes": list(result.notes),
    }
