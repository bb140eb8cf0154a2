"""What GPUs tell: shown where there is something, and harmless where a GPU or the library is missing, lost or hangs.

The library is a stand-in that behaves as a file says; the last tests use the real one as it is on this machine.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.queue import gpu_telemetry, gpu_watch
from engine.queue.gpu_telemetry import NOTHING, GpuReading, GpuTelemetry
from engine.queue.gpu_watch import GpuWatch
from engine.queue.workplace import Place, WorkerState, WorkerView

FIRST, SECOND = "GPU-1c4e2f60-0000-4b7e-9d11-3f0a5be7c001", "GPU-77ab01ff-1111-4c2a-8f00-aa00bb11cc22"
WARM = {"used": 8 * 10**9, "total": 24 * 10**9, "load": 97, "temperature": 64}
READ = GpuReading(8 * 10**9, 24 * 10**9, 97, 64)


class Nvml:
    """The stand-in: what its file says, and how it was called."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.say({FIRST: WARM})

    def say(self, gpus: dict[str, dict[str, Any]], **more: Any) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"gpus": gpus, **more}))
        new.replace(self._path)

    def calls(self, name: str) -> int:
        calls = Path(f"{self._path}.calls")
        return calls.read_text().split().count(name) if calls.exists() else 0


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short times; and neither a thread nor the stand-in is left behind."""
    monkeypatch.setattr(gpu_telemetry, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(gpu_telemetry, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(gpu_telemetry, "STALE_SECONDS", 0.5)
    monkeypatch.setattr(gpu_telemetry, "HANG_SECONDS", 0.2)
    monkeypatch.setattr(gpu_watch, "HANG_SECONDS", 0.2)
    yield
    wait(lambda: not threads())
    sys.modules.pop("pynvml", None)


@pytest.fixture
def nvml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nvml:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "fake_nvml"))
    sys.modules.pop("pynvml", None)
    monkeypatch.setenv("FAKE_NVML", str(tmp_path / "nvml.json"))
    return Nvml(tmp_path / "nvml.json")


def telemetry(*uuids: str) -> GpuTelemetry:
    return GpuTelemetry(uuids or (FIRST,), lambda: None, poll_seconds=0.02)


def wait(what: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "gpu telemetry"]


def test_a_gpu_tells_memory_load_and_temperature(nvml: Nvml) -> None:
    gpus = telemetry()
    assert gpus.reading(FIRST) == NOTHING
    gpus.want()
    wait(lambda: gpus.settled)
    assert gpus.reading(FIRST) == READ
    assert gpus.reading(SECOND) == NOTHING


def test_nothing_is_loaded_or_asked_while_nobody_looks_on(nvml: Nvml) -> None:
    gpus = telemetry()
    time.sleep(0.1)
    assert (nvml.calls("init"), threads()) == (0, [])
    assert "pynvml" not in sys.modules
    gpus.want()
    wait(lambda: nvml.calls("shutdown") == 1)
    wait(lambda: not threads())
    asked = nvml.calls("handle")
    assert asked <= 2
    gpus.want()
    wait(lambda: nvml.calls("handle") > asked)
    wait(lambda: nvml.calls("shutdown") == nvml.calls("init") == 2)


def test_without_a_gpu_it_never_does_anything(nvml: Nvml) -> None:
    gpus = GpuTelemetry((), lambda: None)
    gpus.want()
    assert gpus.settled
    assert threads() == []
    assert gpus.reading("") == NOTHING


def test_what_a_gpu_does_not_have_is_left_out(nvml: Nvml) -> None:
    nvml.say({FIRST: {"used": 5, "total": 9}}, **{"old driver": True})
    gpus = telemetry()
    gpus.want()
    wait(lambda: gpus.settled)
    assert gpus.reading(FIRST) == GpuReading(5, 9, None, None)


@pytest.mark.parametrize("error", [9, 12, 18])
def test_a_library_that_does_not_start_gives_no_values_until_it_does(nvml: Nvml, error: int) -> None:
    nvml.say({FIRST: WARM}, init=error)
    gpus = telemetry()
    gpus.want()
    wait(lambda: gpus.settled)
    assert gpus.reading(FIRST) == NOTHING
    nvml.say({FIRST: WARM})
    wait(lambda: gpus.want() or gpus.reading(FIRST) == READ)


def test_a_gpu_that_is_lost_has_no_values_and_the_other_has(nvml: Nvml) -> None:
    gpus = telemetry(FIRST, SECOND)
    nvml.say({FIRST: WARM, SECOND: WARM})
    gpus.want()
    wait(lambda: gpus.settled)
    assert gpus.reading(FIRST) == gpus.reading(SECOND) == READ
    nvml.say({FIRST: {"lost": True}, SECOND: WARM})
    wait(lambda: gpus.want() or gpus.reading(FIRST) == NOTHING)
    assert gpus.reading(SECOND) == READ
    nvml.say({FIRST: {"lost": True}, SECOND: {"lost": True}})
    wait(lambda: gpus.want() or gpus.reading(SECOND) == NOTHING)
    began = nvml.calls("init")
    wait(lambda: gpus.want() or nvml.calls("init") > began)
    nvml.say({FIRST: WARM, SECOND: WARM})
    wait(lambda: gpus.want() or gpus.reading(FIRST) == gpus.reading(SECOND) == READ)


def test_a_call_that_hangs_delays_nobody_and_old_values_go(nvml: Nvml) -> None:
    gpus = telemetry()
    gpus.want()
    wait(lambda: gpus.settled)
    nvml.say({FIRST: {"hangs": True}})
    longest = 0.0

    def ask() -> GpuReading:
        nonlocal longest
        began = time.monotonic()
        gpus.want()
        reading, _ = gpus.reading(FIRST), gpus.settled
        longest = max(longest, time.monotonic() - began)
        return reading

    wait(lambda: ask() == NOTHING)
    assert gpus.settled, "waiting for a library that hangs is of no use"
    assert longest < 0.1
    assert len(threads()) == 1
    nvml.say({FIRST: WARM})
    wait(lambda: ask() == READ)


def worker(name: str) -> WorkerView:
    return WorkerView(
        name=name, state=WorkerState.IDLE, device="", pid=1, resident_bytes=0, job_id=None, frame=None, samples_done=0,
        samples=0, frames_done=0,
    )  # fmt: skip


def test_the_event_loop_goes_on_while_the_library_hangs(nvml: Nvml) -> None:
    nvml.say({FIRST: {"hangs": True}})

    async def look() -> tuple[float, float, WorkerView]:
        watch = GpuWatch([Place("gpu0", gpu_uuid=FIRST), Place("cpu")], lambda: None)
        longest, at = 0.0, time.monotonic()
        looking = asyncio.create_task(watch.fresh())
        while not looking.done():
            await asyncio.sleep(0.005)
            longest, at = max(longest, time.monotonic() - at), time.monotonic()
        began = time.monotonic()
        await watch.fresh()
        return longest, time.monotonic() - began, watch.view(worker("gpu0"))

    longest, again, view = asyncio.run(look())
    assert longest < 0.2
    assert again < 0.1, "the second to ask need not wait as long as the first"
    assert view == worker("gpu0")
    nvml.say({})


def test_readings_are_added_to_the_worker_of_that_gpu_alone(nvml: Nvml) -> None:
    async def look() -> tuple[WorkerView, WorkerView]:
        told = asyncio.Event()
        watch = GpuWatch([Place("gpu0", gpu_uuid=FIRST), Place("gpu1", gpu_uuid=SECOND)], told.set)
        await watch.fresh()
        await asyncio.wait_for(told.wait(), 20)
        return watch.view(worker("gpu0")), watch.view(worker("gpu1"))

    first, second = asyncio.run(look())
    assert (first.gpu_memory_used_bytes, first.gpu_memory_total_bytes) == (8 * 10**9, 24 * 10**9)
    assert (first.gpu_load_percent, first.gpu_temperature_celsius) == (97, 64)
    assert second == worker("gpu1")


def test_the_real_library_has_all_that_is_asked_of_it_and_an_unknown_gpu_has_no_values() -> None:
    """Also on a machine without NVIDIA's driver, where the library says at its start that it is not there."""
    import pynvml

    assert "fake" not in str(pynvml.__file__)
    for name in (
        "nvmlInit", "nvmlShutdown", "nvmlDeviceGetHandleByUUID", "nvmlDeviceGetMemoryInfo", "nvmlMemory_v2",
        "nvmlDeviceGetUtilizationRates", "nvmlDeviceGetTemperature", "NVML_TEMPERATURE_GPU", "NVMLError",
    ):  # fmt: skip
        assert hasattr(pynvml, name)
    gpus = telemetry()
    gpus.want()
    wait(lambda: gpus.settled)
    assert gpus.reading(FIRST) == NOTHING


def test_without_the_python_package_there_are_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    gpus = telemetry()
    gpus.want()
    wait(lambda: gpus.settled)
    assert gpus.reading(FIRST) == NOTHING
