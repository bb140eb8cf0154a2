"""With what a preview is rendered: EEVEE where a graphics card draws it sooner, else Cycles; and why."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Literal

from engine.blender.eevee import EeveeProbe, can_eevee_run
from engine.errors import RenderError

type Engine = Literal["eevee", "cycles"]
type Choice = tuple[Engine, str, str]
"""Engine, device, and the reason in a few words."""

_WARMING = 2
"""First pictures of an engine that do not count: they fill caches."""

_TRIALS = 5
"""Pictures that are timed before the engines are held against each other."""

_KEPT_TIMES = 15


def has_graphics() -> bool:
    """Whether the kernel offers a graphics card to draw with (Linux)."""
    return any(Path("/dev/dri").glob("renderD*")) or any(Path("/dev").glob("nvidia[0-9]*"))


class EngineChoice:
    """Chooses for each order. EEVEE is tried in a child process, beside the first pictures, where there is a chance."""

    def __init__(
        self,
        device: str,
        device_type: str,
        *,
        probe: Callable[[], EeveeProbe] = can_eevee_run,
        graphics: Callable[[], bool] = has_graphics,
    ) -> None:
        """`device` and `device_type` are those of Cycles."""
        self._device = device
        self._worth_trying = device_type != "CPU" or graphics()
        self._run_probe = probe
        self._probing: threading.Thread | None = None
        self._probe: EeveeProbe | None = None
        self._times: dict[Engine, deque[float]] = {
            "eevee": deque(maxlen=_KEPT_TIMES),
            "cycles": deque(maxlen=_KEPT_TIMES),
        }
        self._to_skip: dict[Engine, int] = {"eevee": _WARMING, "cycles": _WARMING}

    def of(self, wanted: Literal["auto", "eevee", "cycles"]) -> Choice:
        """What the next order is rendered with. Waits for the trial of EEVEE only where EEVEE itself is wanted.

        Raises RenderError when EEVEE is wanted and does not run here.
        """
        if wanted == "cycles":
            return "cycles", self._device, "as chosen"
        if wanted == "eevee":
            return self._forced_eevee()
        if not self._worth_trying:
            return "cycles", self._device, "there is no graphics card for EEVEE"
        self._start_probe()
        return self._quicker()

    def note(self, engine: Engine, seconds: float) -> None:
        """The first picture of a frame took so long."""
        self._to_skip[engine] -= 1
        if self._to_skip[engine] < 0:
            self._times[engine].append(seconds)

    def _forced_eevee(self) -> Choice:
        self._start_probe()
        assert self._probing is not None
        self._probing.join()
        probe = self._probe
        if probe is None or not probe.runs:
            why = probe.reason if probe else "it could not be tried"
            raise RenderError(f"EEVEE does not run on this machine ({why}); choose Cycles for the preview.")
        return "eevee", probe.renderer, "as chosen"

    def _quicker(self) -> Choice:
        probe, cycles, eevee = self._probe, self._times["cycles"], self._times["eevee"]
        if probe is None:
            return "cycles", self._device, "EEVEE is being tried"
        if not probe.runs:
            return "cycles", self._device, f"EEVEE does not run here: {probe.reason}"
        if probe.software:
            return "cycles", self._device, "EEVEE would be drawn by the processor"
        if len(eevee) >= _TRIALS and len(cycles) < _TRIALS:
            return "cycles", self._device, "being timed against EEVEE"
        if len(eevee) >= _TRIALS and median(cycles) < median(eevee):
            times = f"{median(cycles) * 1000:.0f} ms a picture against {median(eevee) * 1000:.0f}"
            return "cycles", self._device, f"quicker than EEVEE, {times}"
        return "eevee", probe.renderer, "a graphics card draws it"

    def _start_probe(self) -> None:
        if self._probing is None:
            self._probing = threading.Thread(target=self._try, name="EEVEE probe", daemon=True)
            self._probing.start()

    def _try(self) -> None:
        self._probe = self._run_probe()
