"""Where workers can stand on this machine: one place per NVIDIA GPU, or one for the CPU."""

from __future__ import annotations

from pathlib import Path

from engine.queue.workplace import Place

_DRIVER_FOLDER = Path("/proc/driver/nvidia/gpus")


def local_places(driver_folder: Path = _DRIVER_FOLDER) -> tuple[Place, ...]:
    """A place for each GPU that NVIDIA's driver lists, told apart by UUID; one for anything where there is none.

    A worker at a GPU's place sees that GPU alone, and must render on it.
    """
    uuids = _gpu_uuids(driver_folder)
    if not uuids:
        return (Place("cpu"),)
    return tuple(
        Place(f"gpu{number}", environment={"CUDA_VISIBLE_DEVICES": uuid}, needs_gpu=True)
        for number, uuid in enumerate(uuids)
    )


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
