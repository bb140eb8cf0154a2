"""How long `studio inspect` takes from the start of its process to the first picture, on a dataset of 10,000 frames.

    python bench/inspect_start.py [--frames 10000] [--runs 5] [--size 120x40]

The dataset is made by repeating a few synthetic frames; nothing is rendered. The program runs in a terminal of its own.
Printed are the median and the best of several runs, and what Python and the libraries take of it by themselves.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.factory import make_dataset, multiply_dataset  # noqa: E402 - the repository is on the path only now

HALF_BLOCK = "▄".encode()


def first_picture(dataset: Path, size: tuple[int, int], state: Path) -> tuple[float, float]:
    """From the process' start to the first half blocks in the terminal: seconds by the clock, and of the processor."""
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(REPOSITORY),
        "XDG_STATE_HOME": str(state),
    }
    environment.pop("NO_COLOR", None)
    leader, follower = pty.openpty()
    ioctl(follower, TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", "inspect", str(dataset)],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
        start_new_session=True,
    )
    os.close(follower)
    try:
        seen = b""
        while seen.count(HALF_BLOCK) < 100:
            ready, _, _ = select.select([leader], [], [], 60)
            if not ready:
                raise SystemExit("No picture came within a minute.")
            seen += os.read(leader, 65536)
        return time.perf_counter() - start, processor_seconds(process.pid)
    finally:
        process.kill()  # asked politely, it would wait for its last bytes to be read, which nobody does
        process.wait()
        os.close(leader)


def processor_seconds(pid: int) -> float:
    """What a process has used of the processors so far; on a busy machine it says more than the clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds_of(code: str) -> float:
    """Seconds that a Python process takes for some code."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)
    return time.perf_counter() - start


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", default="120x40", help="columns x rows of the terminal")
    options = parser.parse_args(arguments)
    columns, rows = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder, "dataset")
        make_dataset(dataset, 4, width=640, height=480)
        multiply_dataset(dataset, options.frames)
        first_picture(dataset, (columns, rows), Path(folder))  # fills the caches for files and bytecode
        runs = [first_picture(dataset, (columns, rows), Path(folder)) for _ in range(options.runs)]
    times, processor = [wall for wall, _ in runs], [used for _, used in runs]
    print(f"frames               {options.frames:,}, 640 x 480, terminal {columns} x {rows}")
    print(f"first picture        {statistics.median(times):.2f} s median, {min(times):.2f} s best of {options.runs}")
    print(f"processor time       {statistics.median(processor):.2f} s median, {min(processor):.2f} s best")
    for name, code in (("Python alone", "pass"), ("with Textual", "import textual.app, textual.widgets._footer")):
        print(f"{name:<20} {statistics.median(seconds_of(code) for _ in range(3)):.2f} s")
    print(f"load of the machine  {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
