"""Stills in kitty's and sixel sequences: what a terminal gets of an app, decoded back to pixels."""

from __future__ import annotations

import base64
import io
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pexpect
import pytest
from PIL import Image

from tests.widgets.still_app import CELL, picture
from tests.widgets.test_palette256 import many_colors
from widgets import stills
from widgets.cell_grid import CellText
from widgets.graphics import WAYS, Graphics, Probe, told_by_name

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
COLUMNS, ROWS = 40, 21
INSIDE = (COLUMNS - 2, ROWS - 3)
"""Columns and rows of the picture: within the border, above a line of text."""

_KITTY = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
_SIXEL = re.compile(r"\x1b\[(\d+);(\d+)H\x1bP[\d;]*q([^\x1b]*)\x1b\\")


def kitty_pictures(output: str) -> dict[int, np.ndarray]:
    """Pictures (H, W, 3) by their numbers, that were sent whole."""
    found: dict[int, np.ndarray] = {}
    keys: dict[str, str] = {}
    data = ""
    for head, part in _KITTY.findall(output):
        given = dict(pair.split("=") for pair in head.split(","))
        if "i" in given and given.get("a") == "t":
            keys, data = given, ""
        if "m" in given and keys:
            data += part
            if given["m"] == "0":
                assert keys["f"] == "100"
                found[int(keys["i"])] = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
                keys = {}
    return found


def sixel_canvas(output: str, cell: tuple[int, int] = CELL) -> np.ndarray:
    """What sixel pictures painted on a screen of cells, (H, W, 3); -1 where they painted nothing."""
    canvas = np.full((ROWS * cell[1], COLUMNS * cell[0], 3), -1)
    for row, column, body in _SIXEL.findall(output):
        y, x0 = (int(row) - 1) * cell[1], (int(column) - 1) * cell[0]
        x, color, palette = x0, np.zeros(3), {}
        for token in re.findall(r'"[\d;]*|#\d+(?:;[\d;]+)?|!\d+[?-~]|[$\-]|[?-~]', body):
            if token[0] == '"':
                continue
            if token[0] == "#":
                number, *values = (int(value) for value in token[1:].split(";"))
                if values:
                    assert values[0] == 2
                    palette[number] = np.rint(np.array(values[1:]) * 2.55)
                color = palette[number]
            elif token == "$":
                x = x0
            elif token == "-":
                x, y = x0, y + 6
            else:
                count = int(token[1:-1]) if token[0] == "!" else 1
                bits = ord(token[-1]) - 63
                for bit in range(6):
                    if bits >> bit & 1:
                        canvas[y + bit, x : x + count] = color
                x += count
    return canvas


class Terminal:
    """A program in a pseudo-terminal that answers where the cursor is."""

    def __init__(self, *arguments: str, answers: bool = True) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        for name in ("NO_COLOR", "TMUX", "SSH_CONNECTION", "TERM_PROGRAM"):
            environment.pop(name, None)
        self.child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            list(arguments),
            dimensions=(ROWS, COLUMNS),
            env=environment,
            encoding="utf-8",
            cwd=str(ROOT),
        )
        self.child.delaybeforesend = None
        self.answers = answers
        self.output = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    def until(self, condition: Callable[[str], object], what: str) -> str:
        """Read until something holds for all output since the last time; returns that."""
        end = time.monotonic() + PATIENCE
        while not condition(self.output):
            assert time.monotonic() < end, f"in vain: {what}\n{self.output[-3000:]!r}"
            try:
                part = self.child.read_nonblocking(1 << 16, 0.2)
            except pexpect.TIMEOUT:
                continue
            self.output += part
            for _ in range(part.count("\x1b[6n") if self.answers else 0):
                self.child.send("\x1b[1;1R")
        seen, self.output = self.output, ""
        return seen


def still_app(way: str) -> Terminal:
    return Terminal(str(Path(__file__).parent / "still_app.py"), way)


def test_a_kitty_still_arrives_with_its_pixels_and_goes_when_the_picture_moves() -> None:
    placed = re.compile(rf"a=p,U=1,q=2,i=(\d+),c={INSIDE[0]},r={INSIDE[1]}")
    with still_app("kitty") as terminal:
        output = terminal.until(lambda seen: placed.search(seen) and seen.count("\U0010eeee") >= 38 * 18 - 3, "a still")
        assert output.index("▄") < output.index("\x1b_G")
        pictures = kitty_pictures(output)
        (number,) = pictures
        np.testing.assert_array_equal(pictures[number], picture(0, (INSIDE[0] * CELL[0], INSIDE[1] * CELL[1])))
        assert f"38;5;{number}m" in output
        terminal.child.send("n")
        # Half blocks at once, then the next still; only then is the old one forgotten by the terminal.
        output = terminal.until(lambda seen: seen.count("\U0010eeee") >= 38 * 18 - 3, "the next still")
        assert "▄" in output[: output.index("\x1b_G")]
        assert f"a=d,d=I,q=2,i={number}" in output
        (other,) = kitty_pictures(output)
        assert other != number
        terminal.child.send("q")
        assert f"a=d,d=I,q=2,i={other}" in terminal.until(lambda seen: "\x1b[?1049l" in seen, "the end")


