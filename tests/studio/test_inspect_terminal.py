"""The program in a real terminal: it opens, shows a picture, obeys keys, quits and leaves the terminal as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from engine.dataset.read import Dataset
from studio.watching import FRAMES
from tests.studio.terminal import Terminal

REPOSITORY = Path(__file__).parents[2]


def start(*arguments: str, cwd: Path = REPOSITORY, **environment: str) -> pexpect.spawn[str]:
    """`studio ARGUMENTS` in a terminal of 80 x 24 with 24-bit colours."""
    known = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
    known.pop("NO_COLOR", None)
    return pexpect.spawn(
        sys.executable, ["-m", "studio", *arguments], dimensions=(24, 80), encoding="utf-8", timeout=60,
        env=known | environment, cwd=str(cwd),
    )  # fmt: skip


@pytest.fixture
def terminal(balls: Dataset) -> Iterator[pexpect.spawn[str]]:
    child = start("inspect", str(balls.root))
    yield child
    child.close(force=True)


def quit_cleanly(child: pexpect.spawn[str]) -> None:
    child.send("q")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert "Traceback" not in child.before


def test_it_opens_moves_toggles_and_quits(terminal: pexpect.spawn[str]) -> None:
    terminal.expect_exact("frame 0 (1st of 25)")
    terminal.expect("38;2;[0-9;]+m▄")
    terminal.expect(" cup 1 ")
    terminal.send("l")
    terminal.expect_exact("2nd of 25")
    terminal.send("G")
    terminal.expect_exact("25th of 25")
    terminal.send("\x1b[H")
    terminal.expect_exact("1st of 25")
    terminal.send("p")
    terminal.expect("●")
    terminal.send("/")
    terminal.expect_exact("filter frames")
    terminal.send("\r")
    quit_cleanly(terminal)


def test_whole_commands_that_arrive_at_once(terminal: pexpect.spawn[str]) -> None:
    """As on a slow line: nothing typed behind the opening key is lost or taken for an action."""
    terminal.expect_exact("frame 0 (1st of 25)")
    terminal.expect(" cup 1 ")
    terminal.send("vazimuth\r")
    terminal.expect(r"/azimuth  1 of \d+")
    terminal.send("/index<5 index>1\r:4\r")
    terminal.expect_exact("frame 4 (3rd of 3, 25 in all)")
    quit_cleanly(terminal)


def test_the_terminal_is_given_back(terminal: pexpect.spawn[str]) -> None:
    terminal.expect_exact("frame 0 (1st of 25)")
    terminal.expect("▄")
    terminal.send("q")
    terminal.expect_exact("\x1b[?1049l")
    terminal.expect_exact("\x1b[?25h")
    terminal.expect(pexpect.EOF)
    assert terminal.wait() == 0


def test_quitting_at_once_is_quick_and_quiet(terminal: pexpect.spawn[str]) -> None:
    terminal.expect("frame")
    quit_cleanly(terminal)


def test_without_color_nothing_is_colored(balls: Dataset) -> None:
    child = start("inspect", str(balls.root), NO_COLOR="1")
    child.expect_exact("frame 0 (1st of 25)")
    child.expect(" cup 1 ")
    quit_cleanly(child)
    assert "▄" not in child.before


def test_show_prints_half_blocks(balls: Dataset) -> None:
    child = start("show", str(balls.root), "--index", "3")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert "frame 3 (4th of 25)" in child.before
    assert child.before.count("▄") > 500
    assert len(child.before.rstrip().splitlines()) <= 23


def test_the_app_without_a_dataset(tmp_path: Path, balls: Dataset) -> None:
    (tmp_path / "mine").symlink_to(balls.root)
    child = start("inspect", cwd=tmp_path)
    child.expect("studio demo")
    child.expect("mine")
    child.send("\r")
    child.expect_exact("1st of 25")
    child.send("\x7f")
    child.expect("recently opened")
    quit_cleanly(child)


def test_with_256_colors_only_those_of_the_palette_are_sent(balls: Dataset) -> None:
    child = start("inspect", str(balls.root), COLORTERM="")
    child.expect_exact("frame 0 (1st of 25)")
    # The picture is read in a thread, so the hint may come before it.
    both = ["38;5;[0-9]+;48;5;[0-9]+m▄", "export COLORTERM=truecolor"]
    child.expect(both[1 - child.expect(both)])
    child.send("l")
    child.expect_exact("2nd of 25")
    child.expect_exact("4 samples")
    quit_cleanly(child)
    assert "38;2;" not in child.before


@pytest.mark.parametrize(("colorterm", "hinted"), [("", True), ("truecolor", False)])
def test_show_hints_at_more_colors_where_there_are_few(balls: Dataset, colorterm: str, hinted: bool) -> None:
    child = start("show", str(balls.root), "--index", "3", COLORTERM=colorterm)
    child.expect(pexpect.EOF)
    assert child.before.count("COLORTERM=truecolor") == hinted
    assert ("38;5;" in child.before) == hinted
    assert ("38;2;" in child.before) != hinted
    assert len(child.before.rstrip().splitlines()) <= 23


@pytest.mark.parametrize("arguments", [[], ["--index", "3"], ["--ascii"]])
def test_show_on_a_dumb_terminal_prints_characters_and_nothing_else(balls: Dataset, arguments: list[str]) -> None:
    child = start("show", str(balls.root), *arguments, TERM="dumb")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert "\x1b" not in child.before
    assert "▄" not in child.before
    assert max(map(len, child.before.splitlines())) <= 80
    assert len(set(child.before)) > 20


def test_characters_have_colors_where_the_terminal_has(balls: Dataset) -> None:
    child = start("show", str(balls.root), "--index", "3", "--ascii")
    child.expect(pexpect.EOF)
    assert "▄" not in child.before
    assert "38;2;" in child.before


@pytest.mark.parametrize("arguments", [["inspect"], []])
def test_the_app_refuses_a_dumb_terminal_in_one_sentence(balls: Dataset, arguments: list[str]) -> None:
    child = start(*arguments, *([str(balls.root)] if arguments else []), TERM="dumb")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 2
    assert "move its cursor" in child.before
    assert "\x1b" not in child.before
    assert child.before.count(". ") == 0


def engine(order: str) -> None:
    subprocess.run([sys.executable, "-m", "studio", "engine", order], check=True, cwd=REPOSITORY)


def test_nothing_is_sent_while_nothing_changes(balls: Dataset) -> None:
    """The folder is looked at every five seconds, and a running engine is heard of twice a second."""
    engine("start")
    try:
        with Terminal.studio("inspect", balls.root) as terminal:
            terminal.wait_for("(1st of 25)", "cup 1", "engine idle")
            terminal.wait_quiet(FRAMES.safety + 2)
    finally:
        engine("stop")
