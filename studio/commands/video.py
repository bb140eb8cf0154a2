"""`studio video`: a dataset's frames, or one of its sequences, as a film."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import BadInput, DatasetError
from studio.browser import SOURCES
from studio.output import emit_json, json_option
from studio.overlays import OPTION_HELP, parse_overlays
from studio.targets import MP4, refuse_target

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engine.dataset.read import Dataset

SLIDES = 4.0
"""Frames a second of a dataset whose frames stand alone."""


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", required=True, metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="An .mp4.")
@click.option("--overlay", metavar="NAMES", default="none", show_default=True, help=OPTION_HELP)
@click.option("--sequence", type=click.IntRange(min=0), metavar="N", help="Only sequence N; all frames without it.")
@click.option(
    "--fps",
    type=click.FloatRange(0.01, 1000),
    metavar="F",
    help=f"Frames a second; the recipe's motion.rate, or {SLIDES:g} where frames stand alone, without it.",
)
@click.option("--as", "source", type=click.Choice(SOURCES), default="color", help="Show a stored pass, not colour.")
@json_option
def command(
    directory: Path, out: Path, overlay: str, sequence: int | None, fps: float | None, source: str, as_json: bool
) -> None:
    """Make a film of a dataset's frames in their order, with or without their annotations.

    H.264 in an .mp4 file, which browsers and players show. Frames that are not rendered yet are left out, and counted.
    """
    from engine.dataset.read import Dataset

    overlays = parse_overlays(overlay)
    refuse_target(out, MP4)
    dataset = Dataset.open(directory)
    indices, missing, rate = _chosen(dataset, sequence)
    rate = fps or rate
    from studio.film import write_film

    write_film(out, _tell(_pictures(dataset, indices, overlays, source), len(indices)), rate)
    if as_json:
        found: dict[str, Any] = {"dataset": str(directory), "video": str(out), "frames": len(indices)}
        emit_json(found | {"missing": missing, "fps": rate, "seconds": len(indices) / rate, "sequence": sequence})
        return
    lost = f"; {missing} of its frames are not there" if missing else ""
    click.echo(f"Wrote {out} ({len(indices)} frames, {rate:g} a second{lost}).")


def _chosen(dataset: Dataset, sequence: int | None) -> tuple[list[int], int, float]:
    """The frames of the film, how many of a sequence's are missing, and how many there are in a second.

    Raises:
        BadInput: there are no sequences.
        DatasetError: there are no such frames.
    """
    motion = dataset.manifest.recipe.get("motion", {})
    length = int(motion.get("frames", 1))
    rate = float(motion.get("rate", SLIDES)) if length > 1 else SLIDES
    indices = dataset.refresh()
    if sequence is None:
        if not indices:
            raise DatasetError(f"{dataset.root} has no frames yet.")
        return indices, 0, rate
    if length == 1:
        raise BadInput(
            f"{dataset.root} has no sequences: its frames stand alone (motion.frames is 1). Leave --sequence out."
        )
    chosen = [index for index in indices if index // length == sequence]
    if not chosen:
        last = max(indices, default=-1) // length
        there = f"its frames are of the sequences 0 to {last}" if indices else "it has no frames yet"
        raise DatasetError(f"{dataset.root} has no frame of sequence {sequence}; {there}.")
    return chosen, length - len(chosen), rate


def _pictures(
    dataset: Dataset, indices: list[int], overlays: frozenset[str], source: str
) -> Iterator[npt.NDArray[np.uint8]]:
    """The finished pictures, (H, W, 3), one after the other."""
    from engine.annotate.overlay import draw
    from studio.frames import read_frame

    for index in indices:
        frame = read_frame(dataset, index, source)
        if frame.record is None or frame.picture is None or frame.ids is None:
            raise DatasetError(frame.problem)
        if overlays:
            yield draw(frame.picture, frame.record, frame.ids, overlays, skeletons=frame.skeletons)
        else:
            yield frame.picture


def _tell(pictures: Iterator[npt.NDArray[np.uint8]], count: int) -> Iterator[npt.NDArray[np.uint8]]:
    """One line on a terminal that is written over, and goes at the end."""
    shown = sys.stderr.isatty()
    for done, picture in enumerate(pictures, start=1):
        yield picture
        if shown:
            click.echo(f"\r\x1b[K{done} of {count} frames" if done < count else "\r\x1b[K", err=True, nl=False)
