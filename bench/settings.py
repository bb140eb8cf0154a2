"""What settings of Cycles and of the denoiser take in time, and do to the picture: the table of docs/speed.md.

    python bench/settings.py --folder /tmp/settings [--presets bare,basic,...] [--frames 2] [--size 320x240]
                             [--samples 64] [--reference 1024] [--minutes 60] [--report]

Every setting is tried alone, on the same frames of six presets, against a reference of many samples with another noise
pattern, no denoiser and no clamping. Counted is what a frame takes from building its scene to its finished picture: by
the clock, and of the processor, which is the more trustworthy where other programs use the machine. A frame before them
warms up and does not count. The error is the PSNR of the finished 8-bit pictures, after view transform and sensor.

What is measured is kept in --folder; the run ends after about --minutes, of which each preset gets its share, and the
same command goes on from there. --report prints the table of what there is and renders nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PRESETS = ("bare", "basic", "clutter", "imperfect", "room", "softbox")
OTHER_NOISE = 1_234_567

OWN = "as it is"

type Row = dict[str, Any]
type Apply = Callable[[Any], None]


class Setting:
    """One setting that is tried: what it changes in Blender's scene after it was built, and in the request."""

    def __init__(self, apply: Apply | None = None, *, whole: bool = False, **request: Any) -> None:
        self.apply = apply
        self.request = request
        """Fields of the RenderRequest; `samples` is a factor."""
        self.whole = whole
        """Whether all samples come in one chunk, as for what Cycles decides by looking at them."""


def cycles(**values: Any) -> Apply:
    """Set properties of scene.cycles."""

    def apply(scene: Any) -> None:
        from engine.blender import stale

        stale.set_cycles(scene, **values)

    return apply


def world(**values: Any) -> Apply:
    """Set properties of the world's own settings, where there is a world."""

    def apply(scene: Any) -> None:
        from engine.blender import stale

        stale.set_world_cycles(scene.world, **values)

    return apply


def simplified(texture_limit: str = "OFF") -> Apply:
    """Simplify the scene: no subdivision, and textures no larger than this."""

    def apply(scene: Any) -> None:
        on = texture_limit != "OFF"
        scene.render.use_simplify = on
        scene.render.simplify_subdivision_render = 0 if on else 6
        scene.cycles.texture_limit_render = texture_limit
        scene.update_tag()

    return apply


def guided(scene: Any, *, on: bool = True) -> None:
    """Have Cycles learn where light comes from."""
    cycles(use_guiding=on, use_surface_guiding=on)(scene)


def quality(name: str) -> Setting:
    """What `render.quality` stands for."""
    from engine.recipe.output import QUALITIES, Render

    render = Render(**QUALITIES[name])
    denoiser = {"fast": 4, "balanced": 5, "high": 6}[render.denoiser]
    scene = cycles(
        max_bounces=render.max_bounces,
        sample_clamp_indirect=render.clamp,
        caustics_reflective=render.caustics,
        caustics_refractive=render.caustics,
    )
    return Setting(scene, samples=render.samples / Render().samples, denoise=render.denoise, denoiser=denoiser)


SETTINGS: dict[str, Setting] = {
    OWN: Setting(),
    "quality draft": quality("draft"),
    "samples / 8": Setting(samples=1 / 8),
    "samples / 4": Setting(samples=1 / 4),
    "samples / 2": Setting(samples=1 / 2),
    "samples x 2": Setting(samples=2),
    "denoiser off": Setting(denoise=False),
    "denoiser fast": Setting(denoiser=4),
    "denoiser balanced": Setting(denoiser=5),
    "prefilter fast": Setting(
        cycles(use_denoising=True, denoising_prefilter="FAST", denoising_quality="HIGH"), whole=True, denoise=False
    ),
    "pattern Sobol": Setting(cycles(sampling_pattern="TABULATED_SOBOL")),
    "pattern blue noise": Setting(cycles(sampling_pattern="BLUE_NOISE")),
    "adaptive 0.01": Setting(cycles(use_adaptive_sampling=True, adaptive_threshold=0.01), whole=True),
    "adaptive 0.05": Setting(cycles(use_adaptive_sampling=True, adaptive_threshold=0.05), whole=True),
    "bounces 2": Setting(cycles(max_bounces=2)),
    "bounces 4": Setting(cycles(max_bounces=4)),
    "bounces 8": Setting(cycles(max_bounces=8)),
    "bounces 32": Setting(cycles(max_bounces=32, diffuse_bounces=32, glossy_bounces=32)),
    "clamp 1": Setting(cycles(sample_clamp_indirect=1.0)),
    "clamp 3": Setting(cycles(sample_clamp_indirect=3.0)),
    "clamp off": Setting(cycles(sample_clamp_indirect=0.0)),
    "caustics off": Setting(cycles(caustics_reflective=False, caustics_refractive=False)),
    "light tree off": Setting(cycles(use_light_tree=False)),
    "guiding on": Setting(guided),
    "importance map auto": Setting(world(sampling_method="AUTOMATIC")),
    "importance map 1024": Setting(world(sampling_method="MANUAL", sample_map_resolution=1024)),
    "textures 512, simplified": Setting(simplified("512")),
    "quality reference": quality("reference"),
}

