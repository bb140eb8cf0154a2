"""Runs the whole test suite: `python -m tests [PYTEST ARGUMENTS]`.

There are two parts, each a pytest run of its own, at the same time. Tests under tests/blender/ import bpy, one after
the other in one process apart; all others, which mostly wait for programs that they start, share three processes. These
processes are pytest-xdist's workers, so that a crash of Blender fails the test that met it, and the rest goes on in a
new process. What the second part prints comes when the first has ended.

The exit code is 0 only if no part failed and at least one test ran. With `--once-more` (the gate's), where no more
than three tests failed, these run again, alone: a test that waits for a screen or a process can lose a race on a busy
machine, and one such in thousands would say nothing about a change. What passed only then is named.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
BLENDER = HERE / "blender"

PARTS = {"rest": "tests that do not import Blender", "blender": "tests that import Blender"}
"""The values of conftest's option --part, in the order in which they are shown."""

WORKERS = {"rest": 3, "blender": 1}

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

ONCE_MORE = "--once-more"
RACES = 3
"""So many failures may be races; more are not."""

NO_TEST_RAN = int(pytest.ExitCode.NO_TESTS_COLLECTED)


def main(arguments: list[str]) -> int:
    """Run the parts that the arguments concern; returns the exit code."""
    if any(argument in ("-h", "--help", "--markers", "--fixtures", "--version", "-V") for argument in arguments):
        return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=HERE.parent)
    # Programs under test let others go first; beside other tests, some would never get their turn.
    os.nice(19)
    # Background jobs of a shell ignore Ctrl-C, and the programs under test would with them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    once_more = ONCE_MORE in arguments
    arguments = [argument for argument in arguments if argument != ONCE_MORE]
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MESA_SHADER_CACHE_DIR"] = str(Path(scratch, "shaders"))
        parts = parts_concerned(arguments)
        codes = run_parts(parts, arguments, Path(scratch))
        counts = counts_of(Path(scratch))
        if once_more and 0 < counts["failed"] <= RACES:
            codes = [run_again(part, arguments) if code == 1 else code for part, code in zip(parts, codes, strict=True)]
            if all(code in (0, NO_TEST_RAN) for code in codes):
                print("\nPassed only the second time, alone:", *failed_in(Path(scratch)), sep="\n  ", flush=True)
                counts.update(passed=counts["failed"], failed=-counts["failed"])
    failed = [code for code in codes if code not in (0, NO_TEST_RAN)]
    print(f"\nTotal: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    if failed:
        return failed[0] if failed[0] > 0 else 1
    return 0 if 0 in codes else NO_TEST_RAN


def run_parts(parts: Sequence[str], arguments: list[str], scratch: Path) -> list[int]:
    """Run parts at the same time, or one after the other where a person watches; returns their exit codes.

    The first prints as it goes, the others when those before them have ended. Reports are left in `scratch`.
    """
    commands = [command(part, arguments, scratch / f"{part}.xml") for part in parts]
    if is_attended(arguments):
        return [subprocess.call(line, cwd=HERE.parent, env=environment()) for line in commands]
    outputs = [None, *(scratch / f"{part}.txt" for part in parts[1:])]
    runs = [start(line, output) for line, output in zip(commands, outputs, strict=False)]
    codes = []
    for part, run, output in zip(parts, runs, outputs, strict=False):
        print(f"\n### {PARTS[part]}", flush=True)
        codes.append(run.wait())
        if output is not None:
            print(output.read_text(errors="replace"), end="", flush=True)
    return codes


def run_again(part: str, arguments: list[str]) -> int:
    """Run a part's tests that failed once more, one after the other; returns the exit code."""
    print(f"\n### once more, alone: what failed of the {PARTS[part]}", flush=True)
    line = [sys.executable, "-m", "pytest", "-q", f"--part={part}", cache_of(part), "--lf", "--lfnf=none", "-n", "1"]
    line.append("--snapshot-warn-unused")  # The snapshots of the tests that passed are not looked at now.
    code = subprocess.call([*line, *arguments], cwd=HERE.parent, env=environment())
    return 1 if code == NO_TEST_RAN else code


def cache_of(part: str) -> str:
    """The argument that gives a part a memory of its failures of its own: the parts run at the same time."""
    return f"--override-ini=cache_dir=.pytest_cache/{part}"


def start(line: list[str], output: Path | None) -> subprocess.Popen[bytes]:
    """Begin a part; what it prints goes to a file, or to where ours goes."""
    with ExitStack() as stack:
        to = None if output is None else stack.enter_context(output.open("wb"))
        errors = None if output is None else subprocess.STDOUT
        return subprocess.Popen(line, cwd=HERE.parent, env=environment(), stdout=to, stderr=errors)


def is_attended(arguments: list[str]) -> bool:
    """Whether a person wants to see the process itself."""
    return any(argument in ATTENDED for argument in arguments)


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
    own = [f"--part={part}", f"--junitxml={report}", cache_of(part)]
    if not (is_attended(arguments) or any(argument.startswith("-n") for argument in arguments)):
        own += ["-n", str(WORKERS[part])]
    return [sys.executable, "-m", "pytest", "-q", "--durations=12", *own, *arguments]


def environment() -> dict[str, str]:
    """Ours, but with bytecode kept: the tests start thousands of processes, and each would compile everything again."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def failed_in(reports: Path) -> list[str]:
    """The tests that failed, by the reports of pytest in a folder."""
    cases = (case for report in sorted(reports.glob("*.xml")) for case in ET.parse(report).getroot().iter("testcase"))
    return [
        f"{case.get('classname')}::{case.get('name')}" for case in cases if {"failure", "error"} & {e.tag for e in case}
    ]


def counts_of(reports: Path) -> Counter[str]:
    """How many tests passed, failed and were skipped, by the reports of pytest in a folder."""
    totals: Counter[str] = Counter()
    for suite in (suite for report in reports.glob("*.xml") for suite in ET.parse(report).getroot().iter("testsuite")):
        totals.update({name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")})
    failed = totals["failures"] + totals["errors"]
    return Counter(passed=totals["tests"] - failed - totals["skipped"], failed=failed, skipped=totals["skipped"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
