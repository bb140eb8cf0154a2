"""How full, busy and hot NVIDIA's GPUs are, as their own management library (NVML) tells.

NVML answers within milliseconds, but a sick GPU can keep it from ever answering. So a thread asks, only while somebody
looks on, and everyone else takes its latest answer. Without NVML, or when a GPU is lost, there simply is none.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""Between two readings, while somebody looks on."""

STALE_SECONDS = 3 * POLL_SECONDS
"""Age at which a reading counts no more."""

HANG_SECONDS = 1.0
"""Without an answer before NVML is taken to hang. Its start, and the first answer, may take this long."""

RETRY_SECONDS = 30.0
"""Before NVML is started again where it told nothing, while somebody looks on."""

IDLE_SECONDS = 10.0
"""Without anybody who looks on before NVML is let go, so that the GPUs may sleep."""


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One GPU at one moment; None is what the GPU does not tell."""

    memory_used_bytes: int | None = None
    """By all programs together."""
    memory_total_bytes: int | None = None
    load_percent: int | None = None
    """Part of the last moment in which the GPU was at work, 0 to 100."""
    temperature_celsius: int | None = None


NOTHING = GpuReading()


class GpuTelemetry:
    """Readings of some GPUs, taken by a thread that lives while they are wanted. Methods return at once."""

    def __init__(self, uuids: Iterable[str], told: Callable[[], None], *, poll_seconds: float = POLL_SECONDS) -> None:
        """Nothing is loaded yet.

        Args:
            uuids: the GPUs, as `GPU-…` or `MIG-…` in full. With none, nothing ever happens.
            told: called in the thread after each round of readings.
            poll_seconds: see `POLL_SECONDS`.
        """
        self._uuids = tuple(dict.fromkeys(uuids))
        self._told = told
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = threading.Event()
        self._readings: dict[str, GpuReading] = {}
        self._read_at = self._fresh_until = float("-inf")
        self._asking_since: float | None = None
        """Set while NVML is being asked."""
        self._complaint = ""

    def want(self) -> None:
        """Somebody looks on: take readings soon, unless there are fresh ones."""
        if not self._uuids:
            return
        with self._lock:
            self._wanted.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gpu telemetry", daemon=True)
                self._thread.start()

    def reading(self, uuid: str) -> GpuReading:
        """The latest reading of a GPU; without values where there is none, or none for a while."""
        if time.monotonic() - self._read_at > STALE_SECONDS:
            return NOTHING
        return self._readings.get(uuid, NOTHING)

    @property
    def settled(self) -> bool:
        """Whether waiting for a moment gives no better readings: they are fresh, or NVML hangs or has none."""
        now, since = time.monotonic(), self._asking_since
        hangs = since is not None and now - since > HANG_SECONDS
        return not self._uuids or now < self._fresh_until or hangs

    def _run(self) -> None:
        nvml: Any = None
        while self._is_wanted():
            self._asking_since = time.monotonic()
            readings: dict[str, GpuReading] = {}
            try:
                nvml = nvml or _started()
                readings = {uuid: _read(nvml, uuid) for uuid in self._uuids}
            except Exception as error:
                self._complain(error)
            pause = self._poll_seconds
            if all(reading == NOTHING for reading in readings.values()):
                # It may be there after a reset of the driver, which the library notices when it is started anew.
                _end(nvml)
                nvml, pause = None, RETRY_SECONDS
            self._readings, self._read_at = readings, time.monotonic()
            self._fresh_until = self._read_at + pause + self._poll_seconds
            self._asking_since = None
            self._told()
            time.sleep(pause)
        _end(nvml)

    def _is_wanted(self) -> bool:
        """Wait until somebody wants readings; False, and the thread counts as ended, when nobody has for a while."""
        if not self._wanted.wait(IDLE_SECONDS):
            with self._lock:
                if not self._wanted.is_set():
                    self._thread = None
                    return False
        self._wanted.clear()
        return True

    def _complain(self, error: Exception) -> None:
        text = f"NVIDIA's management library tells nothing of the GPUs: {error}"
        if text != self._complaint:
            self._complaint = text
            log.info("%s", text)


def _started() -> Any:
    import pynvml  # takes a quarter of a second, which machines without a GPU need not spend

    pynvml.nvmlInit()
    return pynvml


def _end(nvml: Any) -> None:
    with suppress(Exception):
        if nvml is not None:
            nvml.nvmlShutdown()


def _read(nvml: Any, uuid: str) -> GpuReading:
    handle = _value(nvml, nvml.nvmlDeviceGetHandleByUUID, uuid)
    if handle is None:
        return NOTHING
    # The second version leaves out what the driver keeps for itself, as nvidia-smi does; old drivers have the first.
    memory = _value(nvml, nvml.nvmlDeviceGetMemoryInfo, handle, nvml.nvmlMemory_v2)
    if memory is None:
        memory = _value(nvml, nvml.nvmlDeviceGetMemoryInfo, handle)
    load = _value(nvml, nvml.nvmlDeviceGetUtilizationRates, handle)
    return GpuReading(
        memory_used_bytes=None if memory is None else int(memory.used),
        memory_total_bytes=None if memory is None else int(memory.total),
        load_percent=None if load is None else int(load.gpu),
        temperature_celsius=_value(nvml, nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU),
    )


def _value(nvml: Any, ask: Callable[..., Any], *arguments: Any) -> Any:
    """What NVML answers; None where the GPU does not have that, or is lost."""
    try:
        return ask(*arguments)
    except nvml.NVMLError:
        return None
