"""Faults on purpose, so that tests can prove what happens when a frame crashes, hangs, or the disk fails.

The environment variable STUDIO_FAULTS holds a JSON list like

    [{"at": "render", "index": 7, "do": "abort"}, {"at": "publish image:rename", "do": "kill", "once": "/tmp/marker"}]

`at` is `device` (before a recipe is loaded), `render` or `publish STEP` (the steps of `publish_frame`), `index` the
frame (any frame without it), `do` one of `abort`, `kill`, `kill engine`, `kill both` (the worker and its engine),
`loop`, `memory`, `raise`, `enospc`, `eio`, `lose device`.
With `once`, the fault happens only to the first process that creates that file; with `while`, only as long as that file
exists. Without the variable nothing here does anything.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engine.errors import DeviceMissing

VARIABLE = "STUDIO_FAULTS"


class Faults:
    """The faults that this process was told to have."""

    def __init__(self, text: str | None = None) -> None:
        self._faults: list[dict[str, Any]] = json.loads(os.environ.get(VARIABLE, "[]") if text is None else text)

    def strike(self, at: str, index: int) -> None:
        """Do what is asked for at this point of this frame."""
        for fault in self._faults:
            if fault["at"] == at and fault.get("index", index) == index and _is_due(fault):
                _ACTIONS[fault["do"]]()


def _is_due(fault: dict[str, Any]) -> bool:
    """Whether the fault may happen; for `once`, by making the marker, which only one process can."""
    if "while" in fault and not Path(fault["while"]).exists():
        return False
    if "once" not in fault:
        return True
    try:
        Path(fault["once"]).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _loop() -> None:
    while True:
        time.sleep(1)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_engine() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def _kill_both() -> None:
    _kill_engine()
    _kill()


def _raise() -> None:
    raise RuntimeError("a fault on purpose")


def _lose_device() -> None:
    raise DeviceMissing("This machine has no GPU on purpose.")


def _fill_memory() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(64 * 1024 * 1024))


def _fail_with(number: int) -> None:
    raise OSError(number, os.strerror(number))


_ACTIONS: dict[str, Callable[[], None]] = {
    "abort": os.abort,
    "kill": _kill,
    "kill engine": _kill_engine,
    "kill both": _kill_both,
    "loop": _loop,
    "memory": _fill_memory,
    "raise": _raise,
    "lose device": _lose_device,
    "enospc": partial(_fail_with, errno.ENOSPC),
    "eio": partial(_fail_with, errno.EIO),
}
