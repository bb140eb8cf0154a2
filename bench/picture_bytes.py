"""Bytes and encoding time of one of several pictures that follow each other, beside Rich-Pixels and textual-image.

    python bench/picture_bytes.py [--image FILE] [--pictures 10] [--sizes 80x24,120x40]

Each picture differs from the one before everywhere, as those of a live preview do (`bench/moving.py`; with --image a
view that wanders over that picture). Every way gets it at the size at which it shows it: half cells at two pixels a
cell, sixel and kitty at 10x20. `ours` is what an ImageView sends: rows of cells in full, with 5 bits a channel, and
with one colour for each cell or several, as lines get slower; on terminals of 256 colours; quadrants; and its stills.
Time is of the processor, the median of the pictures; ratios are to Rich-Pixels, sent as Textual sends segments.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console
from rich.segment import Segment
from rich_pixels import HalfcellRenderer
from textual.strip import Strip

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.moving import moving_pictures  # noqa: E402
from widgets import stills  # noqa: E402
from widgets.cells import half_block_cells  # noqa: E402
from widgets.detail import STEPS, Detail, reduced  # noqa: E402
from widgets.lean import lean_text  # noqa: E402
from widgets.quadrants import quadrant_cells  # noqa: E402

type Picture = npt.NDArray[np.uint8]
type Way = Callable[[Picture, int, int], str]

CELL = (10, 20)
CONSOLE = Console(color_system="truecolor", force_terminal=True, width=500)


def by_rich_pixels(picture: Picture, columns: int, rows: int) -> str:
    return _sent(HalfcellRenderer().render(Image.fromarray(picture), None))


def by_textual_image(name: str) -> Way:
    """Its renderables, as Rich prints them; kitty's are written to standard output, and counted there."""

    def encode(picture: Picture, columns: int, rows: int) -> str:
        from textual_image import renderable

        image = getattr(renderable, f"{name}Image")(Image.fromarray(picture), width=columns, height=rows)
        written, before = io.StringIO(), sys.__stdout__
        sys.__stdout__ = written  # type: ignore[misc,assignment]
        try:
            segments = list(CONSOLE.render(image))
        finally:
            sys.__stdout__ = before  # type: ignore[misc]
        return written.getvalue() + _sent(segments)

    return encode


def _sent(segments: list[Segment]) -> str:
    return Strip(segments).render(CONSOLE)


def ours(detail: Detail) -> Way:
    def encode(picture: Picture, columns: int, rows: int) -> str:
        cells = half_block_cells(reduced(picture, detail))
        return "".join(lean_text(row.segments, "truecolor") for row in cells)

    return encode


def our_palette(picture: Picture, columns: int, rows: int) -> str:
    return "".join(lean_text(row.segments, "256") for row in half_block_cells(picture, palette=True))


def our_quadrants(picture: Picture, columns: int, rows: int) -> str:
    return "".join(lean_text(row.segments, "truecolor") for row in quadrant_cells(picture))


def our_sixel(picture: Picture, columns: int, rows: int) -> str:
    return "".join(stills.sixel_pieces(picture, (0, 0), CELL[1]))


def our_kitty(picture: Picture, columns: int, rows: int) -> str:
    cells = stills.kitty_cells(20, columns, rows, ())
    return "".join(
        [*stills.kitty_pieces(picture, 20, columns, rows), *(lean_text(row.segments, "truecolor") for row in cells)]
    )


HALF, QUARTER = (1, 2), (2, 2)
WAYS: dict[str, tuple[Way, tuple[int, int]]] = {
    "Rich-Pixels": (by_rich_pixels, HALF),
    "textual-image half cells": (by_textual_image("Halfcell"), HALF),
    "textual-image sixel": (by_textual_image("Sixel"), CELL),
    "textual-image kitty": (by_textual_image("TGP"), CELL),
    "ours, full": (ours(STEPS[0]), HALF),
    "ours, 5 bits": (ours(STEPS[1]), HALF),
    "ours, 256 colours": (our_palette, HALF),
    "ours, whole cells": (ours(STEPS[2]), HALF),
    "ours, 2 cells, 4 bits": (ours(STEPS[4]), HALF),
    "ours, 4 cells, 4 bits": (ours(STEPS[6]), HALF),
    "ours, quadrants": (our_quadrants, QUARTER),
    "ours, sixel still": (our_sixel, CELL),
    "ours, kitty still": (our_kitty, CELL),
}


def measure(columns: int, rows: int, count: int, image: Path | None) -> None:
    """Prints the table of one size."""
    print(f"\n{columns}x{rows}, {count} pictures, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<26}{'KB':>8}{'ratio':>7}{'ms':>9}{'ratio':>7}")
    base: tuple[float, float] | None = None
    for name, (way, (across, down)) in WAYS.items():
        pictures = moving_pictures(count + 1, (columns * across, rows * down), image)
        way(pictures[0], columns, rows)
        sizes, times = [], []
        for picture in pictures[1:]:
            began = time.process_time()
            text = way(picture, columns, rows)
            times.append((time.process_time() - began) * 1e3)
            sizes.append(len(text.encode()) / 1e3)
        size, took = statistics.median(sizes), statistics.median(times)
        base = base or (size, took)
        print(f"{name:<26}{size:8.1f}{size / base[0]:7.2f}{took:9.1f}{took / base[1]:7.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", type=Path)
    parser.add_argument("--pictures", type=int, default=10)
    parser.add_argument("--sizes", default="80x24,120x40")
    options = parser.parse_args()
    stills.prepare(CELL)
    gc.freeze()
    for size in options.sizes.split(","):
        columns, _, rows = size.partition("x")
        measure(int(columns), int(rows), options.pictures, options.image)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
