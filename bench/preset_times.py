"""What a frame of each preset costs at 320x240 and 32 samples, as a multiple of `basic`.

    python bench/preset_times.py [NAME ...] [--frames 6] [--rounds 2]

The presets take turns, round by round, so that a machine whose speed drifts slows them all alike. Counted is what each
frame's record says: from the draw (physics and frames that were drawn again included) to the finished passes; starting
the program and loading assets is not. Printed are the median and the most, in seconds, the ratio of the medians, and
how many draws were thrown away for each frame.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import presets  # noqa: E402 - the repository is on the path only now
from engine.annotate.record import FrameRecord  # noqa: E402
from engine.dataset.read import Dataset  # noqa: E402

BASELINE = "basic"
SMALL = ("render.resolution=[320, 240]", "render.samples=32")


def render(name: str, root: Path, start: int, count: int) -> None:
    """Render frames of a preset, as it ships but for their size."""
    settings = [part for setting in SMALL for part in ("--set", setting)]
    command = [sys.executable, "-m", "studio", "render", name, *settings, "--seed", "1"]
    command += ["--start", str(start), "--count", str(count), "--out", str(root)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def measure(names: list[str], frames: int, rounds: int) -> dict[str, list[FrameRecord]]:
    """The records of all frames, the first of each round left out: it compiles and loads."""
    records: dict[str, list[FrameRecord]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for name in names:
                root = Path(folder, name)
                render(name, root, number * (frames + 1), frames + 1)
                first = number * (frames + 1) + 1
                records[name] += [Dataset.open(root).record(index) for index in range(first, first + frames)]
    return records


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="presets; all when left out")
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    names = [BASELINE, *(name for name in options.names or presets.names() if name != BASELINE)]
    records = measure(names, options.frames, options.rounds)
    print(f"{options.rounds} x {options.frames} frames each, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'preset':<12} {'median':>8} {'most':>8} {'ratio':>7}  thrown away a frame")
    usual = statistics.median(record.render.seconds for record in records[BASELINE])
    for name in names:
        seconds = [record.render.seconds for record in records[name]]
        median = statistics.median(seconds)
        redrawn = statistics.mean(record.spec.attempt for record in records[name])
        print(f"{name:<12} {median:>8.2f} {max(seconds):>8.2f} {median / usual:>6.2f}x  {redrawn:.1f}")


if __name__ == "__main__":
    main()
