"""`python -m engine.worker SOCKET_FD PARENT_PID NICE`: started by a supervisor, never by hand."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import socket
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_FIRST_TO_GO = "800"
"""Of at most 1000; an ordinary process has 0."""


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel end this process when its supervisor ends, however that happens (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit(1)


def be_the_first_to_go() -> None:
    """Have the kernel end this process, and not the engine, when memory runs out (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)


def step_back(nice: int) -> None:
    """Let other processes go first, by so many steps."""
    with contextlib.suppress(OSError):
        os.nice(nice)


def tell_where_it_stopped() -> None:
    """Print the Python frames of all threads when the process crashes, or is asked by SIGUSR1 because it hangs."""
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)


def main() -> None:
    """Serve one supervisor until it closes the socket."""
    die_with_parent(int(sys.argv[2]))
    be_the_first_to_go()
    step_back(int(sys.argv[3]))
    tell_where_it_stopped()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from engine.worker.loop import serve

    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
