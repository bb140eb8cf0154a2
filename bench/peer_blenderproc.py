"""BlenderProc 2.8 and ours on the same work: seconds a frame at equal samples and at equal error, memory, cold start.

    python bench/peer_blenderproc.py --prepare                  # only make BlenderProc's environment (1.6 GB)
    python bench/peer_blenderproc.py [--rounds 5] [--json FILE] [--keep FOLDER]
    python bench/peer_blenderproc.py --resolution 160x120 --frames 4 --rounds 1 --reference 256 --error-samples 4,16

The scene: 15 instances of six shapes of ours (or of the models in a folder), on a table, before an HDRI, while the
camera goes round them; what is drawn from our recipe is handed to BlenderProc: same files, poses, colours, intrinsics,
cameras, HDRI, samples, bounces and view transform. Both end with PNG pictures, COCO annotations with masks as run
lengths, instance masks and depths on the disk:

    ours         `studio render`, as a process, then the COCO export; ours have amodal masks, visibility, boxes and
                 poses besides, and each file is synced and read back
    blenderproc  all camera poses, `bproc.renderer.render()`, `write_coco_annotations`, `write_hdf5` (depths, masks),
                 as a process inside its environment, without its command line's own start

The two take turns. A frame's seconds are those from the end of the first frame to the end of the last, without the
first one's loading, plus an equal share of what is written for all frames together. Their processor's seconds are those
of the whole process less those of one that renders a single frame. Cold start is the time from the start of the process
to the files of a single frame. Memory counts pages that processes share once.

`--parts` are three: `samples`, at equal samples without denoiser and adaptive sampling; `defaults`, at as many samples
at the most, each with its own (BlenderProc: Intel's denoiser in the compositor, adaptive sampling at 0.01; ours: Open
Image Denoise, no adaptive sampling); `error`, both ways at several sample counts. Error is PSNR of the pictures, after
the view transform, against the program's own reference without either, whose first samples are those of the pictures.
Goals, on two cores: 2.2 times BlenderProc's speed at equal samples, 4 times at equal error.

Both references are compared first: they must show the same scene.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from peer.environment import Environment, Unavailable
from peer.process import Run, run
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PEER = Path(__file__).resolve().parent / "peer"
sys.path.insert(0, str(ROOT))

OURS, THEIRS = "ours", "blenderproc"
KINDS = {False: "no denoiser, no adaptive sampling", True: "each with its own defaults"}
SPEED_GOAL, ERROR_GOAL = 2.2, 4.0
SAME_SCENE, BLOCK = 45.0, 8
"""Least PSNR, dB, between references that show the same scene, by the means of blocks so many pixels wide and high:
noise hardly shows in them."""


class TimeIsUp(Exception):
    """The minutes that were given are over."""


@dataclass(frozen=True)
class Measured:
    """One process of one program."""

    tool: str
    samples: int
    defaults: bool
    frames: int
    seconds: float | None
    """A frame's, by the clock; None where only one was rendered."""
    first: float
    """From the start of the process to the files of the first frame (of all frames, for BlenderProc)."""
    processor: float
    """Seconds of the processor in all."""
    memory: int
    pictures: list[str] = field(repr=False)


