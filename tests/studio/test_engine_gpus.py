"""What GPUs tell, from the library to the commands, by a real engine in front of a library that a file speaks for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.studio.engine_rig import SLOW, Studio, studio
from tests.studio.odd_engine import running

__all__ = ["studio"]

UUID = "GPU-1c4e2f60-0000-4b7e-9d11-3f0a5be7c001"
READ = {
    "gpu_memory_used_bytes": 8_200_000_000, "gpu_memory_total_bytes": 25_400_000_000, "gpu_load_percent": 97,
    "gpu_temperature_celsius": 64,
}  # fmt: skip
WARM = {"used": 8_200_000_000, "total": 25_400_000_000, "load": 97, "temperature": 64}


def readings(worker: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in worker.items() if name.startswith("gpu_")}


def test_status_and_watch_show_what_a_gpu_tells(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvml = tmp_path / "nvml.json"
    nvml.write_text(json.dumps({"gpus": {UUID: WARM}}))
    monkeypatch.setenv("FAKE_NVML", str(nvml))
    fake = Path(__file__).parents[1] / "queue" / "fake_nvml"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(fake), os.environ["PYTHONPATH"])))
    calls = Path(f"{nvml}.calls")
    with running(gpus=[UUID, "GPU-that-is-not-there"]):
        studio.ok("queue", "add", "basic", "--count", 1000, "--out", tmp_path / "cups", *SLOW)
        studio.wait_until(lambda: studio.job(1)["done"] >= 1)
        assert not calls.exists(), "nobody looks on yet"
        workers = studio.ok("engine", "status")["workers"]
        assert readings(workers[0]) == READ, "the first to ask gets values, too"
        assert set(readings(workers[1]).values()) == {None}
        assert "GPU 8.2/25.4 GB 97% 64 °C" in " ".join(studio("engine", "status").out.split())

        watcher = studio.start("queue", "watch", "--json")
        assert watcher.stdout is not None
        nvml.write_text(json.dumps({"gpus": {UUID: {**WARM, "load": 3}}}))
        studio.ok("queue", "pause", 1)
        seen: dict[str, Any] = {}
        while seen.get("gpu_load_percent") != 3:
            event = json.loads(watcher.stdout.readline())
            if event["type"] == "WorkerChanged" and event["worker"]["id"] == "gpu0":
                seen = readings(event["worker"])
        assert seen == {**READ, "gpu_load_percent": 3}
        watcher.terminate()

        nvml.write_text(json.dumps({"gpus": {UUID: {"lost": True}}}))
        studio.wait_until(lambda: set(readings(studio.ok("engine", "status")["workers"][0]).values()) == {None})
        assert studio("engine", "status").code == 0


def test_without_a_gpu_there_are_no_values(studio: Studio) -> None:
    assert studio("engine", "start").code == 0
    (worker,) = studio.ok("engine", "status")["workers"]
    assert set(readings(worker)) == set(READ)
    assert set(readings(worker).values()) == {None}
    assert "GPU" not in studio("engine", "status").out
