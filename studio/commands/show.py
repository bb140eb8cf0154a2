"""`studio show`: a frame or a contact sheet, in the terminal or as a PNG file."""

from __future__ import annotations

import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.dataset.read import Dataset
from engine.errors import BadInput, DatasetError
from engine.files import reason, write_atomically
from studio.browser import SOURCES
from studio.frames import Frame
from studio.looks import MORE_COLORS, Look, look_for
from studio.output import emit_json, json_option
from studio.overlays import OPTION_HELP, parse_overlays
from studio.showing import Shown, shown
from studio.targets import PNG, refuse_target

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from rich.console import Console


USUAL = "masks,boxes,names,keypoints"
"""Overlays of a frame, unless `--overlay` says otherwise; beside predictions, where there are any."""

FILE_FRAMES = 12
"""Frames on a contact sheet in a file, unless `--count` says otherwise."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to show something."""

    overlays: frozenset[str] | None
    """None for what suits a frame or a sheet."""
    source: str
    png: Path | None
    count: int | None
    width: int | None
    characters: bool
    as_json: bool


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--index", type=click.IntRange(min=0), metavar="I", help="Show frame I; a contact sheet without it.")
@click.option("--overlay", metavar="NAMES", help=f"{OPTION_HELP} A frame has {USUAL}, a sheet masks.")
@click.option("--coco", metavar="FILE", type=click.Path(path_type=Path), help="DIR holds the pictures of a COCO file.")
@click.option(
    "--predictions",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Show a COCO file of results beside the truth, the worst frames first.",
)
@click.option("--filter", "query", metavar="QUERY", default="", help="Only these frames: `azimuth>90 class=cup`.")
@click.option("--as", "source", type=click.Choice(SOURCES), default="color", help="Show a stored pass, not colour.")
@click.option("--png", type=click.Path(path_type=Path), metavar="FILE", help="Write it to a file in full resolution.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Frames on a contact sheet.")
@click.option("--width", type=click.IntRange(min=8), metavar="COLS", help="Columns to use, also without a terminal.")
@click.option("--ascii", "characters", is_flag=True, help="Pictures of characters instead of half blocks.")
@json_option
def command(
    directory: Path,
    index: int | None,
    overlay: str | None,
    coco: Path | None,
    predictions: Path | None,
    query: str,
    source: str,
    png: Path | None,
    count: int | None,
    width: int | None,
    characters: bool,
    as_json: bool,
) -> None:
    """Print a frame of a dataset, or a contact sheet, in the terminal.

    The pictures carry their annotations. Where no picture can be shown, prints what there is as a table.
    """
    overlays = parse_overlays(overlay) if overlay is not None else None
    options = Options(overlays, source, png, count, width, characters, as_json)
    chosen = shown(directory, coco, predictions, query)
    if index is not None:
        _show_frame(chosen, index, options)
    else:
        _show_sheet(chosen, options)


def _show_frame(chosen: Shown, index: int, options: Options) -> None:
    if index not in chosen.indices:
        raise DatasetError(_no_frame(chosen, index))
    overlays = parse_overlays(f"{USUAL},predictions") if options.overlays is None else options.overlays
    frame = chosen.frame(index, options.source)
    if frame.record is None or frame.picture is None or frame.ids is None:
        raise DatasetError(frame.problem)
    record = frame.record
    if options.png is not None:
        from engine.annotate.overlay import draw

        drawn = draw(
            frame.picture, record, frame.ids, overlays, skeletons=frame.skeletons, predictions=frame.predictions
        )
        write_png(options.png, drawn)
    if options.as_json:
        emit_json(_frame_summary(chosen, frame, options.png))
    elif options.png is not None:
        click.echo(f"Wrote {options.png} ({record.width} × {record.height} px).")
    else:
        from studio.printing import dataset_title, one_frame, print_instances

        screen = _screen(options)
        screen.console.print(dataset_title(chosen, record))
        if screen.pictures:
            screen.console.print(one_frame(frame, overlays, screen.console.width, screen.rows, screen.look))
            _hint_at_colors(screen.look)
        else:
            print_instances(screen.console, record)
            _hint()


def _show_sheet(chosen: Shown, options: Options) -> None:
    overlays = frozenset({"masks", "predictions"}) if options.overlays is None else options.overlays
    if options.png is not None:
        if not chosen.indices:
            raise DatasetError(f"{_nothing(chosen)}, so there is nothing to write to {options.png}.")
        from studio.sheet import contact_sheet

        indices = chosen.sheet(options.count or FILE_FRAMES)
        sheet = contact_sheet([chosen.frame(index, options.source) for index in indices], overlays)
        write_png(options.png, sheet)
        if not options.as_json:
            click.echo(f"Wrote {options.png} ({len(indices)} frames, {sheet.shape[1]} × {sheet.shape[0]} px).")
    if options.as_json:
        emit_json(_summary(chosen, options.png))
    elif options.png is None:
        _print_sheet(chosen, overlays, options)


