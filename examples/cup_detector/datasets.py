"""What the detector is trained on: datasets of presets, rendered through the queue and exported as COCO."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MIX = {"basic": 2, "basic-served": 3, "photo": 3, "clutter": 3, "textures": 2, "softbox": 1, "pose": 1}
"""Shares of the presets in the training set."""

SENSOR = (
    "sensor.blur={uniform=[0.2,0.6]}",
    "sensor.vignetting={uniform=[0,0.35]}",
    "sensor.iso={log_uniform=[100,3200]}",
    "sensor.demosaic=malvar",
    "sensor.white_balance={uniform=[5000,8500]}",
    "sensor.sharpening={uniform=[0,0.9]}",
    "sensor.jpeg={uniform=[60,95]}",
)
"""A phone's camera, as arguments of --set."""

SERVED = Path(__file__).resolve().with_name("served.py")
"""The plug-in that fills cups and puts saucers under them."""

VARIANTS = {
    "basic-sensor": ("basic", SENSOR),
    "basic-served": ("basic", (f"plugins[0].module={json.dumps(str(SERVED))}",)),
}
"""Kinds of frames that are presets with settings, by name."""

HELD_OUT = "room"
"""Never trained on: a kind of scene that is new to the detector."""


@dataclass(frozen=True)
class Frames:
    """How frames are rendered."""

    side: int = 128
    samples: int = 16
    seed: int = 1

    def settings(self) -> list[str]:
        """As arguments for `studio queue add`."""
        return [
            *("--seed", str(self.seed)),
            *("--set", f"render.resolution=[{self.side},{self.side}]"),
            *("--set", f"render.samples={self.samples}"),
        ]


def shares(total: int, mix: dict[str, int]) -> dict[str, int]:
    """So many frames in all, by preset; each preset has one at least."""
    whole = sum(mix.values())
    counts = {name: max(1, total * share // whole) for name, share in mix.items()}
    counts[next(iter(mix))] += total - sum(counts.values())
    return counts


def render(folder: Path, counts: dict[str, int], frames: Frames) -> list[Path]:
    """Have frames of presets, or of variants of them, rendered into folders below `folder`, and wait.

    Returns the folders, with their exports.

    What is there already is not rendered again. The engine goes on when this program is ended; started again, it waits
    for the same frames.
    """
    needed = {name: count for name, count in counts.items() if exported(folder / name) < count}
    known = pending() if needed else {}
    jobs = [job(folder / name, name, count, frames, known) for name, count in needed.items()]
    if jobs:
        print(f"rendering {', '.join(f'{n} of {name}' for name, n in counts.items())}; `studio queue watch` shows it")
        studio("queue", "wait", *jobs)
    for name, count in counts.items():
        if exported(folder / name) < count:
            studio("export", str(folder / name), "--format", "coco", "--out", str(folder / name / "coco.json"))
    return [folder / name for name in counts]


def pending() -> dict[Path, dict]:
    """The jobs that have not ended, by their folders."""
    studio("engine", "start")
    return {
        Path(each["root"]): each for each in json.loads(studio("queue", "ls", "--json")) if each["ended_at"] is None
    }


def job(out: Path, name: str, count: int, frames: Frames, known: dict[Path, dict]) -> str:
    """The id of the job that renders so many frames of a preset or variant into a folder: a new one, or the one that
    an earlier start left there, with more frames where it has too few."""
    if begun := known.get(out.resolve()):
        if begun["count"] < count:
            studio("queue", "extend", str(begun["id"]), "--count", str(count))
        return str(begun["id"])
    preset, settings = VARIANTS.get(name, (name, ()))
    if any(str(SERVED) in setting for setting in settings):
        studio("plugins", "trust", str(SERVED))
    more = [word for setting in settings for word in ("--set", setting)]
    added = studio("queue", "add", preset, "--count", str(count), "--out", str(out), *frames.settings(), *more,
                   "--name", f"{out.parent.name}-{name}", "--json")  # fmt: skip
    return str(json.loads(added)["id"])


def exported(folder: Path) -> int:
    """Number of frames in a folder's export."""
    path = folder / "coco.json"
    return len(json.loads(path.read_text())["images"]) if path.exists() else 0


def studio(*arguments: str) -> str:
    """Run a command of the program; returns what it prints. Ends this program where it fails, with its sentence."""
    done = subprocess.run([sys.executable, "-m", "studio", *arguments], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout
