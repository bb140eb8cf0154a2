"""A program run to its end: seconds by the clock and of the processor, and the most memory that it took."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY = 0.25


@dataclass(frozen=True)
class Run:
    """What a program that ended well took."""

    began: float
    """Unix time."""
    ended: float
    processor: float
    """Seconds of its processes together."""
    memory: int
    """Most bytes that its processes held together, each shared page counted once."""


def run(command: list[str], log: Path, *, cwd: Path, variables: dict[str, str]) -> Run:
    """Run a program; what it says goes to `log`. Raises SystemExit where it fails."""
    began = time.time()
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=cwd, env=variables, stdout=said, stderr=subprocess.STDOUT)
    watch = _Watch(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    ended = time.time()
    memory = watch.stop()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{_tail(log)}")
    return Run(began, ended, usage.ru_utime + usage.ru_stime, memory)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


class _Watch:
    """Looks at the memory of a process and of all below it until it is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Bytes at the most."""
        self._over.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            self._most = max(self._most, sum(_held(pid) for pid in _family(self._pid)))


def _family(pid: int) -> list[int]:
    """A process and all that it started, and so on."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue
    return found


def _held(pid: int) -> int:
    """Bytes that a process holds, a page that n processes share counted as an n-th; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