class Bench:
    """Runs the two programs on the scene in a folder."""

    def __init__(self, options: argparse.Namespace, environment: Environment, work: Path) -> None:
        self.options, self.environment, self.work = options, environment, work
        self.done: list[Measured] = []
        self._ends = time.monotonic() + 60 * options.minutes if options.minutes else math.inf

    def make_scene(self) -> None:
        """Write the recipe, the models and the plain values."""
        options = self.options
        width, height = map(int, options.resolution.split("x"))
        values = {
            "work": str(self.work),
            "models": options.models,
            "instances": options.instances,
            "frames": max(options.frames, options.error_frames + 1),
            "speed": 300 / max(options.frames, options.error_frames + 1),
            "fill": options.fill,
            "width": width,
            "height": height,
            "bounces": options.bounces,
            "view": options.view,
            "hdri": options.hdri,
        }
        path = self.work / "scene-options.json"
        path.write_text(json.dumps(values))
        command = [sys.executable, str(PEER / "scene.py"), str(path)]
        run(command, self.work / "scene.log", cwd=ROOT, variables=self._own_variables())

    def measure(self, tool: str, samples: int, frames: int, *, defaults: bool = False) -> Measured:
        """Run a program once. Raises TimeIsUp instead where no time is left."""
        if time.monotonic() > self._ends:
            raise TimeIsUp
        out = self.work / f"{len(self.done):03d} {tool} {samples}"
        measured = (self._ours if tool == OURS else self._theirs)(out, samples, frames, defaults)
        self.done.append(measured)
        return measured

    def _ours(self, out: Path, samples: int, frames: int, defaults: bool) -> Measured:
        settings = [f"render.samples={samples}", f"render.denoise={str(defaults).lower()}"]
        command = [sys.executable, "-m", "studio", "render", str(self.work / "recipe.toml"), "--count", str(frames)]
        command += ["--out", str(out), *(part for setting in settings for part in ("--set", setting))]
        took = run(command, out.with_name(f"{out.name}.log"), cwd=ROOT, variables=self._own_variables())
        written = sorted(path.stat().st_mtime for path in out.glob("frames/*/*.json"))
        seconds = None
        if frames > 1:
            seconds = (written[-1] - written[0]) / (frames - 1) + self._export(out) / frames
        pictures = sorted(map(str, out.glob("frames/*/*.png")))
        return _measured(OURS, samples, defaults, frames, seconds, written[0], took, pictures)

    def _export(self, out: Path) -> float:
        """Seconds that the COCO export takes."""
        from engine.dataset.read import Dataset
        from engine.export.base import make_exporter
        from engine.export.run import export

        began = time.perf_counter()
        export(make_exporter("coco", {}), Dataset.open(out), out.with_name(f"{out.name} coco"))
        return time.perf_counter() - began

    def _theirs(self, out: Path, samples: int, frames: int, defaults: bool) -> Measured:
        told = out.with_name(f"{out.name}.told.json")
        options = {"scene": str(self.work / "scene.json"), "out": str(out), "told": str(told)}
        path = out.with_name(f"{out.name}.options.json")
        path.write_text(json.dumps({**options, "samples": samples, "frames": frames, "defaults": defaults}))
        # As BlenderProc's command line does, in memory where there is such a folder.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        with tempfile.TemporaryDirectory(dir=memory) as temporary:
            command = self.environment.command(PEER / "theirs.py", Path(temporary), str(path))
            variables = self.environment.variables()
            took = run(command, out.with_name(f"{out.name}.log"), cwd=self.work, variables=variables)
        stamps = json.loads(told.read_text())
        rendered, written = stamps["rendered"], stamps["written"]
        seconds = None
        if frames > 1:
            seconds = (rendered[-1] - rendered[0]) / (frames - 1) + (written - rendered[-1]) / frames
        pictures = sorted(map(str, out.glob("images/*.png")))
        return _measured(THEIRS, samples, defaults, frames, seconds, written, took, pictures)

    def _own_variables(self) -> dict[str, str]:
        folders = {name: str(self.work / name.lower()) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        return {**os.environ, **folders}


def _measured(
    tool: str,
    samples: int,
    defaults: bool,
    frames: int,
    seconds: float | None,
    first: float,
    took: Run,
    pictures: list[str],
) -> Measured:
    if len(pictures) != frames:
        raise SystemExit(f"{tool} wrote {len(pictures)} of {frames} pictures.")
    return Measured(tool, samples, defaults, frames, seconds, first - took.began, took.processor, took.memory, pictures)


def psnr(pictures: list[str], references: list[str], block: int = 1) -> float:
    """dB between 8-bit pictures and references, by the mean squared error of all their pixels, or of the means of their
    blocks of pixels; inf where equal."""
    errors = [
        float(np.mean((_blocks(picture, block) - _blocks(reference, block)) ** 2))
        for picture, reference in zip(pictures, references, strict=False)
    ]
    error = statistics.mean(errors)
    return 10 * math.log10(255**2 / error) if error else math.inf


def _blocks(path: str, block: int) -> Any:
    """A picture by the means of its whole blocks: float64 (rows, columns, 3)."""
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float64)
    rows, columns = pixels.shape[0] // block, pixels.shape[1] // block
    return pixels[: rows * block, : columns * block].reshape(rows, block, columns, block, 3).mean(axis=(1, 3))


