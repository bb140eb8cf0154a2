"""How much of Blender's own speed is left once every frame is annotated, verified and on disk.

    python bench/throughput.py [--frames 8] [--rounds 3] [--samples 16] [--resolution 640x480] [--set KEY=VALUE ...]

Three ways to render the same frames of the preset `basic` take turns, so that a machine whose speed drifts slows them
all alike; each is a process of its own, and start-up is not counted.

    ours      what `studio render` does: draw, build, render, annotate, encode, verify, fsync, publish
    bare      the limit: the same scenes and settings, `bpy.ops.render.render()`, the result thrown away; only the time
              inside that call counts
    defaults  the same with Blender's own defaults: no persistent data, automatic importance map, its default denoiser

Prints seconds a frame and the ratios. Goal: ours at 95 % of bare's speed or better.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

WAYS = ("bare", "ours", "defaults")


def recipe_of(overrides: list[str]) -> Any:
    import presets
    from engine.recipe.load import load_recipe

    return load_recipe(presets.find("basic"), overrides)


def ours(overrides: list[str], frames: int, seed: int) -> float:
    """Seconds a frame through the worker, from the first frame's start to the last one's record."""
    from engine.queue.foreground import Prepared, RenderOrder, render_foreground

    began = 0.0

    def listen(event: Any) -> None:
        nonlocal began
        # The first frame warms caches up and is not counted: neither are the others' first.
        if not isinstance(event, Prepared) and event.done == 1 and not began:
            began = time.perf_counter()

    with tempfile.TemporaryDirectory() as folder:
        render_foreground(RenderOrder(recipe_of(overrides), Path(folder, "d"), seed, 0, frames + 1), listen)
        return (time.perf_counter() - began) / frames


def blender_alone(overrides: list[str], frames: int, seed: int, *, defaults: bool) -> float:
    """Seconds a frame inside Blender's render operator, with frame 0 not counted."""
    import bpy

    from engine.annotate.redraw import draw_visible
    from engine.blender.frame_renderer import FrameRenderer

    renderer = FrameRenderer(recipe_of(overrides), "auto", lambda path: None)
    scene = bpy.context.scene
    scene.cycles.use_denoising = True
    if defaults:
        scene.render.use_persistent_data = False
        scene.world.cycles.sampling_method = "AUTOMATIC"
    else:
        scene.cycles.denoising_quality = "HIGH"
        scene.cycles.denoising_prefilter = "FAST"
    spent = []
    prepared = renderer.prepared
    for index in range(frames + 1):
        spec = draw_visible(renderer.recipe, prepared.catalog, prepared.bodies, seed, index)
        renderer._stage.build(spec)
        scene.render.resolution_x, scene.render.resolution_y = spec.camera.width, spec.camera.height
        scene.cycles.samples, scene.cycles.seed = spec.samples, spec.cycles_seed
        if defaults:
            scene.world.cycles.sampling_method = "AUTOMATIC"
        scene.update_tag()
        began = time.perf_counter()
        bpy.ops.render.render()
        spent.append(time.perf_counter() - began)
    return sum(spent[1:]) / frames


def measure(way: str, options: argparse.Namespace, seed: int) -> float:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--seed", str(seed), "--frames", str(options.frames)]
    command += [part for override in overrides_of(options) for part in ("--set", override)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def overrides_of(options: argparse.Namespace) -> list[str]:
    """The recipe's settings for this run."""
    if options.way:
        return list(options.set)
    width, height = options.resolution.split("x")
    return [f"render.samples={options.samples}", f"render.resolution=[{width}, {height}]", *options.set]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--resolution", default="640x480")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way == "ours":
        print(json.dumps({"seconds": ours(options.set, options.frames, options.seed)}))
    elif options.way:
        seconds = blender_alone(options.set, options.frames, options.seed, defaults=options.way == "defaults")
        print(json.dumps({"seconds": seconds}))
    else:
        report(options)


def report(options: argparse.Namespace) -> None:
    """Let the ways take turns and print what came out."""
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for round_ in range(options.rounds):
        for way in WAYS:
            seconds[way].append(measure(way, options, seed=options.seed + round_))
            print(f"round {round_ + 1} {way:<9} {seconds[way][-1]:.3f} s a frame", flush=True)
    print(f"\n{options.resolution}, {options.samples} samples, {options.rounds} x {options.frames} frames")
    for way in WAYS:
        middle = statistics.median(seconds[way])
        print(f"{way:<9} median {middle:.3f} s a frame, {60 / middle:.1f} frames a minute")
    for other, text in (("ours", "ours reaches {:.1%} of bare's speed"), ("defaults", "")):
        ratios = [a / b for a, b in zip(seconds["bare"], seconds[other], strict=True)]
        if text:
            print(text.format(statistics.median(ratios)), f"(per round {', '.join(f'{r:.1%}' for r in ratios)})")
    saved = [d / o for d, o in zip(seconds["defaults"], seconds["ours"], strict=True)]
    print(f"Blender's defaults take {statistics.median(saved):.2f} times as long as ours")


if __name__ == "__main__":
    main()
