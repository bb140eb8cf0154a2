"""Makes docs/images/SCREEN-COLUMNSxROWS.png: every screen of the program at three sizes, as it is in a terminal.

    python docs/make_pictures.py [--screens NAME ...] [--keep FOLDER]

Nothing is made up: the program runs in a pseudo-terminal, beside an engine that renders the frames that are seen, of
the built-in cup in the built-in surroundings. That takes some minutes. With --keep what was rendered stays in a folder,
and is used again by the next run with the same folder. It needs the font DejaVu Sans Mono.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import presets  # noqa: E402
from engine.queue.door_messages import AddJob, PauseJobs, ShowJob  # noqa: E402
from engine.queue.lifecycle import connect, is_running, stop_engine  # noqa: E402
from engine.recipe.load import load_recipe, recipe_to_plain  # noqa: E402
from tests.studio.screen_picture import screen_picture  # noqa: E402
from tests.studio.terminal import Terminal  # noqa: E402

IMAGES = REPOSITORY / "docs" / "images"
SIZES = ((80, 24), (120, 40), (200, 60))
STILL_SECONDS = 45.0
"""How long to wait for a screen on which nothing changes any more, and for the last details of its pictures."""

COLORS = 128
"""In a picture; what is beyond them is not seen, and costs half of the file."""

SMALL = ("render.resolution=[320, 240]", "render.samples=24", 'render.passes=["depth", "normal"]')


class Job(NamedTuple):
    """Frames that are seen in the pictures."""

    name: str
    frames: int
    settings: tuple[str, ...]


JOBS = (
    Job("cups", 12, SMALL),
    Job("still life", 4, (*SMALL, "placement.spread=1.3")),
    Job("close-ups", 400, (*SMALL, "camera.fill=0.8")),
    Job("from above", 1500, (*SMALL, "camera.elevation={uniform=[50, 85]}")),
)
"""The first two are finished; the third renders; the last stands still."""


def queue_job(job: Job, root: Path) -> int:
    """Put a job into the queue; returns its id."""
    recipe = recipe_to_plain(load_recipe(presets.find("basic"), job.settings))
    with connect() as client:
        return int(client.request(AddJob(recipe, "basic", job.name, 7, 0, job.frames, str(root)))["id"])


def wait_until_done(number: int) -> None:
    """Wait for the end of a job."""
    with connect() as client:
        while client.request(ShowJob(str(number)))["state"] != "done":
            time.sleep(1.0)


def render(folder: Path) -> Path:
    """Fill the queue, unless that was done before; returns the dataset to be inspected."""
    roots = {job.name: folder / "datasets" / job.name.replace(" ", "-") for job in JOBS}
    if not roots["cups"].exists():
        numbers = [queue_job(job, roots[job.name]) for job in JOBS]
        with connect() as client:
            client.request(PauseJobs((str(numbers[-1]),)))
            print("rendering ...", flush=True)
        for number in numbers[:2]:
            wait_until_done(number)
    connect().close()
    return roots["cups"]


def library(terminal: Terminal) -> None:
    """A cup is selected, and all thumbnails are there."""
    terminal.press("1")
    terminal.wait_for("[1 Library]", "12 assets")
    terminal.press("end", "home", "right", "right", "right", "right", "right")


def recipe(terminal: Terminal) -> None:
    """The preview of a frame that is in the dataset too is finished; boxes and masks lie over it."""
    terminal.press("2")
    _see_preview(terminal)
    terminal.send(":7#2\r")
    terminal.wait_for("seed 7 · frame 2")
    _press_until(terminal, "g", "╭─ frame 2 ")
    _press_until(terminal, "v", "frame 2 · boxes and masks")
    _see_preview(terminal)


def sheet(terminal: Terminal) -> None:
    """Nine draws."""
    _press_until(terminal, "v", "seed 7 · frame 2 \n")
    _press_until(terminal, "g", "frames 2 to 10")
    _see_preview(terminal)


def _press_until(terminal: Terminal, key: str, text: str) -> None:
    """Press a key that goes through some states until one of them is there; what was chosen before is remembered."""
    for _ in range(6):
        end = time.monotonic() + 4.0
        while time.monotonic() < end:
            if text in terminal.text:
                return
            time.sleep(0.1)
        terminal.press(key)
    raise SystemExit(f"{key} does not lead to {text!r}:\n{terminal.text}")


def _see_preview(terminal: Terminal) -> None:
    finished = re.compile(r"(Cycles|EEVEE) · \d+ (samples|…)")
    terminal.wait_until(lambda: finished.search(terminal.text), "a finished preview")


def queue(terminal: Terminal) -> None:
    """A job renders."""
    terminal.press("3")
    terminal.wait_for("[3 Queue]", "rendering", "Frame ")


def inspect(terminal: Terminal) -> None:
    """A frame with all its overlays, and an object that is selected."""
    terminal.press("4")
    terminal.wait_until(lambda: "Objects" in terminal.text or "cups" in terminal.text, "a dataset, or its name")
    if "Objects" not in terminal.text:
        terminal.press("enter")
    terminal.wait_for("Objects")
    if "╭─ Frames" in terminal.text:  # a grid, where that was looked at last
        terminal.press("c")
        terminal.wait_until(lambda: "╭─ Frames" not in terminal.text, "a single frame")
    terminal.press("g", "right", "right", "i")


def statistics(terminal: Terminal) -> None:
    """The charts."""
    terminal.press("t")
    terminal.wait_for("Instances by class")


PICTURES: dict[str, tuple[Callable[[Terminal], None], tuple[tuple[int, int], ...]]] = {
    "library": (library, SIZES),
    "recipe": (recipe, SIZES),
    "recipe-sheet": (sheet, SIZES[1:2]),
    "queue": (queue, SIZES),
    "inspect": (inspect, SIZES),
    "inspect-statistics": (statistics, SIZES[1:2]),
}
"""How to come to what is seen, from the picture before, and the sizes of the terminal."""


def take(terminal: Terminal, name: str, size: tuple[int, int]) -> None:
    """Wait until the screen is still, or long enough, and write its picture."""
    end = time.monotonic() + STILL_SECONDS
    while time.monotonic() < end and time.monotonic() - terminal.chunks[-1][0] < 4.0:
        time.sleep(0.1)
    path = IMAGES / f"{name}-{size[0]}x{size[1]}.png"
    screen_picture(terminal.screen).quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size / 1000:.0f} kB", flush=True)


@contextlib.contextmanager
def own_folders(folder: Path) -> Iterator[None]:
    """Have the program keep everything in a folder, and end its engine with us."""
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    os.environ["HOME"] = str(folder)
    try:
        yield
    finally:
        if is_running():
            stop_engine(now=True)


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--screens", nargs="+", choices=PICTURES, default=list(PICTURES))
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ds-") as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        with own_folders(folder):
            render(folder)
            for size in SIZES:
                with Terminal.studio(size=size, cwd=folder / "datasets") as terminal:
                    terminal.wait_for("2 Recipe")
                    for name in options.screens:
                        go, sizes = PICTURES[name]
                        if size in sizes:
                            go(terminal)
                            take(terminal, name, size)


if __name__ == "__main__":
    main()
