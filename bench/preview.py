"""How long a change of a slider takes to become the first picture, 160x120, through the real preview worker.

    python bench/preview.py [--changes 60] [--engine auto|cycles|eevee] [--looks textured,imperfect] [--seed 0]

A recipe is changed at random in one value at a time: camera, light, material, placement, HDRI. Each change is asked for
when the pictures of the one before have come, so nothing is queued. Printed for each kind of change: the least, the
median and the 95th percentile from `ask` to the picture, by the clock and in the worker's processor time, and the same
frames by a bare `bpy.ops.render.render` with Cycles at one sample and its own denoiser at its quickest. Where other
programs use the machine, trust the processor's time; the least by the clock is near what a free machine would show.
Goal: p95 under 300 ms on 2 cores, under 100 ms on a GPU. The machine's own noise shows in the row `the same`.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SIZE = (160, 120)
HDRIS = ("city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")

type Plain = dict[str, Any]
type Change = Callable[[Plain, np.random.Generator], None]


def _set(path: str, low: float, high: float) -> Change:
    def change(plain: Plain, rng: np.random.Generator) -> None:
        *parents, last = path.split(".")
        section: Any = plain
        for name in parents:
            section = section[0][name] if isinstance(section, list) else section[name]
        if isinstance(section, list):
            section = section[0]
        section[last] = round(float(rng.uniform(low, high)), 4)

    return change


def _other_hdri(plain: Plain, rng: np.random.Generator) -> None:
    plain["surroundings"]["hdris"] = [f"builtin:{HDRIS[rng.integers(len(HDRIS))]}"]


CHANGES: dict[str, tuple[Change, ...]] = {
    "the same": (lambda plain, rng: None,),
    "camera": (
        _set("camera.azimuth", 0, 360),
        _set("camera.elevation", 10, 60),
        _set("camera.fill", 0.3, 0.9),
        _set("camera.focal_length", 28, 75),
        _set("camera.roll", -10, 10),
        _set("camera.exposure", -1, 1),
    ),
    "light": (
        _set("surroundings.rotation", 0, 360),
        _set("surroundings.strength", 0.5, 2),
        _set("surroundings.tint", 0, 0.3),
    ),
    "material": (
        _set("objects.paint.hue", 0, 360),
        _set("objects.paint.roughness", 0.05, 0.6),
        _set("objects.imperfection", 0.1, 0.9),
        _set("ground.value", 0.15, 0.8),
    ),
    "placement": (
        _set("objects.yaw", 0, 360),
        _set("objects.scale", 0.7, 1.4),
        _set("ground.extent", 2, 8),
        _set("placement.spread", 1.2, 2.5),
    ),
    "HDRI": (_other_hdri,),
}


def start_recipe(look: str) -> Plain:
    import presets
    from engine.recipe.load import load_recipe, recipe_to_plain

    plain = recipe_to_plain(load_recipe(presets.find("basic"), [f"objects[0].look={look}", "objects[0].count=2"]))
    plain["surroundings"]["hdris"] = ["builtin:studio"]
    return plain


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Asker:
    """Asks for a picture and waits for it."""

    def __init__(self, engine: str) -> None:
        from studio.preview import PreviewSession

        self.engine: Any = engine
        self._came = threading.Condition()
        self._last: tuple[int, Any, float] = (0, None, 0.0)
        self._ended = 0
        self.state: Any = None
        self.session = PreviewSession(self._picture, self._state)

    def _picture(self, picture: Any) -> None:
        with self._came:
            self._last = (picture.request_id, picture, time.perf_counter())
            self._came.notify_all()

    def _state(self, state: Any) -> None:
        with self._came:
            self.state = state
            if state.kind in ("ready", "failed"):
                self._ended = state.request_id
            self._came.notify_all()

    def ask(self, plain: Plain) -> tuple[Any, float, float]:
        """The picture, seconds until it came, and processor seconds of the worker until the order was done."""
        from studio.preview_types import PreviewRequest

        pid = self.session.pid
        before = cpu_seconds(pid) if pid else 0.0
        began = time.perf_counter()
        request = PreviewRequest(plain, "bench", width=SIZE[0], height=SIZE[1], samples=1, engine=self.engine)
        number = self.session.ask(request)
        with self._came:
            if not self._came.wait_for(lambda: self._ended >= number, 120):
                raise SystemExit("no picture within two minutes")
            if self.state.kind == "failed" or self._last[0] != number:
                raise SystemExit(self.state.text)
            _, picture, at = self._last
        pid = self.session.pid
        return picture, at - began, (cpu_seconds(pid) if pid else 0.0) - before


def measure(look: str, options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """Seconds by the clock and of the processor for each kind of change; and the first line about the engine."""
    rng = np.random.default_rng(options.seed)
    asker = Asker(options.engine)
    plain = start_recipe(look)
    began = time.perf_counter()
    _, _, _ = asker.ask(plain)
    print(f"\n{look}: first picture of a new worker after {time.perf_counter() - began:.1f} s", flush=True)
    for hdri in HDRIS:
        plain["surroundings"]["hdris"] = [f"builtin:{hdri}"]
        asker.ask(plain)
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in CHANGES}
    kinds = list(CHANGES)
    for number in range(options.changes):
        kind = kinds[number % len(kinds)]
        ways = CHANGES[kind]
        ways[int(rng.integers(len(ways)))](plain, rng)
        picture, clock, processor = asker.ask(copy.deepcopy(plain))
        times[kind].append((clock, processor))
    print(f"{picture.engine} on {picture.device}: {asker.state.reason}")
    asker.session.close()
    return times


def bare(look: str, frames: int) -> tuple[float, float]:
    """Median seconds, by the clock and of the processor, of Blender's own operator on the same kind of frames."""
    import bpy

    from engine.annotate.redraw import draw_visible
    from engine.blender.frame_renderer import FrameRenderer
    from engine.recipe.load import recipe_from_plain

    plain = start_recipe(look)
    plain["render"].update(resolution=list(SIZE), samples=1)
    renderer = FrameRenderer(recipe_from_plain(plain, "bench"), "auto", lambda path: None)
    scene = bpy.context.scene
    scene.cycles.use_denoising = True
    scene.cycles.denoising_quality = scene.cycles.denoising_prefilter = "FAST"
    prepared = renderer.prepared
    clock, processor = [], []
    for index in range(frames + 2):
        spec = draw_visible(renderer.recipe, prepared.catalog, prepared.bodies, 0, index)
        renderer._stage.build(spec)
        scene.render.resolution_x, scene.render.resolution_y = SIZE
        scene.cycles.samples, scene.cycles.seed = 1, spec.cycles_seed
        scene.world.cycles.sample_map_resolution = 256
        scene.update_tag()
        began, began_cpu = time.perf_counter(), time.process_time()
        bpy.ops.render.render()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_cpu)
    return float(np.median(clock[2:])), float(np.median(processor[2:]))


def report(times: dict[str, list[tuple[float, float]]], limit: tuple[float, float]) -> None:
    cores = os.process_cpu_count() or 1
    rows = [*times.items(), ("all but the same", [t for kind, t in times.items() if kind != "the same" for t in t])]
    print(f"{'change':<17} {'least':>7} {'p50':>7} {'p95':>7} | processor {'p50':>6} {'p95':>6} | p50 against bare")
    for kind, found in rows:
        clock, processor = (np.array(part) * 1e3 for part in zip(*found, strict=True))
        print(
            f"{kind:<17} {clock.min():4.0f} ms {np.median(clock):4.0f} ms {np.quantile(clock, 0.95):4.0f} ms | "
            f"{'':9} {np.median(processor):3.0f} ms {np.quantile(processor, 0.95):3.0f} ms | "
            f"{np.median(clock) / limit[0] / 1e3:.2f} clock, {np.median(processor) / limit[1] / 1e3:.2f} processor",
            flush=True,
        )
    print(f"bare Cycles, 1 sample: {limit[0] * 1e3:.0f} ms, {limit[1] * 1e3:.0f} ms of processor; {cores} cores here")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--engine", choices=("auto", "cycles", "eevee"), default="auto")
    parser.add_argument("--looks", default="textured,imperfect")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        print(json.dumps(bare(options.bare, 8)))
        return
    for look in options.looks.split(","):
        times = measure(look, options)
        command = [sys.executable, __file__, "--bare", look]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
        clock, processor = json.loads(done.stdout.splitlines()[-1])
        report(times, (clock, processor))


if __name__ == "__main__":
    main()