def same_scene(bench: Bench) -> dict[str, Measured]:
    """Render both references, and compare them."""
    options = bench.options
    frames = options.error_frames + 1
    references = {tool: bench.measure(tool, options.reference, frames) for tool in (OURS, THEIRS)}
    between = psnr(references[OURS].pictures, references[THEIRS].pictures)
    coarse = psnr(references[OURS].pictures, references[THEIRS].pictures, BLOCK)
    ours, theirs = (np.mean([_blocks(path, 1).mean() for path in references[tool].pictures]) for tool in (OURS, THEIRS))
    print(
        f"references of {options.reference} samples: {between:.1f} dB between the two, {coarse:.1f} dB between "
        f"their means of {BLOCK}x{BLOCK} pixels; BlenderProc's are {theirs - ours:+.2f} of 255 brighter (it dithers)"
    )
    if coarse < SAME_SCENE:
        print(f"WARNING: below {SAME_SCENE:.0f} dB: they do not show the same scene")
    return references


def equal_samples(bench: Bench, *, defaults: bool) -> None:
    """Alternate at equal samples, and print the ratios."""
    options = bench.options
    title = f"{options.samples} samples, {KINDS[defaults]}"
    print(f"\n{title}")
    many: dict[str, list[Measured]] = {OURS: [], THEIRS: []}
    single: dict[str, list[Measured]] = {OURS: [], THEIRS: []}
    try:
        for number in range(options.rounds):
            for tool in (OURS, THEIRS) if number % 2 == 0 else (THEIRS, OURS):
                several = bench.measure(tool, options.samples, options.frames, defaults=defaults)
                one = bench.measure(tool, options.samples, 1, defaults=defaults)
                many[tool].append(several)
                single[tool].append(one)
                print(
                    f"round {number + 1} {tool:<11} {several.seconds:7.2f} s a frame  "
                    f"{_processor(several, one):7.2f} s of the processor  {several.memory / 1e6:6.0f} MB  "
                    f"first frame after {one.first:6.2f} s",
                    flush=True,
                )
    finally:
        print_ratios(title, many, single)


def _processor(several: Measured, one: Measured) -> float:
    return (several.processor - one.processor) / (several.frames - 1)


def print_ratios(title: str, many: dict[str, list[Measured]], single: dict[str, list[Measured]]) -> None:
    """BlenderProc's figures as multiples of ours, round by round."""

    def line(name: str, values: dict[str, list[float]], goal: str = "") -> None:
        ratios = [theirs / ours for ours, theirs in zip(values[OURS], values[THEIRS], strict=False) if ours > 0]
        if ratios:
            spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
            print(f"{name:<38} {statistics.median(ratios):5.2f} times ours ({spread}){goal}")

    print(f"BlenderProc at {title}")
    goal = f", goal {SPEED_GOAL}"
    line("seconds a frame", {tool: [one.seconds or 0 for one in found] for tool, found in many.items()}, goal)
    processor = {
        tool: [_processor(a, b) for a, b in zip(found, single[tool], strict=False)] for tool, found in many.items()
    }
    line("processor's seconds a frame", processor)
    line("most memory", {tool: [float(one.memory) for one in found] for tool, found in many.items()})
    line("cold start to a first frame's files", {tool: [one.first for one in found] for tool, found in single.items()})


def equal_error(bench: Bench, references: dict[str, Measured]) -> None:
    """Time against error at several sample counts, with and without each program's defaults."""
    options = bench.options
    for defaults in (False, True):
        print(f"\nPSNR against each program's own {options.reference} samples: {KINDS[defaults]}")
        print(f"{'samples':>7}  {'ours':>19}  {'blenderproc':>19}")
        curves: dict[str, list[tuple[float, float]]] = {OURS: [], THEIRS: []}
        try:
            for samples in options.error_samples:
                cells = []
                for tool in (OURS, THEIRS):
                    found = bench.measure(tool, samples, options.error_frames + 1, defaults=defaults)
                    assert found.seconds is not None
                    quality = psnr(found.pictures, references[tool].pictures)
                    curves[tool].append((found.seconds, quality))
                    cells.append(f"{found.seconds:8.2f} s {quality:6.2f} dB")
                print(f"{samples:>7}  {cells[0]:>19}  {cells[1]:>19}", flush=True)
        finally:
            print_equal_error(curves)


