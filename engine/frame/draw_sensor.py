"""Draw what lens, sensor and file do to the picture."""

from __future__ import annotations

import math
from typing import Literal, cast

from engine.frame.draws import Draws
from engine.frame.rng import Stream
from engine.frame.sensor_spec import SensorSpec
from engine.recipe.sensor import NEUTRAL_KELVIN, Sensor

type DemosaicName = Literal["none", "bilinear", "malvar"]


def draw_sensor(sensor: Sensor, axis: tuple[float, float], draws: Draws, noise: Stream) -> SensorSpec | None:
    """`axis` is the camera's principal point, `noise` the frame's own stream. None, and nothing noted, where nothing is
    done to the picture."""
    spec = SensorSpec(
        blur=draws.number("sensor.blur", sensor.blur),
        defocus=draws.number("sensor.defocus", sensor.defocus),
        red_shift=draws.number("sensor.red_shift", sensor.red_shift),
        blue_shift=draws.number("sensor.blue_shift", sensor.blue_shift),
        vignetting=draws.number("sensor.vignetting", sensor.vignetting),
        iso=draws.number("sensor.iso", sensor.iso),
        full_well=draws.number("sensor.full_well", sensor.full_well),
        read_noise=draws.number("sensor.read_noise", sensor.read_noise),
        headroom=draws.number("sensor.headroom", sensor.headroom),
        bits=draws.integer("sensor.bits", sensor.bits),
        demosaic=cast("DemosaicName", draws.text("sensor.demosaic", sensor.demosaic)),
        white_balance=draws.number("sensor.white_balance", sensor.white_balance),
        tint=draws.number("sensor.tint", sensor.tint),
        sharpening=draws.number("sensor.sharpening", sensor.sharpening),
        sharpening_radius=draws.number("sensor.sharpening_radius", sensor.sharpening_radius),
        jpeg=draws.integer("sensor.jpeg", sensor.jpeg),
        noise_seed=math.floor(noise.uniform() * 2**53),
        axis=axis,
    )
    if _does_something(spec):
        return spec
    for name in [name for name in draws.values if name.startswith("sensor.")]:
        del draws.values[name]
    return None


def _does_something(spec: SensorSpec) -> bool:
    amounts = (spec.blur, spec.defocus, spec.red_shift, spec.blue_shift, spec.vignetting, spec.iso, spec.bits)
    later = (spec.white_balance != NEUTRAL_KELVIN, spec.tint, spec.sharpening, spec.jpeg)
    return any(amounts) or any(later) or spec.demosaic != "none"
