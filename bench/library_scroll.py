"""What a key costs on the Library screen with 10,000 assets, against the same with 100.

    python bench/library_scroll.py [--sizes 80x24,200x60] [--counts 100,10000] [--steps 30]

Two folders of real files are made, with their thumbnails in the cache. For each the program runs in a terminal of its
own. A step is a key or a turn of the wheel: from its sending to the last byte that the screen sends for it. The same
cells come into view with either number: pages go down and up again. `new pages` goes on downwards, so that all cells
are new and their pictures come from the cache; only the large folder has enough of them.

Printed are p50 and p99 of the steps, the processor's time for each, and the ratios to the small folder. `open` is from
the program's start to the first cells, and to the whole number of assets; `keys while it looks` are answered meanwhile.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from bench.library_assets import make_tree, paint_thumbnails  # noqa: E402 - the repository is on the path only now

QUIET = 0.1
"""Seconds without a byte after which a step is over."""
DOWN, UP, PAGE_DOWN, PAGE_UP, END, HOME = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[5~", b"\x1b[F", b"\x1b[H"
ENTER, ESCAPE, BACKSPACE = b"\r", b"\x1b", b"\x7f"


class Terminal:
    """The program in a terminal of its own."""

    def __init__(self, home: Path, size: tuple[int, int]) -> None:
        variables = {f"XDG_{name.upper()}_HOME": str(home / name) for name in ("state", "cache", "config", "data")}
        variables |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
        self._leader, follower = pty.openpty()
        ioctl(follower, TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = {key: value for key, value in {**os.environ, **variables}.items() if key != "NO_COLOR"}
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studio"], stdin=follower, stdout=follower, stderr=follower,
            env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(follower)

    def until(self, seen: bytes, patience: float = 60) -> float:
        """Seconds since the start at which the terminal got these bytes."""
        output = b""
        end = time.perf_counter() + patience
        while seen not in output:
            if time.perf_counter() > end or not select.select([self._leader], [], [], 1)[0]:
                if time.perf_counter() > end:
                    raise SystemExit(f"{seen!r} was not shown in {patience:.0f} s.")
                continue
            output = output[-4096:] + os.read(self._leader, 65536)
        return time.perf_counter() - self.started

    def step(self, key: bytes, quiet: float = QUIET) -> float:
        """Send a key; seconds until the last byte that came for it, 0 where none came."""
        start = last = time.perf_counter()
        os.write(self._leader, key)
        while select.select([self._leader], [], [], quiet if last > start else 2.0)[0]:
            os.read(self._leader, 1 << 20)
            last = time.perf_counter()
        return last - start

    def settle(self, seconds: float = 1.5) -> None:
        """Read until nothing has come for so long, which is more than a tick of the screen, or ten times as long."""
        end = time.perf_counter() + 10 * seconds
        while time.perf_counter() < end and select.select([self._leader], [], [], seconds)[0]:
            os.read(self._leader, 1 << 20)

    def processor(self) -> float:
        """Seconds of the processors that the program itself has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End the program."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._leader)


@dataclass
class Steps:
    """What was measured of one kind of step."""

    seconds: list[float] = field(default_factory=list)
    processor: float = 0.0

    @property
    def p50(self) -> float:
        return 1000 * statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        return 1000 * sorted(self.seconds)[min(len(self.seconds) - 1, int(0.99 * len(self.seconds)))]

    @property
    def each(self) -> float:
        return 1000 * self.processor / len(self.seconds)


def measured(terminal: Terminal, keys: Iterable[bytes]) -> Steps:
    """Send keys one by one."""
    terminal.settle()
    before, steps = terminal.processor(), Steps()
    steps.seconds = [terminal.step(key) for key in keys]
    steps.processor = terminal.processor() - before
    return steps


def wheel(down: bool, size: tuple[int, int]) -> bytes:
    """A turn of the wheel in the middle of the grid, as a terminal sends it."""
    return f"\x1b[<{65 if down else 64};{size[0] // 4};{size[1] // 2}M".encode()