def print_equal_error(curves: dict[str, list[tuple[float, float]]]) -> None:
    """How many times our seconds BlenderProc takes for pictures of the same error."""
    found = []
    for seconds, quality in curves[THEIRS]:
        ours = seconds_at(curves[OURS], quality)
        if ours is not None:
            found.append(seconds / ours)
            print(
                f"at {quality:5.2f} dB  ours {ours:7.2f} s, blenderproc {seconds:7.2f} s: {seconds / ours:5.2f} times"
            )
    if found:
        spread = f"{min(found):.2f} to {max(found):.2f}"
        print(f"BlenderProc at equal error: {statistics.median(found):.2f} times ours ({spread}), goal {ERROR_GOAL}")
    elif curves[THEIRS]:
        print("No error of BlenderProc's lies between two of ours: choose other --error-samples.")


def seconds_at(curve: list[tuple[float, float]], quality: float) -> float | None:
    """Seconds for so many dB, between two measured points of a curve on a logarithmic scale; None outside of it."""
    ordered = sorted(curve, key=lambda point: point[1])
    for (before, low), (after, high) in pairwise(ordered):
        if low <= quality <= high:
            part = (quality - low) / (high - low) if high > low else 0.0
            return math.exp((1 - part) * math.log(before) + part * math.log(after))
    return None


def parse() -> argparse.Namespace:
    from engine.paths import cache_dir

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepare", action="store_true", help="make BlenderProc's environment and stop")
    parser.add_argument("--environment", type=Path, default=cache_dir() / "bench" / "blenderproc", metavar="FOLDER")
    parser.add_argument("--python", default="python3.11", help="the Python 3.11 to make it with")
    parser.add_argument("--resolution", default="640x480")
    parser.add_argument("--samples", type=int, default=32, help="of the comparison at equal samples")
    parser.add_argument("--frames", type=int, default=9, help="a process renders; the first is not counted")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reference", type=int, default=1024, help="samples of the references")
    parser.add_argument("--error-frames", type=int, default=3, help="counted at each point of the curves")
    parser.add_argument("--error-samples", default="4,8,16,32,64,128", help="numbers with commas")
    parser.add_argument("--bounces", type=int, default=6)
    parser.add_argument("--view", default="Filmic", help="BlenderProc's default")
    parser.add_argument("--instances", type=int, default=15)
    parser.add_argument("--models", default="", metavar="FOLDER", help=".obj, .ply and .glb files to use instead")
    parser.add_argument("--hdri", default="builtin:forest", help="builtin:NAME, or a .exr or .hdr file")
    parser.add_argument("--fill", type=float, default=0.16, help="share of the picture that one object takes")
    parser.add_argument("--parts", default="samples,defaults,error", help="of the comparison")
    parser.add_argument("--minutes", type=float, default=0, help="start nothing more after so long")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all raw figures")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder for all that both write")
    options = parser.parse_args()
    options.error_samples = [int(number) for number in options.error_samples.split(",")]
    if options.frames < 2 or options.error_frames < 1:
        parser.error("two frames are the least: the first is not counted")
    return options


def compare(options: argparse.Namespace, environment: Environment, work: Path) -> None:
    bench = Bench(options, environment, work)
    versions = environment.versions()
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"{options.resolution}, {options.instances} instances, {options.bounces} bounces, view {options.view}")
    try:
        bench.make_scene()
        references = same_scene(bench)
        for part, defaults in (("samples", False), ("defaults", True)):
            if part in options.parts:
                equal_samples(bench, defaults=defaults)
        if "error" in options.parts:
            equal_error(bench, references)
    except TimeIsUp:
        print(f"The {options.minutes:g} minutes are up: what is above is all.")
    finally:
        if options.json:
            plain = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
            rows: list[dict[str, Any]] = [asdict(one) for one in bench.done]
            text = json.dumps({"options": plain, "versions": versions, "runs": rows}, indent=1)
            options.json.write_text(text)


def main() -> None:
    options = parse()
    environment = Environment(options.environment)
    try:
        environment.prepare(options.python)
    except Unavailable as error:
        print(f"Skipped: {error}")
        return
    if options.prepare:
        print(f"BlenderProc {environment.versions()} is in {environment.folder}")
        return
    if options.keep:
        options.keep.mkdir(parents=True)
        compare(options, environment, options.keep.absolute())
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(options, environment, Path(folder))


if __name__ == "__main__":
    main()