def _print_sheet(chosen: Shown, overlays: frozenset[str], options: Options) -> None:
    from studio.printing import dataset_title, grid_for, print_summary, sheet

    screen, indices = _screen(options), chosen.indices
    if not screen.pictures or not indices:
        print_summary(screen.console, chosen)
        if indices:
            _hint()
        return
    first = chosen.frame(indices[0]).record
    wanted = min(options.count or len(indices), len(indices))
    across, down, size = grid_for(first, wanted, screen.console.width, screen.rows)
    frames = [chosen.frame(index, options.source) for index in chosen.sheet(options.count or across * down)]
    screen.console.print(dataset_title(chosen, None))
    screen.console.print(sheet(frames, overlays, across, size, screen.look))
    _hint_at_colors(screen.look)


@dataclass(frozen=True, slots=True)
class _Screen:
    """Where things are printed."""

    console: Console
    pictures: bool
    """Whether pictures can be shown there."""
    look: Look
    rows: int
    """Lines for a picture, so that it can be seen whole; very many where nobody said how many there are."""


def _screen(options: Options) -> _Screen:
    from rich.console import Console, ConsoleDimensions

    given = options.width is not None
    # Characters are asked for where there may be no terminal at all, so nothing is forced into a file or a pipe.
    forced = given and not options.characters
    console = Console(width=options.width, highlight=False, force_terminal=True if forced else None)
    if console.is_dumb_terminal:
        # Rich takes such a terminal to be 80 wide, whatever it was told.
        size = shutil.get_terminal_size()
        console.size = ConsoleDimensions(options.width or size.columns, size.lines)
    pictures = given or console.is_terminal
    look = look_for(console, options.characters)
    return _Screen(console, pictures, look, 10_000 if given else console.height - 3 - _needs_hint(look))


def _needs_hint(look: Look) -> bool:
    return look.palette and sys.stderr.isatty()


def _hint_at_colors(look: Look) -> None:
    """One line for the person at the terminal; nothing that a pipe or a file would keep."""
    if _needs_hint(look):
        click.echo(click.style(MORE_COLORS, dim=True), err=True)


def _hint() -> None:
    click.echo("No picture is shown because this is no terminal; `--png FILE` writes it to a file.", err=True)


def _nothing(chosen: Shown) -> str:
    root = chosen.source.root
    return f"No frame of {root} matches the filter" if chosen.everything else f"{root} has no frames yet"


def _no_frame(chosen: Shown, index: int) -> str:
    if not chosen.indices:
        return f"{_nothing(chosen)}."
    if index in chosen.everything:
        return f"Frame {index} of {chosen.source.root} does not match the filter."
    first, last = min(chosen.indices), max(chosen.indices)
    nearest = min(chosen.indices, key=lambda other: abs(other - index))
    span = f"its frames are numbered {first} to {last}, the nearest is {nearest}"
    return f"{chosen.source.root} has no frame {index}; {span}."


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _frame_summary(chosen: Shown, frame: Frame, png: Path | None) -> dict[str, Any]:
    import msgspec

    from engine.annotate.record import record_to_builtins

    plain = record_to_builtins(frame.own) if frame.own is not None else msgspec.to_builtins(frame.record)
    predictions = {"predictions": msgspec.to_builtins(frame.predictions)} if chosen.worst_first else {}
    return {"dataset": str(chosen.source.root), "png": _text(png), "record": plain, **predictions}


def _summary(chosen: Shown, png: Path | None) -> dict[str, Any]:
    source = chosen.source
    found: dict[str, Any] = {"dataset": str(source.root), "name": source.name}
    if isinstance(source, Dataset):
        manifest = source.manifest
        found |= {
            "seed": manifest.seed,
            "classes": [entry.name for entry in manifest.classes],
            "resolution": list(manifest.storage.resolution),
            "passes": list(manifest.storage.passes),
        }
    else:
        found |= {"coco": str(source.file), "classes": [entry.name for entry in source.categories.values()]}
    return found | {"frames": len(chosen.indices), "indices": chosen.indices, "png": _text(png)}


def write_png(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    """Write a picture (H, W, 3) whole or not at all, over an earlier picture if there is one.

    Raises:
        BadInput: the file cannot be written, or something else is there that would be lost.
    """
    from PIL import Image

    refuse_target(path, PNG)
    data = io.BytesIO()
    Image.fromarray(picture).save(data, format="PNG")
    try:
        write_atomically(path, data.getvalue())
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {reason(error)}.") from error
