"""The process that makes thumbnails, as the library sees it: started when needed, ended when it hangs or crashes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from engine.scratch import Scratch
from engine.thumbnails.facts import BrokenFacts, Thumbnail
from engine.thumbnails.messages import HungUp, Line, Order

PATIENCE_SECONDS = 180.0
"""Longest time for one asset."""


class Interrupted(Exception):
    """The process was ended by us while it worked."""


class ThumbnailProcess:
    """Makes one thumbnail at a time. `make` belongs to one thread; the rest may be called from others."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None
        self._scratch: Scratch | None = None
        self._ended = False

    @property
    def pid(self) -> int | None:
        """Its id, None while none runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def make(self, order: Order) -> Thumbnail:
        """Have a thumbnail made. An asset that crashes Blender or takes too long comes back as broken.

        Raises:
            Interrupted: `end` was called meanwhile.
        """
        line = self._started()
        try:
            line.send(order)
            return line.receive(Thumbnail)
        except TimeoutError:
            self._let_go()
            reason = f"Blender did not finish with it in {self._patience:.0f} s; simplify it."
            return Thumbnail(BrokenFacts(reason, lasting=False))
        except HungUp:
            process = self._process
            self._let_go()
            if self._ended or process is None:
                raise Interrupted from None
            reason = f"{_death(process)}; save it again with another program, or leave it out."
            return Thumbnail(BrokenFacts(reason, lasting=False))

    def pause(self) -> None:
        """Stop it where it is: it takes no processor time until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """End it, whatever it does; `make` would start another."""
        self._ended = True
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        if self._scratch is not None:
            self._scratch.remove()

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)

    def _started(self) -> Line:
        if self._line is not None and self.pid is not None:
            return self._line
        self._let_go()
        if self._ended:
            raise Interrupted
        ours, theirs = socket.socketpair()
        self._scratch = Scratch("thumbnails")
        environment = {name: value for name, value in os.environ.items() if name != "OCIO"}
        environment |= {"TMPDIR": str(self._scratch.path), "PYTHONPATH": _python_path()}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "engine.worker.thumbnails", str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), self._scratch.fileno()],
                start_new_session=True,
                env=environment,
            )
        ours.settimeout(self._patience)
        self._line = Line(ours)
        return self._line

    def _let_go(self) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
        if self._line is not None:
            self._line.connection.close()
        if self._scratch is not None:
            self._scratch.remove()
        self._process = self._line = self._scratch = None


def _death(process: subprocess.Popen[bytes]) -> str:
    """How it ended, for people. Called when it is gone."""
    code = process.wait()
    if code >= 0:
        return f"Blender ended with code {code} while it read it"
    if -code == signal.SIGKILL:
        return "Blender was killed while it read it, perhaps because memory ran out"
    return f"Blender crashed on it ({signal.Signals(-code).name})"


def _python_path() -> str:
    """So that the process finds the same `engine`, from a checkout as from an installed package."""
    here = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH")
    return here + os.pathsep + inherited if inherited else here
