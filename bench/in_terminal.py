"""Starts the program in a terminal of its own, and tells how long it took until something could be seen there."""

from __future__ import annotations

import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
TEXTUAL_ALONE = "import textual.app"
"""What every program made with Textual pays before its first line."""

PATIENCE = 60
"""Seconds after which something that is not seen counts as never shown."""

_QUESTION, _ANSWER = b"\x1b[c", b"\x1b[?62;22c"
"""What the terminal can do, which every terminal answers."""


class Seconds(NamedTuple):
    """How long something took."""

    wall: float
    """By the clock."""
    processor: float
    """Of the processors, user and system; on a busy machine it says more than the clock."""


def until_seen(
    arguments: Sequence[str],
    seen: Callable[[bytes], bool],
    size: tuple[int, int] = (80, 24),
    environment: Mapping[str, str] | None = None,
) -> Seconds:
    """From the start of `studio ARGUMENTS` until `seen` holds for all that the terminal has been sent.

    Args:
        size: columns and rows of the terminal.
        environment: variables besides those of this process.

    Raises:
        SystemExit: it did not hold within `PATIENCE` seconds.
    """
    leader, follower = pty.openpty()
    ioctl(follower, TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=_environment(environment),
        start_new_session=True,
    )
    os.close(follower)
    output = b""
    try:
        while not seen(output):
            ready, _, _ = select.select([leader], [], [], PATIENCE)
            if not ready or time.perf_counter() - start > PATIENCE:
                raise SystemExit(f"What `studio {' '.join(arguments)}` should show did not come in {PATIENCE} s.")
            part = os.read(leader, 65536)
            if _QUESTION in part:
                os.write(leader, _ANSWER)
            output += part
        return Seconds(time.perf_counter() - start, _processor_seconds(process.pid))
    finally:
        process.kill()  # asked politely, it would wait for its last bytes to be read, which nobody does
        process.wait()
        os.close(leader)


def alone(code: str = TEXTUAL_ALONE) -> Seconds:
    """What a Python process takes for some code, from its start to its end."""
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY, env=_environment(None))
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Seconds(time.perf_counter() - start, used)


def median_and_best(runs: Sequence[Seconds]) -> tuple[Seconds, Seconds]:
    """The median and the least of both times, each by itself."""
    walls, processors = zip(*runs, strict=True)
    return Seconds(statistics.median(walls), statistics.median(processors)), Seconds(min(walls), min(processors))


def report(runs: Mapping[str, Sequence[Seconds]]) -> None:
    """Print a line for each name, with the ratio to the first one's: of the best by the clock, of the median else."""
    print("seconds                 wall: median  best   ratio    processor: median  best   ratio")
    base, base_best = median_and_best(next(iter(runs.values())))
    for name, times in runs.items():
        median, best = median_and_best(times)
        print(
            f"{name:<28}{median.wall:8.2f}{best.wall:6.2f}{best.wall / base_best.wall:8.2f}"
            f"{median.processor:19.2f}{best.processor:6.2f}{median.processor / base.processor:8.2f}"
        )


def load() -> str:
    """How busy the machine is."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    usual = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
    return {key: value for key, value in {**os.environ, **usual, **(more or {})}.items() if key != "NO_COLOR"}


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
