"""`studio diff`: whether two datasets are the same, and where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.dataset.diff import DatasetDiff
    from engine.dataset.diff_pixels import PixelDifference


@click.command(short_help="Tell whether two datasets are the same, and where they are not.")
@click.argument("left", metavar="DIR_A", type=click.Path(path_type=Path))
@click.argument("right", metavar="DIR_B", type=click.Path(path_type=Path))
@click.option("--pixels", is_flag=True, help="Read pictures and passes too, and measure how far they are apart.")
@json_option
def command(left: Path, right: Path, pixels: bool, as_json: bool) -> int:
    """Compare the datasets in DIR_A and DIR_B: what they were made from, their frames, records and pixels.

    Pixels are compared by the hashes in the records; with --pixels, files are read, and differences measured. When and
    on what a frame was rendered is no difference. Exits 0 when the datasets are the same, 1 when they are not.
    """
    from engine.dataset.diff import diff_datasets
    from engine.dataset.diff_pixels import diff_pixels
    from engine.dataset.read import Dataset
    from studio.counting import counted

    ours, theirs = Dataset.open(left), Dataset.open(right)
    with counted("Comparing", min(len(ours), len(theirs))) as progress:
        found = diff_datasets(ours, theirs, progress)
    apart: list[PixelDifference] | None = None
    if pixels:
        both = sorted(set(ours.indices()) & set(theirs.indices()))
        with counted("Comparing pixels", len(both)) as progress:
            apart = diff_pixels(ours, theirs, both, progress)
    same = found.same and not apart
    if as_json:
        emit_json({"a": str(left), "b": str(right), "same": same, **_document(found, apart)})
    else:
        from studio.diff_text import lines

        for line in lines(left, right, found, apart):
            click.echo(line)
    return 0 if same else 1


def _document(found: DatasetDiff, apart: list[PixelDifference] | None) -> dict[str, Any]:
    import msgspec

    from engine.dataset.differing import ABSENT, Differing

    def pair(one: Differing) -> dict[str, Any]:
        """A side that has no such value is left out."""
        sides = {"a": one.left, "b": one.right}
        there = {name: msgspec.to_builtins(side) for name, side in sides.items() if side is not ABSENT}
        return {"path": one.path, **there}

    fields = {
        path: {
            "frames": known.frames,
            "largest_difference": known.largest,
            "example": {"frame": known.example_frame, **pair(known.example)} if known.example else None,
        }
        for path, known in found.fields.items()
    }
    document = {
        "made_from": [pair(one) for one in found.made_from],
        "notes": [pair(one) for one in found.notes],
        "frames": {"common": found.common, "only_a": found.only_left, "only_b": found.only_right},
        "pixel_hashes": found.files,
        "records": {"frames": found.records, "fields": fields, "frames_without_details": found.undetailed},
        "unreadable": {str(index): text for index, text in found.unreadable.items()},
    }
    return document | ({"pixels": msgspec.to_builtins(apart)} if apart is not None else {})
