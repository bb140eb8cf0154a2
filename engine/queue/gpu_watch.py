"""Workers with what their GPUs tell, for those who look on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable

import msgspec

from engine.queue.gpu_telemetry import HANG_SECONDS, GpuTelemetry
from engine.queue.workplace import Place, WorkerView


class GpuWatch:
    """Adds readings of GPUs to the workers at some places. Belongs to the event loop in which it is made."""

    def __init__(self, places: Iterable[Place], told: Callable[[], None]) -> None:
        """`told` is called in the loop whenever there are new readings."""
        self._gpu_of = {place.name: place.gpu_uuid for place in places if place.gpu_uuid}
        self._loop = asyncio.get_running_loop()
        self._told = told
        self._telemetry = GpuTelemetry(self._gpu_of.values(), self._tell)

    def want(self) -> None:
        """Somebody looks on: have new readings soon."""
        self._telemetry.want()

    async def fresh(self) -> None:
        """Wait until readings are new; but for a moment only, since a sick GPU may never answer."""
        self.want()
        deadline = time.monotonic() + HANG_SECONDS
        while not self._telemetry.settled and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    def knows(self, worker: WorkerView) -> bool:
        """Whether the worker is at a GPU of which there may be readings."""
        return worker.name in self._gpu_of

    def view(self, worker: WorkerView) -> WorkerView:
        """The worker, with the latest reading of its GPU."""
        if not self.knows(worker):
            return worker
        gpu = self._telemetry.reading(self._gpu_of[worker.name])
        return msgspec.structs.replace(
            worker,
            gpu_memory_used_bytes=gpu.memory_used_bytes,
            gpu_memory_total_bytes=gpu.memory_total_bytes,
            gpu_load_percent=gpu.load_percent,
            gpu_temperature_celsius=gpu.temperature_celsius,
        )

    def _tell(self) -> None:
        """From the thread that reads."""
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            self._loop.call_soon_threadsafe(self._told)
