"""Runs the whole test suite: `python -m tests [PYTEST ARGUMENTS]`.

There are two parts, each a pytest run of its own. Tests under tests/blender/ import bpy, one after the other in one
process apart; all others share two processes. These processes are pytest-xdist's workers, so that a crash of Blender
fails the test that met it, and the rest goes on in a new process.

The exit code is 0 only if no part failed and at least one test ran.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
BLENDER = HERE / "blender"

PARTS = {"rest": "tests that do not import Blender", "blender": "tests that import Blender"}
"""The values of conftest's option --part, in the order they run in."""

WORKERS = {"rest": 2, "blender": 1}

ATTENDED = {
    "-s",
    "--capture=no",
    "--pdb",
    "--trace",
    "--co",
    "--collect-only",
    "--fixtures",
    "--markers",
    "--help",
    "-h",
}
"""Arguments with which a person wants to see the process itself: no worker processes then."""

NO_TEST_RAN = int(pytest.ExitCode.NO_TESTS_COLLECTED)
INTERRUPTED = int(pytest.ExitCode.INTERRUPTED)


def main(arguments: list[str]) -> int:
    """Run the parts that the arguments concern; returns the exit code."""
    if any(argument in ("-h", "--help", "--markers", "--fixtures", "--version", "-V") for argument in arguments):
        return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=HERE.parent)
    codes: list[int] = []
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for part in parts_concerned(arguments):
            report = Path(scratch, f"{part}.xml")
            print(f"\n### {PARTS[part]}", flush=True)
            codes.append(subprocess.call(command(part, arguments, report), cwd=HERE.parent, env=environment()))
            counts += counts_of(report)
            if codes[-1] == INTERRUPTED:
                break
    failed = [code for code in codes if code not in (0, NO_TEST_RAN)]
    print(f"\nTotal: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    if failed:
        return failed[0] if failed[0] > 0 else 1
    return 0 if 0 in codes else NO_TEST_RAN


def parts_concerned(arguments: list[str]) -> list[str]:
    """The parts to run: both, unless all tests named are of one."""
    paths = [HERE.parent / argument.split("::")[0] for argument in arguments if not argument.startswith("-")]
    named = [path for path in paths if path.exists() and path.is_relative_to(HERE)]
    if not named:
        return list(PARTS)
    wanted = {"blender" if path.is_relative_to(BLENDER) else "rest" for path in named}
    if HERE in named:
        wanted.add("blender")
    return [part for part in PARTS if part in wanted]


def command(part: str, arguments: list[str], report: Path) -> list[str]:
    """The command line of pytest for one part; it leaves its counts in `report`."""
    own = [f"--part={part}", f"--junitxml={report}"]
    if not any(argument in ATTENDED or argument.startswith("-n") for argument in arguments):
        own += ["-n", str(WORKERS[part])]
    return [sys.executable, "-m", "pytest", "-q", "--durations=12", *own, *arguments]


def environment() -> dict[str, str]:
    """Ours, but with bytecode kept: the tests start thousands of processes, and each would compile everything again."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def counts_of(report: Path) -> Counter[str]:
    """How many tests passed, failed and were skipped, by a report of pytest; nothing if it was not written."""
    if not report.exists():
        return Counter()
    suites = ET.parse(report).getroot().iter("testsuite")
    totals: Counter[str] = Counter()
    for suite in suites:
        totals.update({name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")})
    failed = totals["failures"] + totals["errors"]
    return Counter(passed=totals["tests"] - failed - totals["skipped"], failed=failed, skipped=totals["skipped"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
