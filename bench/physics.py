"""How long it takes until dropped things lie still, against rendering the frame: for 10 and 20 things.

    python bench/physics.py [--runs 5] [--samples 16]

Prints for each number of things the median CPU seconds of a settle and of a render at 320x240 in this process, and the
ratio of the two; and how many drops found no rest. Physics runs on one thread, a render on all: CPU seconds compare
them whatever else the machine does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--samples", type=int, default=16)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.runs} drops each")
    for things in (10, 20):
        _measure(things, options.runs, options.samples)


def _measure(things: int, runs: int, samples: int) -> None:
    import presets
    from engine.annotate import drop
    from engine.blender.frame_renderer import FrameRenderer
    from engine.frame.draw import draw
    from engine.physics.settle import Unsettled
    from engine.recipe.load import load_recipe

    overrides = [
        "render.resolution=[320, 240]",
        f"render.samples={samples}",
        f"objects[0].count={things // 2}",
        f"distractors.count={things // 2}",
    ]
    renderer = FrameRenderer(load_recipe(presets.find("clutter"), overrides), "cpu", lambda path: None)
    prepared = renderer.prepared
    settles: list[float] = []
    restless = 0
    spec = None
    index = 0
    while len(settles) < runs:
        drop._outcomes.clear()
        began = time.process_time()
        try:
            spec = draw(
                renderer.recipe, prepared.catalog, 0, index, 0, lambda fallen: drop.settled(fallen, prepared.bodies, 1)
            )
            settles.append(time.process_time() - began)
        except Unsettled:
            restless += 1
        index += 1
    assert spec is not None
    renderer.render(spec)  # the first one compiles
    began = time.process_time()
    renderer.render(spec)
    render = time.process_time() - began
    settle = statistics.median(settles)
    print(
        f"{things} things: settle {settle:.2f} s, render {render:.2f} s, ratio {settle / render:.2f}; "
        f"{restless} of {index} drops found no rest"
    )


if __name__ == "__main__":
    main()
