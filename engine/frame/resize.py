"""A frame with another number of pixels."""

from __future__ import annotations

import msgspec

from engine.frame.spec import FrameSpec


def resized(spec: FrameSpec, size: tuple[int, int]) -> FrameSpec:
    """The same view at `size` (width, height) in pixels; it shows the same where the aspect is the same."""
    camera = msgspec.structs.replace(spec.camera, width=size[0], height=size[1])
    sensor = spec.sensor
    if sensor is not None:
        sensor = msgspec.structs.replace(sensor, pixel=sensor.pixel * size[0] / spec.camera.width)
    return msgspec.structs.replace(spec, camera=camera, sensor=sensor)
