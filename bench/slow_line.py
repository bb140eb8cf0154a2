"""Keys and pictures on a slow line: an app with an `ImageView` at 5 pictures a second, in a PTY read at a given rate.

    python bench/slow_line.py [--rates 50,200,1000] [--size 80x24] [--seconds 20] [--image FILE] [--naive]

The terminal at the other end takes RATE KB (1000 bytes) a second, evenly, from the kernel's own buffer of the PTY, and
answers where its cursor is when it has taken the question, as terminals do. Printed for each rate:

- `key`: from the moment a key is typed to the moment the terminal has taken the changed text, p50, p99 and the most.
  A key is typed every 0.15 to 0.35 s; it changes a line of text.
- `behind`: how many pictures the one on the screen is behind the newest that was handed to the view, looked at every
  10 ms: p50, p99, the most, and the share of the time at which it is at most one. A picture is on the screen when its
  last row has been taken.
- pictures a second that were shown whole, bytes a picture, and how much of the line was used.

With --naive the same pictures by a widget that refreshes itself for each one, as a baseline. Goals: keys within 100 ms
(p99), at most one picture behind.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PICTURES_A_SECOND = 5
TICK = 0.002
SETTLE = 3.0
"""Seconds before anything is measured: the line's rate is found out in the first ones."""

_MARK = re.compile(rb"<(\d{4})>|\[(\d{4})\]|\x1b\[6n")
_LONGEST = 6


def child(size: tuple[int, int], seconds: float, image: Path | None, naive: bool, report: int) -> None:
    """The app. Writes the time of each picture to the file `report`."""
    from textual.app import App, ComposeResult
    from textual.strip import Strip
    from textual.widget import Widget
    from textual.widgets import Static

    from bench.moving import moving_pictures
    from widgets.cell_grid import CellText
    from widgets.cells import half_block_rows
    from widgets.image_view import ImageView
    from widgets.pictures_app import PicturesApp

    columns, rows = size[0], size[1] - 1
    pictures = moving_pictures(40, (columns, 2 * rows), image)

    class Plain(Widget):
        """Shows each picture as it comes."""

        rows_: list[list[object]] = []  # noqa: RUF012

        def show_picture(self, picture: object, texts: list[CellText]) -> None:
            self.rows_ = half_block_rows(picture, texts)  # type: ignore[assignment,arg-type]
            self.refresh()

        def render_line(self, y: int) -> Strip:
            return Strip(self.rows_[y]) if y < len(self.rows_) else Strip.blank(columns)  # type: ignore[arg-type]

    class SlowApp(PicturesApp, App[None]):  # type: ignore[misc]
        CSS = "Static { height: 1; } Plain { height: 1fr; }"

        def compose(self) -> ComposeResult:
            yield Plain() if naive else ImageView()
            yield Static("[0000]", markup=False)

        def on_mount(self) -> None:
            self.keys, self.number = 0, 0
            self.set_interval(1 / PICTURES_A_SECOND, self.next_picture)
            self.set_timer(seconds, self.exit)

        def next_picture(self) -> None:
            self.number += 1
            tag = CellText(0, rows - 1, f"<{self.number:04d}>", (0, 0, 0), (200, 200, 200))
            os.write(report, f"{json.dumps([self.number, time.monotonic()])}\n".encode())
            self.query_one(Plain if naive else ImageView).show_picture(pictures[self.number % 40], [tag])

        def on_key(self) -> None:
            self.keys += 1
            self.query_one(Static).update(f"[{self.keys:04d}]")

    gc.freeze()  # as the program does
    SlowApp().run()


@dataclass
class Terminal:
    """What the far end saw; times are those of the common clock, in seconds."""

    taken: int = 0
    keys_typed: list[float] = field(default_factory=list)
    keys_seen: dict[int, float] = field(default_factory=dict)
    pictures_seen: list[tuple[float, int]] = field(default_factory=list)
    _rest: bytes = b""

    def take(self, data: bytes, answer: int) -> None:
        """Look for marks in what came; answer where the cursor is."""
        now = time.monotonic()
        self.taken += len(data)
        text = self._rest + data
        end = 0
        for found in _MARK.finditer(text):
            end = found.end()
            if found[1]:
                self.pictures_seen.append((now, int(found[1])))
            elif found[2]:
                for number in range(len(self.keys_seen) + 1, int(found[2]) + 1):
                    self.keys_seen[number] = now
            else:
                os.write(answer, b"\x1b[1;1R")
        self._rest = text[max(end, len(text) - _LONGEST) :]


