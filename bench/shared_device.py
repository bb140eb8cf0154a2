"""What it brings that several workers share a device: how long that is left alone, and frames a second.

    python bench/shared_device.py [RECIPE] [--workers 1 2] [--frames 40] [--rounds 2] [--set KEY=VALUE ...]

Renders frames as the engine does, with so many worker processes at each GPU, or on the processor where there is none;
the numbers take turns, round by round. Frames of the time in which not all of them had done one yet are not counted.
Printed are the share of the time in which nothing was sampled, as `studio engine status` shows it, frames a second, and
these as a multiple of those of the first number of workers.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import presets  # noqa: E402 - the repository is on the path only now
from engine.queue.jobs import JobState  # noqa: E402
from engine.queue.places import local_places  # noqa: E402
from engine.recipe.load import load_recipe, recipe_to_plain  # noqa: E402
from engine.recipe.model import Recipe  # noqa: E402
from tests.queue.supervised import shop  # noqa: E402


async def measure(recipe: Recipe, workers: int, frames: int) -> tuple[float, float]:
    """The share of the time in which nothing was sampled, of the first device, and frames a second, of all."""
    with tempfile.TemporaryDirectory() as folder:
        async with shop(Path(folder), places=local_places(workers=workers), renderer="blender") as it:
            job = it.add("a", frames, recipe=recipe_to_plain(recipe))
            while not all(worker.frames_done for worker in it.supervisor.workers):
                await asyncio.sleep(0.01)
            before, began = it.ledger.job(job.id).done, time.monotonic()
            while it.ledger.job(job.id).state is not JobState.DONE:
                await asyncio.sleep(0.01)
            seconds = time.monotonic() - began
            share = it.supervisor.workers[0].between_samplings
            if share is None:
                raise SystemExit("there were too few frames for so many workers")
            return share, (frames - before) / seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", nargs="?", default="clutter")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    recipe = load_recipe(presets.find(options.recipe), options.overrides)
    found: dict[int, list[tuple[float, float]]] = {workers: [] for workers in options.workers}
    for number in range(options.rounds):
        for workers, measured in found.items():
            measured.append(asyncio.run(measure(recipe, workers, options.frames)))
            share, rate = measured[-1]
            print(f"round {number + 1}, {workers} at a device: {share:.1%} alone, {rate:.3g} frames/s", flush=True)
    print(f"\n{'workers':>7} {'alone':>7} {'frames/s':>9} {'ratio':>6}")
    first = statistics.mean(rate for _, rate in found[options.workers[0]])
    for workers, measured in found.items():
        share, rate = (statistics.mean(values) for values in zip(*measured, strict=True))
        print(f"{workers:>7} {share:>7.1%} {rate:>9.3g} {rate / first:>6.2f}")


if __name__ == "__main__":
    main()
