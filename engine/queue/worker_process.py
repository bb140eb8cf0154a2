"""One worker process as its supervisor sees it: start, talk, and end it for certain."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from engine.queue.backend import Fate
from engine.queue.memory import out_of_memory_kills
from engine.queue.message import Message
from engine.queue.protocol import Channel, ChannelClosed, FromWorker
from engine.scratch import Scratch

LOG_TAIL_BYTES = 4000

LOG_BYTES = 10 * 1024**2
"""Size of the log beyond which only its tail is kept: a worker may live for weeks."""


class WorkerProcess:
    """A child process that holds bpy. It has a session of its own, so the terminal's signals do not reach it.

    It is the `backend.Worker` of this machine. Blender's chatter goes to a log, or to stderr when `verbose`.
    """

    node = ""
    standing = ""

    def __init__(
        self,
        *,
        verbose: bool = False,
        environment: Mapping[str, str] | None = None,
        inherit: tuple[int, ...] = (),
        nice: int = 0,
    ) -> None:
        """Start it.

        Args:
            verbose: let Blender's chatter through.
            environment: added to ours.
            inherit: file descriptors that it keeps open.
            nice: how far it steps back behind other processes, 0 to 19.
        """
        self._memory_kills = out_of_memory_kills()
        ours, theirs = socket.socketpair()
        # Blender makes a folder for its temporary files and leaves it there when it is ended.
        self._scratch = Scratch("worker")
        self._log: IO[bytes] | None = None if verbose else tempfile.TemporaryFile()  # noqa: SIM115 - lives with us
        output = sys.stderr.fileno() if self._log is None else self._log.fileno()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "engine.worker", str(theirs.fileno()), str(os.getpid()), str(nice)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[theirs.fileno(), self._scratch.fileno(), *inherit],
                start_new_session=True,
                env=_environment({"TMPDIR": str(self._scratch.path), **(environment or {})}),
            )
        self._channel = Channel(ours)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def fate(self) -> Fate:
        """Why it ended."""
        killed = self.process.returncode == -signal.SIGKILL
        return Fate.MEMORY if killed and out_of_memory_kills() > self._memory_kills else Fate.OWN

    def send(self, message: Message) -> None:
        """Tell the worker something; a worker that has just died shows at the next `receive`."""
        try:
            self._channel.send(message)
        except ChannelClosed:
            return

    def receive(self, timeout: float | None = None) -> FromWorker | None:
        """The worker's next report; None when `timeout` seconds pass without one.

        Raises:
            ChannelClosed: the worker has ended.
        """
        try:
            self._channel.connection.settimeout(timeout)
        except OSError as error:  # it is closed
            raise ChannelClosed(str(error)) from None
        try:
            return self._channel.receive_report()
        except TimeoutError:
            return None

    def fileno(self) -> int:
        """Of our end of the socket, for waiting on several things: readable when `receive` would find something new."""
        return self._channel.connection.fileno()

    def obituary(self) -> str:
        """Why the worker ended, for people. Waits for its end."""
        code = self.process.wait()
        if code >= 0:
            return f"the render process ended with code {code}"
        name = signal.Signals(-code).name
        meaning = {"SIGKILL": " (killed, perhaps because memory ran out)", "SIGSEGV": " (Blender crashed)"}
        return f"the render process was ended by {name}{meaning.get(name, ' (Blender crashed)')}"

    def last_words(self) -> str:
        """Which process it is, how it ended, and the end of what it printed."""
        code = self.process.poll()
        return (
            f"process {self.pid}, {'still running' if code is None else f'ended with code {code}'}\n{self.log_tail()}"
        )

    def log_tail(self) -> str:
        """The last lines of what Blender printed."""
        if self._log is None:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        data = os.pread(self._log.fileno(), LOG_TAIL_BYTES, max(0, size - LOG_TAIL_BYTES))
        return data.decode(errors="replace")

    def bound_log(self) -> None:
        """Keep the log from filling the disk. The worker writes on behind what is left: it shares our file offset."""
        if self._log is None or os.fstat(self._log.fileno()).st_size <= LOG_BYTES:
            return
        tail = self.log_tail().encode()
        os.ftruncate(self._log.fileno(), 0)
        os.lseek(self._log.fileno(), 0, os.SEEK_SET)
        os.write(self._log.fileno(), tail)

    def ask_where(self) -> None:
        """Have a worker that hangs print where it is to its log, before it is ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGUSR1)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.2)

    def end(self) -> None:
        """End the worker now, whatever it does, and wait until it is gone. Its log can still be read.

        SIGTERM ends bpy at once, even within a render; SIGKILL follows for a process that is stuck in the kernel.
        """
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=1.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._channel.close()

    def forget(self) -> None:
        """End it if need be, and let go of its log and its temporary files."""
        self.end()
        self._scratch.remove()
        if self._log is not None:
            self._log.close()

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.forget()


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours and `more`, less what would make Blender's colours others than those our display transform expects."""
    ours = {name: value for name, value in os.environ.items() if name != "OCIO"}
    return ours | {"PYTHONPATH": _python_path()} | dict(more)


def _python_path() -> str:
    """So that the worker finds the same `engine`, from a checkout as from an installed package."""
    here = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH")
    return here + os.pathsep + inherited if inherited else here
