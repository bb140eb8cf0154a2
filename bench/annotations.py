"""What annotations cost beside the picture.

    python bench/annotations.py [--rounds 3] [--samples 64] [--resolution 640x480] [--instances 20]
    python bench/annotations.py --masks-only

Three ways to make the same frame take turns in one process, each once unmeasured before:

    picture   the render alone
    usual     with visible and amodal masks, boxes, keypoints, poses and depth, encoded for the disk
    all       with every pass of a single frame, likewise; a stereo pair's right picture is a render of its own

Prints the processor's seconds of each and their ratios to the picture's: goals are 1.05 for `usual` and 1.25 for `all`.
Then the processor's milliseconds from a map of ids to run lengths, boxes and oriented boxes, for 30 instances at
1920 x 1080, as the least of several runs: the goal is 30.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

WAYS = {"picture": (), "usual": ("depth",), "all": None}


def ways_of(options: argparse.Namespace) -> dict[str, Callable[[], object]]:
    import presets
    from engine.annotate.build import build_record
    from engine.annotate.redraw import draw_visible
    from engine.blender.backdrop import Behind
    from engine.blender.frame_renderer import FrameRenderer
    from engine.blender.render import RenderRequest, render_passes
    from engine.dataset.codec import encode_passes
    from engine.dataset.stored_passes import KINDS, stored_passes
    from engine.recipe.load import load_recipe
    from engine.recipe.output import FLOW_PASSES, RIGHT_PASS
    from tests.factory import make_render_info

    width, height = map(int, options.resolution.split("x"))
    overrides = [
        f"render.resolution=[{width}, {height}]",
        f"render.samples={options.samples}",
        f"objects[0].count={options.instances}",
        "visibility.least=0.1",
    ]
    renderer = FrameRenderer(load_recipe(presets.find("basic"), overrides), options.device, lambda path: None)
    spec = draw_visible(renderer.recipe, renderer.prepared.catalog, renderer.bodies, 0, 0)
    renderer.render(spec)
    behind: Behind | None = renderer._stage.behind(spec)

    def way(names: tuple[str, ...] | None) -> Callable[[], object]:
        wanted = [name for name in KINDS if name not in (*FLOW_PASSES, RIGHT_PASS)] if names is None else list(names)

        def once() -> object:
            passes = render_passes(renderer._stage.scene, RenderRequest.of(spec, behind, passes=wanted))
            if not wanted:
                return passes
            record = build_record(passes, spec, renderer.bodies, make_render_info())
            return record, encode_passes(stored_passes(passes, record, wanted))

        return once

    return {name: way(names) for name, names in WAYS.items()}


def compare(ways: dict[str, Callable[[], object]], rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, once in ways.items():
            start = time.process_time()
            once()
            if number:
                times[name].append(time.process_time() - start)
    least = {name: statistics.median(found) for name, found in times.items()}
    for name, seconds in least.items():
        print(f"{name:8} {seconds:8.2f} s of the processor   ratio {seconds / least['picture']:.3f}")


def masks(rounds: int = 20) -> None:
    from engine.annotate.masks import visible_masks
    from engine.annotate.oriented import oriented_box

    ids = np.zeros((1080, 1920), np.uint16)
    v, u = np.mgrid[0:1080, 0:1920]
    for number in range(30):
        x, y = 160 + 320 * (number % 6), 108 + 216 * (number // 6)
        a, b, turn = 150 + 5 * (number % 7), 60 + 7 * (number % 5), number * 0.7
        along, across = (u - x) * np.cos(turn) + (v - y) * np.sin(turn), (v - y) * np.cos(turn) - (u - x) * np.sin(turn)
        ids[(along / a) ** 2 + (across / b) ** 2 + 0.1 * np.sin(along / 9) <= 1] = number + 1

    def once() -> Any:
        found = visible_masks(ids)
        boxes = []
        for number, mask in found.items():
            x, y, w, h = mask.bbox
            boxes.append(oriented_box(ids[y : y + h, x : x + w] == number, (x, y)))
        return found, boxes

    spent = []
    for _ in range(rounds):
        start = time.process_time()
        found, _ = once()
        spent.append(time.process_time() - start)
    pixels = sum(mask.area for mask in found.values())
    print(f"masks    {min(spent) * 1000:8.1f} ms for {len(found)} instances of {pixels:,} pixels at 1920 x 1080")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--resolution", default="640x480")
    parser.add_argument("--instances", type=int, default=20)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--masks-only", action="store_true")
    options = parser.parse_args()
    if not options.masks_only:
        compare(ways_of(options), options.rounds)
    masks()


if __name__ == "__main__":
    main()
