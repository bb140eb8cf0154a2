"""The app in a real terminal: it opens at each screen, goes to all others, quits, and survives a line that is cut."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest

from engine.queue.lifecycle import is_running
from studio.state import state_path
from studio.tabs import SCREENS

REPOSITORY = Path(__file__).parents[2]
MARKS = {"library": "[1 Library]", "recipe": "[2 Recipe]", "queue": "[3 Queue]", "inspect": "[4 Inspect]"}


def start(*arguments: str) -> pexpect.spawn[str]:
    """`studio ARGUMENTS` in a terminal of 80 x 24."""
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
    environment.pop("NO_COLOR", None)
    return pexpect.spawn(
        sys.executable, ["-m", "studio", *arguments], dimensions=(24, 80), encoding="utf-8", timeout=60,
        env=environment, cwd=str(REPOSITORY),
    )  # fmt: skip


def remembered() -> object:
    return json.loads(state_path().read_text())["app"]["screen"]


@pytest.mark.parametrize("name", SCREENS)
def test_each_screen_can_be_the_first_and_is_left_cleanly(name: str) -> None:
    state_path().parent.mkdir(parents=True, exist_ok=True)
    state_path().write_text(json.dumps({"app": {"screen": name}}))
    child = start()
    child.expect_exact(MARKS[name])
    child.send("3")
    if name != "queue":
        child.expect_exact(MARKS["queue"])
    child.expect("engine not running")
    child.send("q")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert "Traceback" not in child.before
    assert remembered() == "queue"
    assert not is_running(), "looking starts no engine"


def test_a_line_that_is_cut_loses_nothing() -> None:
    child = start("--readonly", "--ascii")
    child.expect_exact(MARKS["library"])
    child.send("3")
    child.expect_exact(MARKS["queue"])
    child.expect("read-only")
    child.kill(signal.SIGHUP)
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert remembered() == "queue"


@pytest.mark.parametrize("told", [False, True], ids=["the terminal goes", "a signal comes"])
def test_an_app_whose_terminal_takes_nothing_ends_all_the_same(told: bool) -> None:
    """It waits for the terminal with all it has to say: what ends it must not need it to go on."""
    child = start()
    child.expect_exact(MARKS["library"])
    child.send("3")
    child.expect_exact(MARKS["queue"])
    pid = child.pid
    spent = [-1] * 20
    while spent[-1] != spent[-20]:  # nobody reads what the keys bring about, until it waits for the terminal
        child.send("1432")
        time.sleep(0.1)
        spent.append(sum(map(int, Path(f"/proc/{pid}/stat").read_text().split()[13:15])))
    if told:
        os.kill(pid, signal.SIGTERM)
    else:
        os.close(child.child_fd)
    ended = time.monotonic() + 60
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < ended, "it is still there"
        time.sleep(0.1)
    assert remembered() in SCREENS
