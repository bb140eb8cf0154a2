"""What is typed while a program starts: the app has it when it can use it, as it was typed.

An ordinary terminal echoes keys into the shell's screen, makes Enter the end of a line, and lets whoever reads first
have them: the question of `widgets.graphics`, for one, whose answer comes the same way. Here the terminal is quiet from
the start, what the answer was not is kept, and a driver of Textual's hands it on before it reads the terminal itself.

The driver and the parser of keys are private to Textual; tests/studio/test_typed_ahead.py fails when they change.
"""

from __future__ import annotations

import os
import select
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.message import Message


class TypedAhead:
    """The terminal's quiet time, from `hold` to `release`, and the keys that were read in it."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None
        self._kept = b""

    def hold(self) -> None:
        """No echo, no waiting for the end of a line, and Enter stays Enter; nothing where there is no terminal."""
        if self._before is not None or sys.__stdin__ is None or not sys.__stdin__.isatty():
            return
        with suppress(OSError, termios.error):
            file = sys.__stdin__.fileno()
            self._before, quiet = termios.tcgetattr(file), termios.tcgetattr(file)
            quiet[0] &= ~termios.ICRNL
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(file, termios.TCSANOW, quiet)
            if select.select([file], [], [], 0)[0]:
                # Typed before: Enter has become the end of a line.
                self.keep(os.read(file, 4096).replace(b"\n", b"\r"))

    def keep(self, typed: bytes) -> None:
        """Let the app have what was read, after what is kept already."""
        self._kept += typed

    def release(self) -> None:
        """The terminal is as it was before `hold`; what was not read stays in it."""
        if self._before is not None and sys.__stdin__ is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, self._before)
        self._before = None

    def messages(self) -> Iterator[Message]:
        """The keys that are kept, once."""
        from textual._parser import ParseError
        from textual._xterm_parser import XTermParser

        text, self._kept = self._kept.decode(errors="replace"), b""
        parser = XTermParser()
        with suppress(ParseError, EOFError):
            if text:
                yield from parser.feed(text)
                yield from parser.feed("")  # that was all: an Esc at the end is a key

    def driver(self) -> type[Driver]:
        """Textual's driver for a terminal, which goes on from here."""
        from textual.drivers.linux_driver import LinuxDriver

        ahead = self

        class TypedAheadDriver(LinuxDriver):
            def start_application_mode(self) -> None:
                ahead.release()  # Textual notes how the terminal is, for the end
                super().start_application_mode()  # type: ignore[no-untyped-call]

            def run_input_thread(self) -> None:
                for message in ahead.messages():
                    self.process_message(message)
                super().run_input_thread()

        return TypedAheadDriver
