"""NVIDIA's management library as far as the engine uses it, for GPUs that a file describes: FAKE_NVML names it.

Names, arguments, structures and errors are those of nvidia-ml-py. Tests put this folder in front of Python's path.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

NVML_ERROR_NOT_SUPPORTED = 3
NVML_ERROR_NOT_FOUND = 6
NVML_ERROR_LIBRARY_NOT_FOUND = 12
NVML_ERROR_FUNCTION_NOT_FOUND = 13
NVML_ERROR_GPU_IS_LOST = 15
NVML_TEMPERATURE_GPU = 0
nvmlMemory_v2 = 0x2000028


class NVMLError(Exception):
    """As the real one."""

    def __init__(self, value: int) -> None:
        super().__init__(f"NVML error {value}")
        self.value = value


def _told() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Path(os.environ["FAKE_NVML"]).read_text())
    return told


def _note(text: str) -> None:
    with Path(os.environ["FAKE_NVML"] + ".calls").open("a") as file:
        file.write(text + "\n")


def _gpu(uuid: str) -> dict[str, Any]:
    while "hangs" in (gpu := _told()["gpus"].get(uuid, {})):
        time.sleep(0.01)
    if not gpu:
        raise NVMLError(NVML_ERROR_NOT_FOUND)
    if "lost" in gpu:
        raise NVMLError(NVML_ERROR_GPU_IS_LOST)
    return gpu


def _field(uuid: str, name: str) -> int:
    value = _gpu(uuid).get(name)
    if value is None:
        raise NVMLError(NVML_ERROR_NOT_SUPPORTED)
    return int(value)


def nvmlInit() -> None:
    _note("init")
    if "init" in (told := _told()):
        raise NVMLError(told["init"])


def nvmlShutdown() -> None:
    _note("shutdown")


def nvmlDeviceGetHandleByUUID(uuid: str) -> str:
    _note("handle")
    _gpu(uuid)
    return uuid


def nvmlDeviceGetMemoryInfo(handle: str, version: int | None = None) -> SimpleNamespace:
    if version is not None and "old driver" in _told():
        raise NVMLError(NVML_ERROR_FUNCTION_NOT_FOUND)
    return SimpleNamespace(used=_field(handle, "used"), total=_field(handle, "total"))


def nvmlDeviceGetUtilizationRates(handle: str) -> SimpleNamespace:
    return SimpleNamespace(gpu=_field(handle, "load"), memory=0)


def nvmlDeviceGetTemperature(handle: str, sensor: int) -> int:
    assert sensor == NVML_TEMPERATURE_GPU
    return _field(handle, "temperature")
