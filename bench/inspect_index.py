"""How long a dataset of 100,000 frames takes to index, to open again, to filter and to sort.

    python bench/inspect_index.py [--frames 100000] [--dataset DIR]

The dataset is made by repeating a few synthetic frames, unless DIR names one that is there. Nothing is rendered.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from engine.dataset.index import DatasetIndex  # noqa: E402 - the repository is on the path only now
from engine.dataset.query import matching, ordered  # noqa: E402
from engine.dataset.read import Dataset  # noqa: E402
from engine.dataset.stats import statistics_of  # noqa: E402
from tests.factory import make_dataset, multiply_dataset  # noqa: E402

QUERIES = ("azimuth>90 class=cup area<5000", "!truncated", "plain", "problem")
ORDERS = ("-area", "azimuth", "class")


def timed(name: str, work: Callable[[], object]) -> None:
    """Do something once and print how long it took."""
    start = time.perf_counter()
    work()
    print(f"{name:<44} {time.perf_counter() - start:8.3f} s")


def open_again(root: Path, cache: Path) -> DatasetIndex:
    """What the screen does before its first picture, and right after it."""
    dataset = Dataset.open(root)
    index = DatasetIndex.of(dataset, cache)
    index.tell_dataset()
    dataset.refresh()
    index.update()
    return index


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--dataset", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = options.dataset or Path(folder, "dataset")
        if options.dataset is None:
            make_dataset(root, 4, width=160, height=120, instances=3)
            multiply_dataset(root, options.frames)
        cache = Path(folder, "cache")
        index = DatasetIndex.of(Dataset.open(root), cache)
        timed("list the folders without an index", lambda: Dataset.open(root).refresh())
        timed("build the index, once", index.update)
        timed("nothing has changed", index.update)
        timed("open again", lambda: open_again(root, cache))
        columns = index.columns
        for query in QUERIES:
            timed(f"filter {query}", lambda query=query: matching(columns, query))  # type: ignore[misc]
        for order in ORDERS:
            timed(f"sort by {order}", lambda order=order: ordered(columns, order))  # type: ignore[misc]
        timed("statistics", lambda: statistics_of(columns))
        size = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
        print(f"{len(columns):,} frames, {len(columns.owner):,} instances, {size / 1e6:.0f} MB of index")
    print(f"load of the machine  {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
