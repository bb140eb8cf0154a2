"""The command line itself: what it says to what it does not understand."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from studio.cli import run

MISUSES = {
    "render basic --count 0 --out o": "--count: found 0; a whole number of 1 or more belongs here.",
    "render basic --count x --out o": "--count: found 'x'; a whole number of 1 or more belongs here.",
    "render basic -n": "-n needs a value.",
    "render basic --out o": "--count is missing; it is: number of frames.",
    "render --count 3 --out o": "RECIPE is missing.",
    "render basic --cuont 3": "There is no option --cuont. Did you mean '--count'?",
    "render basic --json=3": "--json takes no value.",
    "render basic -n 1 -o o --device cpuu": (
        "--device: found 'cpuu'; allowed: auto, optix, cuda, hip, oneapi, cpu. Did you mean 'cpu'?"
    ),
    "render basic -n 1 -o o --set a b": (
        "There is no place for 'b'; a value with blanks, brackets or braces needs quotes."
    ),
    "rendr": "There is no command 'rendr'. Did you mean 'render'?",
    "xyzzy": "There is no command 'xyzzy'.",
    "--xyzzy": "There is no option --xyzzy.",
    "presets nwe": "There is no command 'nwe'. Did you mean 'new'?",
    "inspect --index -1": "--index: found -1; a whole number of 0 or more belongs here.",
}


@pytest.mark.parametrize("line", MISUSES)
def test_a_misuse_is_one_sentence_a_hint_and_exit_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    sentence, hint = err.splitlines()
    assert sentence == f"Error: {MISUSES[line]}"
    assert "--help` explains" in hint


def test_the_hint_shows_how_the_command_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["presets", "new"]) == 2
    assert capsys.readouterr().err == (
        "Error: FILE is missing.\nUsage: studio presets new [OPTIONS] FILE; `studio presets new --help` explains it.\n"
    )


def test_a_group_without_a_command_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["presets"]) == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_the_app_does_not_start_on_a_terminal_that_cannot_move_its_cursor(term: str) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "studio"],
            stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env={**os.environ, "TERM": term},
            text=True, timeout=30, check=False,
        )  # fmt: skip
        os.set_blocking(ours, False)
        with pytest.raises(BlockingIOError):
            os.read(ours, 1)
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: The app needs a terminal that can move its cursor")
    assert len(done.stderr.splitlines()) == 1
