"""Where workers can stand on this machine: at each NVIDIA GPU, or at the CPU where there is none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from engine.queue.workplace import Place

_DRIVER_FOLDER = Path("/proc/driver/nvidia/gpus")


def local_places(
    driver_folder: Path = _DRIVER_FOLDER, environment: Mapping[str, str] = os.environ, *, workers: int = 1
) -> tuple[Place, ...]:
    """`workers` places at each GPU that NVIDIA's driver lists, told apart by UUID; for anything where there is none.

    A worker at a GPU's place sees that GPU alone, and must render on it. Where CUDA_VISIBLE_DEVICES is set, by a person
    or by a batch system, only the GPUs that it names get places; none where it names none.
    """
    gpus = listed = _gpu_uuids(driver_folder)
    named = environment.get("CUDA_VISIBLE_DEVICES")
    if gpus and named is not None:
        # Numbers and shortened UUIDs are left for CUDA to understand; as CUDA does, what follows an end is ignored.
        gpus = list(takewhile(lambda gpu: gpu not in ("", "-1"), (part.strip() for part in named.split(","))))
    if not gpus:
        return _shared(Place("cpu"), workers)
    return tuple(
        place
        for number, gpu in enumerate(gpus)
        for place in _shared(
            Place(
                f"gpu{number}",
                environment={"CUDA_VISIBLE_DEVICES": gpu},
                needs_gpu=True,
                gpu_uuid=_uuid_of(gpu, listed, environment),
            ),
            workers,
        )
    )


def _shared(place: Place, workers: int) -> tuple[Place, ...]:
    """So many places at one device: `gpu0`, `gpu0-2`, `gpu0-3`."""
    if workers == 1:
        return (place,)
    first = replace(place, shares=place.name)
    return (first, *(replace(first, name=f"{place.name}-{number}") for number in range(2, workers + 1)))


def _uuid_of(gpu: str, listed: list[str], environment: Mapping[str, str]) -> str:
    """The UUID of a GPU that CUDA_VISIBLE_DEVICES names; empty where that cannot be told.

    CUDA numbers several GPUs as it sees fit, unless it is told to go by the bus, as the driver's list does.
    """
    if gpu.isdecimal():
        is_certain = len(listed) == 1 or environment.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID"
        return listed[int(gpu)] if is_certain and int(gpu) < len(listed) else ""
    if gpu.startswith("MIG-"):
        return gpu
    found = [uuid for uuid in listed if uuid.startswith(gpu)]
    return found[0] if len(found) == 1 else ""


def _gpu_uuids(folder: Path) -> list[str]:
    """UUIDs from the driver's own files, in the order of the bus."""
    found = []
    try:
        cards = sorted(folder.iterdir())
    except OSError:
        return []
    for card in cards:
        try:
            lines = (card / "information").read_text().splitlines()
        except OSError:
            continue
        found += [value.strip() for name, _, value in (line.partition(":") for line in lines) if name == "GPU UUID"]
    return found