USUAL: tuple[Apply, ...] = (
    cycles(
        use_denoising=False,
        use_adaptive_sampling=False,
        adaptive_threshold=0.01,
        max_bounces=12,
        diffuse_bounces=4,
        glossy_bounces=4,
        sample_clamp_indirect=10.0,
        caustics_reflective=True,
        caustics_refractive=True,
        use_light_tree=True,
        sampling_pattern="AUTOMATIC",
    ),
    lambda scene: guided(scene, on=False),
    simplified("OFF"),
)
"""What the settings above change, as it is without them; the world's are set with each scene."""


class Bench:
    """One preset's frames in this process's Blender."""

    def __init__(self, name: str, options: argparse.Namespace) -> None:
        import presets
        from engine.blender.frame_renderer import FrameRenderer
        from engine.recipe.load import load_recipe

        width, height = options.size.split("x")
        size = [f"render.resolution=[{width}, {height}]", f"render.samples={options.samples}"]
        recipe = load_recipe(presets.find(name), size)
        self.options = options
        self.renderer = FrameRenderer(recipe, "auto", lambda path: None)

    def frames(self, setting: Setting, *, reference: bool = False) -> Iterator[tuple[int, Row, Any]]:
        """Number, times and picture of each frame; one before them is not told of."""
        from engine.annotate.redraw import draw_visible

        recipe, prepared = self.renderer.recipe, self.renderer.prepared
        count = self.options.frames
        for index in range(count) if reference else (count, *range(count)):
            spec = draw_visible(recipe, prepared.catalog, prepared.bodies, self.options.seed, index)
            if reference:
                spec = msgspec.structs.replace(spec, cycles_seed=OTHER_NOISE)
            row, rgb = self.render(spec, setting)
            if index < count:
                yield index, row, rgb

    def render(self, spec: Any, setting: Setting) -> tuple[Row, Any]:
        """A frame's seconds and its finished picture, (H, W, 3)."""
        from engine.blender.render import render_passes
        from engine.stages import FrameClock

        scene, clock = self.renderer._stage.scene, FrameClock()
        began, began_cpu = time.monotonic(), time.process_time()
        with clock.running():
            request = self.renderer._build(spec, ())
            for apply in (*USUAL, setting.apply):
                if apply is not None:
                    apply(scene)
            values = dict(setting.request)
            if "samples" in values:
                values["samples"] = max(round(values["samples"] * spec.samples), 1)
            with one_chunk(setting.whole):
                passes = render_passes(scene, replace(request, **values))
        row = {"seconds": time.monotonic() - began, "processor": time.process_time() - began_cpu}
        return row | {"stages": clock.seconds}, passes.rgb


@contextmanager
def one_chunk(wanted: bool) -> Iterator[None]:
    """All samples in one piece, for the length of a block."""
    from engine.blender import chunks

    plan = chunks.plan
    if wanted:
        chunks.plan = lambda width, height, samples: [samples]  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        chunks.plan = plan


def psnr(one: Any, other: Any) -> float:
    """dB between two 8-bit pictures."""
    error = float(np.square(one.astype(np.float64) - other).mean())
    return 10 * math.log10(255**2 / error) if error else 99.0


