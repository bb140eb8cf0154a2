"""A program in a real pseudo-terminal, whose screen is read back cell by cell, as a terminal emulator would show it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pexpect
import pyte

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds until a test gives up waiting; the machine may be busy."""

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "backspace": "\x7f",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~",
}  # fmt: skip
"""What a terminal sends for keys that are no character."""

_FOREIGN = re.compile(rb"\x1b\[[<>=][0-9;]*[a-z]|\x1b\[\?[0-9;]+\$p|\x1bP[^\x1b]*\x1b\\|\x1b_[^\x1b]*\x1b\\")
"""Keyboard protocols, questions for modes, and strings for the terminal itself, which pyte would print as text."""

_WHERE = b"\x1b[6n"

FOLDERS = ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")

type Pixels = npt.NDArray[np.uint8]


def login_line(*arguments: str, **variables: str) -> str:
    """The line that a login runs for `studio ARGUMENTS` with this test's folders and these variables."""
    known = {name: os.environ[name] for name in FOLDERS} | {"COLORTERM": "truecolor"} | variables
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in known.items())
    words = shlex.join([sys.executable, "-m", "studio", *arguments])
    return f"cd {shlex.quote(str(REPOSITORY))} && export {settings} && exec {words}"


class Cell(NamedTuple):
    """One cell: what stands in it and its two colours, (red, green, blue) or None for the terminal's own."""

    text: str
    foreground: tuple[int, int, int] | None
    background: tuple[int, int, int] | None


class Terminal:
    """As a context manager it ends the program. Its output is always read, so that it never waits for us."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 40),
        environment: Mapping[str, str] | None = None,
        cwd: Path = REPOSITORY,
        patience: float = PATIENCE,
    ) -> None:
        """Start `command` in a terminal of `size` (columns, rows) with 24-bit colours."""
        columns, rows = size
        known = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
        known.pop("NO_COLOR", None)
        self.patience = patience
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            command[0], list(command[1:]), dimensions=(rows, columns), cwd=str(cwd),
            env=known | dict(environment or {}),
        )  # fmt: skip
        self.child.delaybeforesend = None
        self.chunks: list[tuple[float, bytes]] = []
        """All output: when it came, by the monotonic clock, and what."""
        self._shown = 0
        self.emulator = Emulator(columns, rows, self.send)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    @classmethod
    def studio(cls, *arguments: object, **options: Any) -> Self:
        """`studio ARGUMENTS` in a terminal."""
        return cls([sys.executable, "-m", "studio", *map(str, arguments)], **options)

    def _read(self) -> None:
        tail = b""
        while True:
            try:
                data = os.read(self.child.child_fd, 65536)
            except OSError:
                return
            if not data:
                return
            self.chunks.append((time.monotonic(), data))
            tail = self._answer(tail + data)

    def _answer(self, data: bytes) -> bytes:
        """Answer where the cursor is, at once, as a terminal that has shown all does; returns the end of the output.

        Programs ask it to learn how far the terminal is, and take no interest in the place itself.
        """
        for _ in range(data.count(_WHERE)):
            self.send("\x1b[1;1R")
        return data[1 - len(_WHERE) :] if not data.endswith(_WHERE) else b""

    def send(self, text: str) -> None:
        """Type text, all at once."""
        self.child.send(text)

    def press(self, *keys: str) -> None:
        """Press keys: characters, or names of `KEYS`."""
        for key in keys:
            self.send(KEYS.get(key, key))

    # The screen

    @property
    def screen(self) -> Emulator:
        """What is on the screen now."""
        while self._shown < len(self.chunks):
            self.emulator.feed(self.chunks[self._shown][1])
            self._shown += 1
        return self.emulator

    @property
    def text(self) -> str:
        """The characters on the screen, its rows as lines."""
        return "\n".join(self.screen.rows)

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so; fail with the screen's text when it does not come. Where the condition raises
        ValueError, what it looks for is not on the screen yet, or half drawn."""

        def is_so() -> bool:
            try:
                return bool(condition())
            except ValueError:
                return False

        end = time.monotonic() + self.patience
        while not is_so():
            assert time.monotonic() < end, f"in vain: {what}\n{self.text}"
            assert self._reader.is_alive() or is_so(), f"it ended before: {what}\n{self.text}"
            time.sleep(0.03)

    def wait_for(self, *texts: str) -> None:
        """Wait until all of some texts are on the screen."""
        self.wait_until(lambda: all(text in self.text for text in texts), f"to read {' and '.join(texts)}")

    def wait_quiet(self, seconds: float = 1.0) -> None:
        """Wait until nothing has been sent for a while."""
        self.wait_until(lambda: self.chunks and time.monotonic() - self.chunks[-1][0] > seconds, "silence")

    def wait_for_end(self) -> int:
        """Wait until the program has ended; returns its exit status."""
        self._reader.join(self.patience)
        assert not self._reader.is_alive(), f"it does not end\n{self.text}"
        self.child.wait()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -self.child.signalstatus)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.child.pid, signal.SIGTERM)
            self._reader.join(5)
            os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait()
        self.child.close()


