"""What can render on this machine, for `studio doctor`."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from engine.blender import devices
from engine.blender.devices import Device
from engine.blender.eevee import EeveeProbe, can_eevee_run


@dataclass(frozen=True, slots=True)
class Machine:
    """What Blender found here."""

    blender_version: str
    devices: tuple[Device, ...]
    """Everything that Cycles sees."""
    chosen: tuple[Device, ...]
    """What Cycles would render on."""
    eevee: EeveeProbe


def look_around() -> Machine:
    """Look for devices and try EEVEE. Takes seconds; without a GPU, and with a cold shader cache, half a minute."""
    found = devices.available()
    return Machine(bpy.app.version_string, found, devices.pick(found), can_eevee_run())