def test_a_sixel_still_arrives_with_its_pixels_and_comes_again_after_a_dialog() -> None:
    with still_app("sixel") as terminal:
        output = terminal.until(lambda seen: len(_SIXEL.findall(seen)) == INSIDE[1] and "cup" in seen[-200:], "a still")
        check_sixels(output)
        assert output.rindex("cup") > output.rindex("\x1bP")
        terminal.child.send("m")
        output = terminal.until(lambda seen: "a dialog" in seen, "the dialog")
        terminal.until(lambda seen: time.sleep(0.8) is None, "what comes over it")
        terminal.child.send("\x1b")
        output += terminal.until(lambda seen: len(_SIXEL.findall(seen)) == INSIDE[1], "the still again")
        cells, _, again = output.partition("\x1bP")
        assert cells.count("▄") > 100
        check_sixels(output)
        assert "a dialog" not in again


def check_sixels(output: str) -> None:
    wanted = picture(0, (INSIDE[0] * CELL[0], INSIDE[1] * CELL[1])).astype(int)
    canvas = sixel_canvas(output)
    inner = canvas[CELL[1] : CELL[1] * (1 + INSIDE[1]), CELL[0] : CELL[0] * (1 + INSIDE[0])]
    assert (inner >= 0).all()
    assert np.abs(inner - wanted).mean() < 5
    outside = canvas.copy()
    outside[CELL[1] : CELL[1] * (1 + INSIDE[1]), CELL[0] : CELL[0] * (1 + INSIDE[0])] = -1
    assert (outside == -1).all()


def test_kitty_pieces_are_small_and_pass_through_tmux() -> None:
    pieces = stills.kitty_pieces(many_colors(60, 80), 20, 8, 3)
    assert max(map(len, pieces)) <= stills.PIECE + 60
    np.testing.assert_array_equal(kitty_pictures("".join(pieces))[20], many_colors(60, 80))
    passed = "".join(stills.kitty_pieces(many_colors(60, 80), 20, 8, 3, tmux=True))
    inner = "".join(re.findall(r"\x1bPtmux;((?:\x1b\x1b|[^\x1b])*)\x1b\\", passed)).replace("\x1b\x1b", "\x1b")
    assert inner == "".join(pieces)


def test_placeholders_name_the_picture_and_their_place() -> None:
    rows = [row.segments for row in stills.kitty_cells(20, 4, 3, [CellText(1, 1, "ab", (0, 0, 0), (9, 9, 9))])]
    marks = [text[1:] for text, _, _ in rows[2]]
    assert len(set(marks)) == 4
    assert len({mark[0] for mark in marks}) == 1
    assert [text for text, _, _ in rows[1]][1] == "ab"
    assert marks[0][0] == rows[0][2].text[2], "rows and columns are numbered alike"
    style = rows[0][0].style
    assert style is not None
    assert style.color is not None
    assert style.color.get_ansi_codes() == ("38", "5", "20")


def test_sixels_that_touch_the_end_leave_no_part_of_one() -> None:
    pieces = stills.sixel_pieces(many_colors(40, 30), (0, ROWS - 4), 10, touches_end=True)
    canvas = sixel_canvas("".join(pieces))
    assert (canvas[-40:-4, :30] >= 0).all()
    assert (canvas[-4:] == -1).all()


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-0/default,1,0"}, "blocks"),
        ({"TERM": "screen-256color"}, "blocks"),
        ({"TERM": "linux"}, "blocks"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "blocks"),
        ({"TERM": "xterm-256color"}, None),
    ],
)
def test_some_terminals_need_not_be_asked(environment: dict[str, str], way: str | None) -> None:
    assert told_by_name(environment) == way
    if way is not None:
        with Probe(environment=environment) as probe:
            assert probe.graphics("auto").way == way


@pytest.mark.parametrize("way", WAYS)
def test_what_was_chosen_holds(way: str) -> None:
    with Probe(way, {"TERM": "xterm-256color"}) as probe:
        assert probe.graphics(way) == Graphics(way, probe.graphics(way).cell)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;22c", "kitty (9, 18)"),
        ("\x1b[6;20;10t\x1b[?62;4;22c", "sixel (10, 20)"),
        ("\x1b_Gi=31;OK\x1b\\\x1b[?62;4c", "sixel (10, 20)"),
        ("\x1b[?6c", "blocks (10, 20)"),
        ("", "blocks (10, 20)"),
    ],
)
def test_a_terminal_is_asked_once_and_its_answer_is_not_echoed(answer: str, expected: str) -> None:
    code = (
        "from widgets import graphics\n"
        f"graphics.WAIT_SECONDS = {PATIENCE if answer else 0.1}\n"
        "with graphics.Probe() as probe:\n"
        "    found = probe.graphics('auto')\n"
        "print('found', found.way, found.cell)\n"
        "print('line', input())\n"
    )
    with Terminal("-c", code) as terminal:
        terminal.until(lambda seen: seen.endswith("\x1b[c"), "the question")
        terminal.child.send(answer)
        output = terminal.until(lambda seen: "found" in seen and "\n" in seen, "the outcome")
        assert output.split("\r\n")[0] == f"found {expected}"
        terminal.child.sendline("typed")
        assert "typed\r\nline typed" in terminal.until(lambda seen: "line typed" in seen, "echo")