def measure(home: Path, size: tuple[int, int], count: int, steps: int) -> dict[str, Steps]:
    """All kinds of steps on one library, as on the first start: nothing of another run is remembered."""
    shutil.rmtree(home / "state", ignore_errors=True)
    opened = Terminal(home, size)
    try:
        found = {"open: first cells": Steps([opened.until(b"bottle")])}
        while_looking = measured_until(opened, f"{count + 12:,} assets".encode())
        found["open: all assets"] = Steps([time.perf_counter() - opened.started])
        if while_looking:
            found["keys while it looks"] = Steps(while_looking)
        for _ in range(2):
            opened.step(PAGE_DOWN)
        opened.step(HOME)
        found["arrow"] = measured(opened, [DOWN, DOWN, UP, UP] * (steps // 4))
        found["page"] = measured(opened, [PAGE_DOWN, PAGE_UP] * (steps // 2))
        found["wheel"] = measured(opened, [wheel(down, size) for down in (True, True, False, False) * (steps // 4)])
        opened.step(HOME)
        found["end, home"] = measured(opened, [END, HOME] * (steps // 6))
        letters = [letter.encode() for letter in "mug 00"]
        opened.step(b"/")
        found["filter, a letter"] = measured(opened, [*letters, *[BACKSPACE] * 6] * max(steps // 12, 1))
        opened.step(ENTER)
        found["sort"] = measured(opened, [b"s"] * 6)
        found["mark all"] = measured(opened, [b"A"] * 4)
        if count > 1000:
            opened.step(HOME)
            found["new pages"] = measured(opened, [PAGE_DOWN] * steps)
        return found
    finally:
        opened.close()


def measured_until(terminal: Terminal, seen: bytes) -> list[float]:
    """Press keys until these bytes are shown; the seconds of each step."""
    seconds: list[float] = []
    output = b""
    end = time.perf_counter() + 120
    while seen not in output and time.perf_counter() < end:
        start = last = time.perf_counter()
        os.write(terminal._leader, UP if len(seconds) % 2 else DOWN)
        while select.select([terminal._leader], [], [], QUIET if last > start else 2.0)[0]:
            output = output[-4096:] + os.read(terminal._leader, 1 << 20)
            last = time.perf_counter()
            if seen in output:
                break
        seconds.append(last - start)
    return seconds


def make_homes(counts: list[int], folder: Path) -> dict[int, Path]:
    """A home for each number of assets, with the folder in its library and the thumbnails in its cache."""
    homes = {}
    for count in counts:
        home = homes[count] = folder / str(count)
        assets = home / "assets"
        make_tree(assets, count)
        paint_thumbnails(assets, home / "cache" / "dataset-studio" / "library")
        settings = home / "config" / "dataset-studio" / "library.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'folders = ["{assets}"]\n')
        print(f"{count:,} assets are made.", flush=True)
    return homes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="80x24,200x60")
    parser.add_argument("--counts", default="100,10000")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--keep", type=Path, help="a folder in which the assets are made, or lie from the last time")
    options = parser.parse_args()
    counts = [int(count) for count in options.counts.split(",")]
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as temporary:
        folder = options.keep or Path(temporary)
        made = {count: folder / str(count) for count in counts if (folder / str(count)).is_dir()}
        homes = made | make_homes([count for count in counts if count not in made], folder)
        for size in (tuple(int(part) for part in text.split("x")) for text in options.sizes.split(",")):
            results = {count: measure(homes[count], (size[0], size[1]), count, options.steps) for count in counts}
            show(results, f"{size[0]}x{size[1]}")


def show(results: dict[int, dict[str, Steps]], size: str) -> None:
    """Print a table of one size."""
    small, large = min(results), max(results)
    print(f"\n{size}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; milliseconds")
    print(f"{'':<22}" + "".join(f"{f'{count:,} assets':>34}" for count in results) + f"{'ratio p50':>12}{'cpu':>7}")
    heading = f"{'p50':>12}{'p99':>10}{'cpu a step':>12}"
    print(f"{'':<22}" + heading * len(results))
    for name in results[large]:
        row = f"{name:<22}"
        for found in results.values():
            steps = found.get(name)
            cells = (steps.p50, steps.p99, steps.each) if steps is not None else None
            row += f"{cells[0]:12.0f}{cells[1]:10.0f}{cells[2]:12.1f}" if cells else " " * 34
        few, many = results[small].get(name), results[large][name]
        if few is not None and few.p50:
            row += f"{many.p50 / few.p50:12.2f}"
            row += f"{many.processor / few.processor:7.2f}" if few.processor else ""
        print(row)


if __name__ == "__main__":
    main()
