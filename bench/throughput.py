"""How much of Blender's own speed is left once every frame is annotated, verified and on disk.

    python bench/throughput.py [--frames 8] [--rounds 3] [--samples 16] [--resolution 640x480] [--set KEY=VALUE ...]

Three ways to render the same frames of the preset `basic` take turns, so that a machine whose speed drifts slows them
all alike; each is a process of its own, and start-up is not counted.

    ours      what `studio render` does: draw, build, render, annotate, encode, verify, fsync, publish
    bare      the limit: the same scenes and settings, `bpy.ops.render.render()`, the result thrown away; only the time
              inside that call counts
    defaults  the same with Blender's own defaults: no persistent data, automatic importance map, its default denoiser

Prints seconds a frame by the clock and of the processor, and the ratios of both: where other programs use the machine,
the processor's time is the more trustworthy. Goal: ours at 95 % of bare's speed or better. `--ways bare,ours` leaves
the slow one out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

type Times = tuple[float, float]
"""Seconds by the clock, and of the processor."""

WAYS = ("bare", "ours", "defaults")


def recipe_of(overrides: list[str]) -> Any:
    import presets
    from engine.recipe.load import load_recipe

    return load_recipe(presets.find("basic"), overrides)


def workers_cpu() -> float:
    """Seconds of processor time that our child processes have used so far."""
    total = 0
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def ours(overrides: list[str], frames: int, seed: int) -> Times:
    """Seconds a frame through the worker, from the first frame's record to the last one's."""
    from engine.queue.foreground import Prepared, RenderOrder, render_foreground

    marks: dict[int, Times] = {}

    def listen(event: Any) -> None:
        # The first frame warms caches up and is not counted: neither are the others' first.
        if not isinstance(event, Prepared) and event.done in (1, frames + 1) and event.done not in marks:
            marks[event.done] = (time.perf_counter(), time.process_time() + workers_cpu())

    with tempfile.TemporaryDirectory() as folder:
        render_foreground(RenderOrder(recipe_of(overrides), Path(folder, "d"), seed, 0, frames + 1), listen)
    first, last = marks[1], marks[frames + 1]
    return (last[0] - first[0]) / frames, (last[1] - first[1]) / frames


def blender_alone(overrides: list[str], frames: int, seed: int, *, defaults: bool) -> Times:
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
    clock, processor = [], []
    prepared = renderer.prepared
    for index in range(frames + 1):
        spec = draw_visible(renderer.recipe, prepared.catalog, prepared.bodies, seed, index)
        renderer._stage.build(spec)
        scene.render.resolution_x, scene.render.resolution_y = spec.camera.width, spec.camera.height
        scene.cycles.samples, scene.cycles.seed = spec.samples, spec.cycles_seed
        if defaults:
            scene.world.cycles.sampling_method = "AUTOMATIC"
        scene.update_tag()
        began, began_cpu = time.perf_counter(), time.process_time()
        bpy.ops.render.render()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_cpu)
    return sum(clock[1:]) / frames, sum(processor[1:]) / frames


def measure(way: str, options: argparse.Namespace, seed: int) -> Times:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--seed", str(seed), "--frames", str(options.frames)]
    command += [part for override in overrides_of(options) for part in ("--set", override)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    clock, processor = json.loads(done.stdout.splitlines()[-1])
    return clock, processor


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
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way == "ours":
        print(json.dumps(ours(options.set, options.frames, options.seed)))
    elif options.way:
        defaults = options.way == "defaults"
        print(json.dumps(blender_alone(options.set, options.frames, options.seed, defaults=defaults)))
    else:
        report(options)


def report(options: argparse.Namespace) -> None:
    """Let the ways take turns and print what came out."""
    ways = options.ways.split(",")
    times: dict[str, list[Times]] = {way: [] for way in ways}
    for round_ in range(options.rounds):
        for way in ways:
            times[way].append(measure(way, options, seed=options.seed + round_))
            clock, processor = times[way][-1]
            print(f"round {round_ + 1} {way:<9} {clock:.3f} s a frame, {processor:.3f} s of processor", flush=True)
    print(f"\n{options.resolution}, {options.samples} samples, {options.rounds} x {options.frames} frames")
    for way in ways[1:]:
        for name, part in (("clock", 0), ("processor", 1)):
            ratios = [a[part] / b[part] for a, b in zip(times[ways[0]], times[way], strict=True)]
            each = ", ".join(f"{ratio:.1%}" for ratio in ratios)
            print(f"{way} at {statistics.median(ratios):.1%} of {ways[0]}'s speed by the {name} ({each})")


if __name__ == "__main__":
    main()
