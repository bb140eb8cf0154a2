"""How long `studio` takes from the start of its process to its first complete screen, beside Textual's import alone.

    python bench/first_paint.py [--runs 10] [--size 80x24] [--screens library,recipe,queue,inspect]

Each of the four screens is the first one in turn (Inspect without a dataset is the welcome screen). The screen counts
as complete when its tab and the footer's keys have been sent. Neither engine nor renderer runs. The runs of all
screens and of the bare import are interleaved, so that each meets the same load; compare the ratios.
"""

from __future__ import annotations

import argparse
import json
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
from studio.tabs import SCREENS  # noqa: E402

LAST_OF_FOOTER = b"quit"


def first_paint(screen: str, size: tuple[int, int], home: Path) -> Seconds:
    """From the start of `studio`, whose last screen was `screen`, to all of it on the terminal."""
    state = home / "state" / "dataset-studio" / "screens.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps({"app": {"screen": screen}}))
    number = list(SCREENS).index(screen) + 1
    tab = f"[{number} {SCREENS[screen]}]".encode()
    folders = {f"XDG_{name.upper()}_HOME": str(home / name) for name in ("state", "cache", "config")}
    return until_seen([], lambda output: tab in output and LAST_OF_FOOTER in output, size, folders)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--size", default="80x24", help="columns x rows of the terminal")
    parser.add_argument("--screens", default=",".join(SCREENS))
    options = parser.parse_args(arguments)
    columns, rows = map(int, options.size.split("x"))
    names = options.screens.split(",")
    runs: dict[str, list[Seconds]] = {name: [] for name in ("textual.app alone", *names)}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.runs + 1):
            for name, times in runs.items():
                took = first_paint(name, (columns, rows), Path(folder)) if name in SCREENS else alone()
                if number:  # the first round fills the caches for files and bytecode
                    times.append(took)
    print(f"terminal {options.size}, {options.runs} interleaved runs, load {load()}")
    report(runs)


if __name__ == "__main__":
    main()
