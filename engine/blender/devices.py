"""The devices Cycles can render on, and making sure that the chosen one does the work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

import bpy

from engine.errors import BadInput, DeviceMissing, RenderError

AUTO = "auto"
KINDS = ("OPTIX", "CUDA", "HIP", "ONEAPI", "CPU")
"""Kinds of device that Cycles has, fastest first; OPTIX and CUDA are two ways to use the same card."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device that Cycles can render on."""

    kind: str
    """One of `KINDS`."""

    name: str
    """As its driver calls it, such as “NVIDIA H200” or “AMD EPYC 7763”."""

    id: str
    """Cycles' own identifier, stable between starts."""

    def to_json(self) -> dict[str, str]:
        """The fields as a plain dict."""
        return asdict(self)


def available() -> tuple[Device, ...]:
    """Every device that Cycles sees now, fastest kind first; the CPU is always the last."""
    cycles = import_module("_cycles")
    found: dict[tuple[str, str], Device] = {}
    for kind in KINDS:
        for name, device_kind, identifier, *_ in cycles.available_devices(kind):
            if device_kind == kind:
                found[kind, identifier] = Device(kind=kind, name=name, id=identifier)
    return tuple(found.values())


def pick(devices: Iterable[Device], wanted: str = AUTO) -> tuple[Device, ...]:
    """The devices to render on: all of the fastest kind there is, or of the kind `wanted`.

    Raises BadInput for an unknown kind and RenderError for one that this machine does not have; that is
    DeviceMissing where it has no GPU at all.
    """
    devices = tuple(devices)
    kinds = KINDS if wanted.lower() == AUTO else (wanted.upper(),)
    if not set(kinds) <= set(KINDS):
        raise BadInput(f"There is no render device “{wanted}”; use {AUTO}, {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
    for kind in kinds:
        if chosen := tuple(device for device in devices if device.kind == kind):
            return chosen
    here = ", ".join(sorted({device.kind for device in devices})) or "none"
    error = DeviceMissing if all(device.kind == "CPU" for device in devices) else RenderError
    raise error(f"This machine has no {kinds[0]} device that Cycles can use; it has {here}.")


def use(scene: Any, wanted: str = AUTO) -> tuple[Device, ...]:
    """Make Cycles render `scene` on the devices that `pick` chooses, and return them.

    The choice lies in Blender's preferences, which `read_factory_settings` resets: call this after it.
    Raises RenderError if Cycles would render on anything else, instead of letting it fall back silently.
    """
    chosen = pick(available(), wanted)
    kind = chosen[0].kind
    preferences = _preferences()
    preferences.compute_device_type = "NONE" if kind == "CPU" else kind
    if kind != "CPU":
        preferences.refresh_devices()
        ids = {device.id for device in chosen}
        for entry in preferences.devices:
            entry.use = entry.type == kind and entry.id in ids
    scene.cycles.device = "CPU" if kind == "CPU" else "GPU"
    verify(scene, chosen)
    return chosen


def active(scene: Any) -> tuple[Device, ...]:
    """The devices on which Cycles would render `scene` with the settings as they stand."""
    devices = available()
    cpu = tuple(device for device in devices if device.kind == "CPU")
    kind = _preferences().get_compute_device_type()
    if scene.cycles.device == "CPU" or kind == "NONE":
        return cpu
    used = {(entry.type, entry.id) for entry in _preferences().devices if entry.use}
    chosen = tuple(device for device in devices if device.kind in (kind, "CPU") and (device.kind, device.id) in used)
    return chosen or cpu


def verify(scene: Any, expected: tuple[Device, ...]) -> None:
    """Raise RenderError unless `scene` would be rendered on exactly the `expected` devices."""
    found = active(scene)
    if set(found) != set(expected):
        raise RenderError(
            f"Cycles would render on {describe(found)} instead of {describe(expected)}; "
            "check the driver with `studio doctor`, or ask for another device."
        )


def describe(devices: Iterable[Device]) -> str:
    """For people: “OPTIX NVIDIA H200”, or “CPU AMD EPYC 7763”; several joined by “ + ”."""
    return " + ".join(f"{device.kind} {device.name}" for device in devices) or "nothing"


def _preferences() -> Any:
    return bpy.context.preferences.addons["cycles"].preferences