def measure(options: argparse.Namespace) -> None:
    """Measure what is not in the folder yet, as long as there is time; each preset gets an equal share of it."""
    ends = time.monotonic() + 60 * options.minutes
    options.folder.mkdir(parents=True, exist_ok=True)
    done = {(row["preset"], row["setting"]) for row in rows(options)}
    names = options.presets.split(",")
    for at, preset in enumerate(names):
        left = [name for name in SETTINGS if (preset, name) not in done]
        until = time.monotonic() + (ends - time.monotonic()) / (len(names) - at)
        if left and time.monotonic() < ends:
            bench = Bench(preset, options)
            make_references(bench, preset, options)
            for name in left:
                if time.monotonic() > until:
                    break
                try_setting(bench, preset, name, options)


def try_setting(bench: Bench, preset: str, name: str, options: argparse.Namespace) -> None:
    """Render a preset's frames with a setting, and keep what comes out."""
    found = []
    for index, row, rgb in bench.frames(SETTINGS[name]):
        error = psnr(rgb, np.load(reference_path(preset, index, options)))
        found.append(row | key(options) | {"preset": preset, "setting": name, "frame": index, "psnr": error})
    with (options.folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in found)
    shown = statistics.mean(row["psnr"] for row in found), statistics.mean(row["processor"] for row in found)
    print(f"{preset:<10} {name:<26} {shown[0]:6.2f} dB {shown[1]:8.3f} s of processor", flush=True)


def make_references(bench: Bench, preset: str, options: argparse.Namespace) -> None:
    """Make the references of a preset, unless they are there."""
    if all(reference_path(preset, index, options).exists() for index in range(options.frames)):
        return
    many = Setting(cycles(sample_clamp_indirect=0.0), samples=options.reference / options.samples, denoise=False)
    for index, _, rgb in bench.frames(many, reference=True):
        np.save(reference_path(preset, index, options), rgb)


def reference_path(preset: str, index: int, options: argparse.Namespace) -> Path:
    folder: Path = options.folder
    return folder / f"{preset}-{options.size}-{options.reference}-{options.seed}-{index}.npy"


def key(options: argparse.Namespace) -> Row:
    """What rows must have in common to be compared."""
    return {name: getattr(options, name) for name in ("size", "samples", "reference", "seed", "frames")}


def rows(options: argparse.Namespace) -> list[Row]:
    """What was measured before with the same arguments."""
    file: Path = options.folder / "rows.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found = [json.loads(line) for line in lines]
    wanted = key(options)
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def report(options: argparse.Namespace) -> None:
    """The table, in Markdown: time as a share of the preset's own, and dB more or less than its own, by preset."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows(options):
        found.setdefault((row["preset"], row["setting"]), []).append(row)
    names = [name for name in options.presets.split(",") if (name, OWN) in found]
    print(f"{options.size}, {options.samples} samples, {options.frames} frames, reference {options.reference} samples;")
    print(f"time of the processor as a share of {OWN!r}, and dB more or less; load {os.getloadavg()[0]:.1f}\n")
    print("| setting | all | " + " | ".join(names) + " |")
    print("|---|---" + "|---" * len(names) + "|")
    for setting in SETTINGS:
        pairs = [compared(found.get((name, setting)), found[name, OWN]) for name in names]
        known = [pair for pair in pairs if pair is not None]
        if not known:
            continue
        whole = math.exp(statistics.mean(math.log(ratio) for ratio, _ in known)), statistics.mean(d for _, d in known)
        print(f"| {setting} | {cell(whole)} | " + " | ".join(map(cell, pairs)) + " |")
    own = {name: statistics.mean(row["psnr"] for row in found[name, OWN]) for name in names}
    print(f"\n{OWN}: " + ", ".join(f"{name} {value:.1f} dB" for name, value in own.items()))


def compared(some: list[Row] | None, own: list[Row]) -> tuple[float, float] | None:
    if not some:
        return None
    time_of, error_of = (
        lambda rows, what=what: statistics.mean(row[what] for row in rows) for what in ("processor", "psnr")
    )
    return time_of(some) / time_of(own), error_of(some) - error_of(own)


def cell(pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f"{pair[0]:.2f}x {pair[1]:+.1f} dB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--presets", default=",".join(PRESETS))
    parser.add_argument("--frames", type=int, default=2)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--reference", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args()
    if not options.report:
        measure(options)
    report(options)


if __name__ == "__main__":
    main()
