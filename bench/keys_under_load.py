"""From a key to a changed screen, on every screen, beside a render that uses all cores and without it.

    python bench/keys_under_load.py [--keys N] [--rounds N] [--screens NAME ...]

Everything is real: the program in a pseudo-terminal of 120 x 40, the engine, and a Cycles render of 640x480 on the
processor. The render is paused and resumed by turns, so that all measurements see the same machine; the ratio to the
one without the render is what to look at. A key counts as answered with the output after which an emulated screen
shows what it changes: the name of the selected asset, the setting that has the focus, the selected job, the number of
the frame and, later, its picture. The output is only recorded while keys are pressed, and played back afterwards.

The last column is how many cores the render had meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import presets
from engine.queue.door_messages import AddJob, EngineStatus, PauseJobs, Request, ResumeJobs
from engine.queue.lifecycle import connect, stop_engine
from engine.recipe.load import load_recipe, recipe_to_plain
from tests.factory import make_dataset
from tests.studio.terminal import KEYS, Emulator, Terminal

SIZE = (120, 40)
SPACING = 0.35
"""Seconds between two keys; whoever types faster waits for the same queue."""

LOST = 10.0
"""Seconds that a key counts which nothing followed."""

LOAD = "1"
"""The job that renders; the others stand still, and are there to be looked at."""


class Place(NamedTuple):
    """A screen, and how its keys are recognised."""

    key: str
    ready: tuple[str, ...]
    keys: tuple[str, str]
    """A key and the one that takes it back."""
    marks: dict[str, Callable[[Emulator], object]]
    """What the key changes, and nothing else does: by the name of the row that is printed."""


def _line(row: int, start: int = 0, end: int | None = None) -> Callable[[Emulator], object]:
    return lambda screen: "".join(screen.buffer[row][column].data for column in range(start, end or SIZE[0]))


def _focus(screen: Emulator) -> object:
    return [row for row in range(SIZE[1]) if screen.buffer[row][1].data == "▌"]


def _picture(screen: Emulator) -> object:
    return [(cell.fg, cell.bg) for row in range(4, 20, 3) for cell in (screen.buffer[row][x] for x in range(4, 60, 2))]


PLACES = {
    "library": Place("1", ("courtyard", "13 EV"), ("right", "left"), {"library": _line(2, 78)}),
    "recipe": Place("2", ("╭─ objects", " samples"), ("down", "up"), {"recipe": _focus}),
    "queue": Place("3", ("cups 12",), ("down", "up"), {"queue": _line(38, 0, 10)}),
    "inspect": Place("4", ("frame 0",), ("right", "left"), {"inspect": _line(1, 0, 60), "… its picture": _picture}),
}


class Row(NamedTuple):
    """How long keys took, in seconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Row:
        """Of all keys of one kind."""
        return cls(median(seconds), quantiles(seconds, n=100, method="inclusive")[98])


def ask(request: Request) -> Any:
    """Ask the engine."""
    with connect() as client:
        return client.request(request)


def workers() -> list[int]:
    """Process ids of the engine's workers."""
    daemon = ask(EngineStatus())["pid"]
    return [int(pid) for pid in Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()]


def processor_seconds(pids: Sequence[int]) -> float:
    """What processes have used of all cores."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):  # one that has just ended
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def prepare(folder: Path) -> Path:
    """A heavy job, paused, and eleven others; a dataset to be inspected."""
    plain = recipe_to_plain(load_recipe(presets.find("basic"), ["render.samples=4096"]))
    for number in range(1, 13):
        ask(AddJob(plain, "basic", f"cups {number}", number, 0, 1000, str(folder / f"out-{number}")))
        ask(PauseJobs((str(number),)))
    return Path(make_dataset(folder / "balls", 40, instances=3).root)


def wait_for_render() -> list[int]:
    """Let the heavy job go on, and wait until it renders; returns the workers."""
    ask(ResumeJobs((LOAD,)))
    while True:
        found = workers()
        before = processor_seconds(found)
        time.sleep(1.0)
        if found and processor_seconds(found) - before > 0.1:
            time.sleep(2.0)
            return found


def press_keys(terminal: Terminal, place: Place, count: int) -> list[float]:
    """Press the two keys by turns; returns the moments."""
    moments = []
    for number in range(count):
        moments.append(time.monotonic())
        terminal.send(KEYS[place.keys[number % 2]])
        time.sleep(SPACING)
    return moments


def delays(terminal: Terminal, place: Place, moments: Sequence[float]) -> dict[str, list[float]]:
    """From each key to the output that changed each of its marks; `LOST` where none ever did."""
    screen = Emulator(*SIZE)
    known = {name: mark(screen) for name, mark in place.marks.items()}
    changed: dict[str, list[float]] = {name: [] for name in place.marks}
    for at, data in terminal.chunks:
        screen.feed(data)
        for name, mark in place.marks.items():
            if (now := mark(screen)) != known[name]:
                known[name] = now
                changed[name].append(at)
    return {
        name: [next((at - start for at in changes if at >= start), LOST) for start in moments]
        for name, changes in changed.items()
    }


def measure(name: str, dataset: Path, keys: int, rounds: int) -> None:
    """Measure one screen in both ways and print its rows."""
    place = PLACES[name]
    ways = ["alone", "beside a render"]
    moments: dict[str, list[float]] = {way: [] for way in ways}
    cores: dict[str, list[float]] = {way: [] for way in ways}
    with Terminal.studio(*(["inspect", dataset] if name == "inspect" else []), size=SIZE) as terminal:
        terminal.wait_for("[")
        terminal.press(place.key)
        terminal.wait_for(*place.ready)
        time.sleep(5.0)
        for _ in range(rounds):
            for number, way in enumerate(ways):
                pids = [] if number == 0 else wait_for_render()
                used, start = processor_seconds(pids), time.monotonic()
                moments[way] += press_keys(terminal, place, keys // rounds // 2 * 2)
                cores[way].append((processor_seconds(pids) - used) / (time.monotonic() - start))
                if number:
                    ask(PauseJobs((LOAD,)))
                    time.sleep(2.0)
        terminal.wait_quiet(1.0)
        report(terminal, place, moments, cores)


def report(terminal: Terminal, place: Place, moments: dict[str, list[float]], cores: dict[str, list[float]]) -> None:
    """Print a row for each way and mark."""
    found = {way: delays(terminal, place, at) for way, at in moments.items()}
    for mark in place.marks:
        base = Row.of(found["alone"][mark])
        for way, seconds in found.items():
            row = Row.of(seconds[mark])
            print(
                f"{mark:14} {way:17} {1000 * row.p50:7.0f} {1000 * row.p99:7.0f}   {row.p50 / base.p50:5.1f}x"
                f" {row.p99 / base.p99:6.1f}x   {sum(cores[way]) / len(cores[way]):5.2f}   {len(seconds[mark])} keys",
                flush=True,
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=200, metavar="N", help="keys on each screen and in each way")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="turns of the ways")
    parser.add_argument("--screens", nargs="+", choices=PLACES, default=list(PLACES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ds-bench-") as parent:
        for name in ("CONFIG", "STATE", "CACHE", "DATA"):
            os.environ[f"XDG_{name}_HOME"] = f"{parent}/{name.lower()}"
        try:
            dataset = prepare(Path(parent))
            print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; milliseconds from key to screen")
            print(f"{'':14} {'':17} {'p50':>7} {'p99':>7}   {'p50':>6} {'p99':>7}   cores")
            for name in options.screens:
                measure(name, dataset, options.keys, options.rounds)
        finally:
            stop_engine(now=True)


if __name__ == "__main__":
    main()