def run(rate: float, size: tuple[int, int], seconds: float, image: Path | None, naive: bool) -> None:
    """One app on one line; prints what came of it."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    reading, writing = os.pipe()
    command = [
        sys.executable,
        __file__,
        "--child",
        str(writing),
        "--size",
        f"{size[0]}x{size[1]}",
    ]
    command += ["--seconds", str(seconds + SETTLE), *(["--image", str(image)] if image else []), *["--naive"] * naive]
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    app = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, pass_fds=(writing,), env=environment, start_new_session=True
    )
    os.close(slave)
    os.close(writing)
    terminal = Terminal()
    try:
        began = watch(terminal, master, rate, app)
    finally:
        app.kill()
        app.wait()
        os.close(master)
    with os.fdopen(reading) as file:
        made = [json.loads(line) for line in file]
    print_line(rate, terminal, made, began + SETTLE, naive)


def watch(terminal: Terminal, master: int, rate: float, app: subprocess.Popen[bytes]) -> float:
    """Read at `rate` bytes a second and type keys until the app ends; returns when the first picture came."""
    rng = np.random.default_rng(1)
    began, typed_at = 0.0, float("inf")
    last, allowance = time.monotonic(), 0.0
    while app.poll() is None:
        time.sleep(TICK)
        now = time.monotonic()
        # What was not used is lost, but for a little: a line does not save up.
        allowance = min(allowance + rate * (now - last), max(rate * 0.01, 512))
        last = now
        while allowance >= 1 and select.select([master], [], [], 0)[0]:
            try:
                data = os.read(master, min(int(allowance), 4096))
            except OSError:
                return began
            allowance -= len(data)
            terminal.take(data, master)
        if not began and terminal.pictures_seen:
            began, typed_at = now, now + SETTLE
        if now >= typed_at:
            terminal.keys_typed.append(now)
            os.write(master, b"k")
            typed_at = now + rng.uniform(0.15, 0.35)
    return began


def print_line(rate: float, terminal: Terminal, made: list[tuple[int, float]], start: float, naive: bool) -> None:
    """The numbers of one rate."""
    keys = np.array(
        [
            (terminal.keys_seen[number] - at) * 1e3
            for number, at in enumerate(terminal.keys_typed, 1)
            if number in terminal.keys_seen
        ]
        or [float("nan")]
    )
    lost = len(terminal.keys_typed) - len(terminal.keys_seen)
    end = made[-1][1]
    behind = []
    newest = shown = 0
    made_at, seen_at = iter([*made, (0, float("inf"))]), iter([*terminal.pictures_seen, (float("inf"), 0)])
    next_made, next_seen = next(made_at), next(seen_at)
    for now in np.arange(made[0][1], end, 0.01):
        while next_made[1] <= now:
            newest, next_made = next_made[0], next(made_at)
        while next_seen[0] <= now:
            shown, next_seen = next_seen[1], next(seen_at)
        if now >= start:
            behind.append(newest - shown)
    late = np.array(behind or [0])
    span = end - start
    whole = len({number for at, number in terminal.pictures_seen if at >= start})
    first = terminal.pictures_seen[0][0]
    print(
        f"{rate / 1000:5.0f} KB/s {'naive' if naive else '     '} key p50 {np.median(keys):5.0f} ms  "
        f"p99 {np.quantile(keys, 0.99):5.0f} ms  most {keys.max():5.0f} ms ({len(keys)} keys, {max(lost, 0)} unseen) | "
        f"behind p50 {np.median(late):.0f}  p99 {np.quantile(late, 0.99):.0f}  most {late.max()}  "
        f"at most one {100 * (late <= 1).mean():5.1f} % | {whole / span:.1f} pictures/s, "
        f"{100 * terminal.taken / (rate * (end - first + 1)):.0f} % of the line",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", default="50,200,1000", help="KB a second")
    parser.add_argument("--size", default="80x24")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--image", type=Path)
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    columns, _, rows = options.size.partition("x")
    size = int(columns), int(rows)
    if options.child is not None:
        child(size, options.seconds, options.image, options.naive, options.child)
        return
    print(f"{options.size}, {PICTURES_A_SECOND} pictures/s, load {os.getloadavg()[0]:.1f}")
    for rate in options.rates.split(","):
        run(float(rate) * 1000, size, options.seconds, options.image, options.naive)


if __name__ == "__main__":
    main()