class Emulator(pyte.Screen):
    """A terminal's screen; questions that programs ask of it are answered through `answer`."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None] = lambda _text: None) -> None:
        self._answer = answer
        self._stream = pyte.ByteStream(self)
        self._rest = b""
        self._rows: list[str] | None = None
        super().__init__(columns, rows)

    def write_process_input(self, data: str) -> None:
        if not data.endswith("R"):  # `Terminal` has said where the cursor is
            self._answer(data)

    def feed(self, data: bytes) -> None:
        """Show output; a control sequence that is not complete yet waits for its end."""
        data = self._rest + data
        cut = data.rfind(b"\x1b")
        # Pieces of a read end anywhere, also within what `_FOREIGN` looks for.
        whole = cut < 0 or re.match(rb"\x1b(\[[0-9;?<>=$]*[@-~]|[^\[P_\]])", data[cut:]) is not None
        self._rest = b"" if whole else data[cut:]
        self._rows = None
        self._stream.feed(_FOREIGN.sub(b"", data if whole else data[:cut]))

    @property
    def rows(self) -> list[str]:
        """The characters of each row; `display` of pyte makes them anew each time."""
        if self._rows is None:
            self._rows = self.display
        return self._rows

    def cell(self, column: int, row: int) -> Cell:
        """A cell by its place, from 0; reversed colours are the other way round already."""
        char = self.buffer[row][column]
        foreground, background = _rgb(char.fg), _rgb(char.bg)
        return Cell(char.data, *((background, foreground) if char.reverse else (foreground, background)))

    def cells(self, column: int, row: int, columns: int, rows: int) -> list[Cell]:
        """The cells of a rectangle, row by row."""
        return [self.cell(x, y) for y in range(row, row + rows) for x in range(column, column + columns)]

    def pixels(self, column: int, row: int, columns: int, rows: int) -> Pixels:
        """A rectangle of cells as the picture that its half blocks make: (2 * rows, columns, 3), sRGB.

        A cell with anything but a half block in it has the colour of its background; the terminal's own are black.
        """
        picture = np.zeros((2 * rows, columns, 3), np.uint8)
        for at, (text, foreground, background) in enumerate(self.cells(column, row, columns, rows)):
            y, x = divmod(at, columns)
            upper, lower = text in "▀█", text in "▄█"
            picture[2 * y, x] = (foreground if upper else background) or (0, 0, 0)
            picture[2 * y + 1, x] = (foreground if lower else background) or (0, 0, 0)
        return picture

    def pane(self, title: str) -> tuple[int, int, int, int]:
        """What a border with this title encloses: column, row, columns, rows.

        Raises:
            ValueError: there is no such border on the screen, or not the whole of it.
        """
        left, top = self.find(f"╭─ {title}")
        right = self.rows[top].index("╮", left)
        bottom = top + "".join(row[left] for row in self.rows[top:]).index("╰")
        return left + 1, top + 1, right - left - 1, bottom - top - 1

    def find(self, text: str) -> tuple[int, int]:
        """Column and row of the first place of a text.

        Raises:
            ValueError: it is not on the screen.
        """
        for row, line in enumerate(self.rows):
            if (column := line.find(text)) >= 0:
                return column, row
        raise ValueError(f"{text!r} is not on the screen")


def _rgb(color: str) -> tuple[int, int, int] | None:
    """pyte has 24-bit and 256-colour ones as six digits, the first 16 by name."""
    if re.fullmatch(r"[0-9a-f]{6}", color):
        return int(color[:2], 16), int(color[2:4], 16), int(color[4:], 16)
    return None
