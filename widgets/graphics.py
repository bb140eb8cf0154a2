"""How pictures are shown on this terminal, and how that is found out: once, before the app starts.

A terminal that names itself by TERM is believed. Others are asked for what they can do (`CSI c`, sixel is number 4
among the answers, and a question of kitty's protocol before it), while the app's libraries load: `Probe` asks first and
reads later. In tmux and screen nothing is asked, since what reaches the terminal behind them depends on their settings.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Self, get_args

from widgets.typed_ahead import TypedAhead

type Way = Literal["blocks", "quadrants", "kitty", "sixel", "ascii"]
WAYS: tuple[Way, ...] = get_args(Way.__value__)

CELL = (10, 20)
"""Width and height of a cell in pixels where the terminal does not tell; it scales kitty's pictures itself."""

WAIT_SECONDS = 0.5
"""How long after the question an answer is waited for: no longer than the libraries take, as a rule."""

SSH_WAIT_SECONDS = 1.5
"""The same through ssh, where the way may be long."""

_QUESTION = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" + "\x1b[16t" + "\x1b[c"
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")
_KITTY_OK = re.compile(rb"\x1b_Gi=31[^;]*;OK\x1b\\")
_ANSWERS = re.compile(rb"\x1b_[^\x1b]*\x1b\\|\x1b\[[0-9;]*t|\x1b\[\?[0-9;]*c")
"""All that a terminal says to the question; what comes between was typed."""
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")


@dataclass(frozen=True, slots=True)
class Graphics:
    """How pictures are shown."""

    way: Way = "blocks"
    """`kitty` and `sixel` are for stills; what moves is half blocks with them too."""
    cell: tuple[int, int] = CELL
    """Width and height of a cell in pixels, as the terminal told at the start."""
    tmux: bool = False
    """Whether kitty's sequences are to be passed through tmux."""

    def cell_now(self) -> tuple[int, int]:
        """The size of a cell after the last change of the font, where the terminal tells the kernel."""
        return _cell_of_kernel() or self.cell


BLOCKS = Graphics()


def told_by_name(environment: Mapping[str, str]) -> Way | None:
    """What the terminal's name says, or None where it must be asked."""
    term = environment.get("TERM", "")
    if environment.get("TMUX") or term.startswith(("tmux", "screen", "linux", "vt", "dumb")):
        return "blocks"
    if environment.get("NO_COLOR"):
        return "blocks"
    if environment.get("TERM_PROGRAM") in ("Apple_Terminal", "vscode"):
        return "blocks"
    # What they can do besides is left: kitty and Ghostty have no sixel, and foot no kitty pictures.
    if term in ("xterm-kitty", "xterm-ghostty"):
        return "kitty"
    return "sixel" if term.startswith(("foot", "mlterm", "contour")) else None


class Probe:
    """A question to the terminal, asked on entering and answered by `graphics`. The terminal is quiet until `close`."""

    def __init__(self, wanted: str | None = None, environment: Mapping[str, str] | None = None) -> None:
        """`wanted` is a way, for which nothing need be asked; None or `auto` where it is not known yet."""
        self._environment = os.environ if environment is None else environment
        self._wanted = wanted
        self._asked_at: float | None = None
        self.typed = TypedAhead()
        """What is typed meanwhile."""

    def __enter__(self) -> Self:
        """Ask, if there is anything to find out."""
        if not _is_terminal():
            return self
        self.typed.hold()
        if self._wanted in (None, "auto") and told_by_name(self._environment) is None:
            assert sys.__stdout__ is not None
            with suppress(OSError):
                sys.__stdout__.write(_QUESTION)
                sys.__stdout__.flush()
                self._asked_at = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def graphics(self, wanted: str) -> Graphics:
        """How to show pictures: as `wanted`, or with `auto` as the terminal can, after a wait for its answer."""
        answer = self._read() if self._asked_at is not None else b""
        self._asked_at = None
        self.typed.keep(_ANSWERS.sub(b"", answer))
        cell = _cell_of_kernel() or _cell_of(answer) or CELL
        told = told_by_name(self._environment) or _told_by_answer(answer)
        return Graphics(
            next((way for way in WAYS if way == wanted), told), cell, tmux=bool(self._environment.get("TMUX"))
        )

    def close(self) -> None:
        """The terminal is as before."""
        self.typed.release()

    def _read(self) -> bytes:
        """The answer, up to what the terminal says last."""
        assert self._asked_at is not None
        assert sys.__stdin__ is not None
        file, answer = sys.__stdin__.fileno(), b""
        wait = SSH_WAIT_SECONDS if self._environment.get("SSH_CONNECTION") else WAIT_SECONDS
        while not _ATTRIBUTES.search(answer):
            left = self._asked_at + wait - time.monotonic()
            if not select.select([file], [], [], max(left, 0))[0]:
                break
            if not (more := os.read(file, 4096)):
                break
            answer += more
        return answer


def _told_by_answer(answer: bytes) -> Way:
    """Sixel before kitty: those that have both place kitty's pictures in other ways than ours."""
    attributes = _ATTRIBUTES.search(answer)
    if attributes and b"4" in attributes[1].split(b";"):
        return "sixel"
    return "kitty" if _KITTY_OK.search(answer) else "blocks"


def _cell_of(answer: bytes) -> tuple[int, int] | None:
    found = _CELL.search(answer)
    return (int(found[2]), int(found[1])) if found and int(found[1]) and int(found[2]) else None


def _cell_of_kernel() -> tuple[int, int] | None:
    try:
        assert sys.__stdout__ is not None
        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(sys.__stdout__, termios.TIOCGWINSZ, bytes(8)))
    except (OSError, AssertionError, ValueError):
        return None
    return (width // columns, height // rows) if width >= columns > 0 and height >= rows > 0 else None


def _is_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__))
