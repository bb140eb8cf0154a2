"""Kill worker and engine thousands of times while they render, and print what that did to the frames.

    python bench/kill_storm.py [--kills 10000] [--at-once 4] [--seed 0] [--blender] [--folder FOLDER]

Each engine is a real one in a state folder of its own; its workers paint instead of rendering, unless `--blender`.
Storms of 200 kills at most follow each other, each over a new job; after each, its ledger and its dataset are read
back as a whole and compared with an undisturbed run. Exit code 1 where anything is lost, doubled, corrupt or left over;
then the storm's folder is kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.queue.storm import Verdict, random_storms, step_storms  # noqa: E402 - the repository is on the path only now

KILLS_A_STORM = 150


def main() -> int:
    """Storm until all kills are spent; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=4, help="engines that storm at the same time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--blender", action="store_true", help="render with Blender: about ten times as slow")
    parser.add_argument("--folder", type=Path, help="where to work, for a disk of your choice")
    options = parser.parse_args()
    how = {"renderer": "blender", "pace": 1} if options.blender else {}
    total = Verdict()
    with tempfile.TemporaryDirectory(prefix="storm-", dir=options.folder, delete=False) as folder:
        rounds = 0
        while total.sound and total.kills.total() < options.kills:
            where = Path(folder, f"round-{rounds}")
            if rounds == 0 and not options.blender:
                verdict = step_storms(where)
            else:
                kills = min(options.at_once * KILLS_A_STORM, options.kills - total.kills.total())
                verdict = random_storms(where, kills, at_once=options.at_once, seed=options.seed + 1000 * rounds, **how)
            total.add(verdict)
            total.seconds += verdict.seconds
            rounds += 1
            print(f"round {rounds}: {verdict}", flush=True)
    print(f"in all: {total}")
    if not total.sound:
        print(f"see {folder}: lost {total.lost[:9]}, twice {total.twice[:9]}, {total.corrupt[:9]}")
        return 1
    Path(folder).rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main())
