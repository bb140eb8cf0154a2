"""How long `studio inspect` takes from the start of its process to the first picture, on a dataset of 10,000 frames.

    python bench/inspect_start.py [--frames 10000] [--runs 5] [--size 120x40]

The dataset is made by repeating a few synthetic frames; nothing is rendered. The program runs in a terminal of its own,
in turns with the bare import of Textual: on a busy machine compare the ratios.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from bench.in_terminal import (  # noqa: E402 - the repository is on the path only now
    Seconds,
    alone,
    load,
    report,
    until_seen,
)
from tests.factory import make_dataset, multiply_dataset  # noqa: E402

HALF_BLOCK, ENOUGH = "▄".encode(), 100


def first_picture(dataset: Path, size: tuple[int, int], state: Path) -> Seconds:
    """From the process' start to the first half blocks in the terminal."""
    return until_seen(
        ["inspect", str(dataset)],
        lambda output: output.count(HALF_BLOCK) >= ENOUGH,
        size,
        {"XDG_STATE_HOME": str(state)},
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", default="120x40", help="columns x rows of the terminal")
    options = parser.parse_args(arguments)
    columns, rows = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder, "dataset")
        make_dataset(dataset, 4, width=640, height=480)
        multiply_dataset(dataset, options.frames)
        runs, textual = [], []
        for number in range(options.runs + 1):
            took, bare = first_picture(dataset, (columns, rows), Path(folder)), alone()
            if number:  # the first round fills the caches for files and bytecode
                runs.append(took)
                textual.append(bare)
    print(f"{options.frames:,} frames of 640 x 480, terminal {options.size}, {options.runs} runs, load {load()}")
    report({"textual.app alone": textual, "first picture": runs})


if __name__ == "__main__":
    main()
