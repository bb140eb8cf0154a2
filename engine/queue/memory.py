"""Whether the kernel has been ending processes because memory ran out (Linux)."""

from __future__ import annotations

from pathlib import Path

_COUNTERS = (Path("/sys/fs/cgroup/memory.events"), Path("/proc/vmstat"))


def out_of_memory_kills() -> int:
    """How many processes the kernel has ended for want of memory since the start of the machine; 0 if unknown.

    A number that grew while a worker died by SIGKILL says why it died.
    """
    for path in _COUNTERS:
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0
