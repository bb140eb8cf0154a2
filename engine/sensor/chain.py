"""The whole way of a picture: in scene-linear light from the lens to the white balance, in display colours thereafter.

Between the two lies the view transform, which is Blender's (see `engine.blender.colour`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.frame.sensor_spec import SensorSpec
from engine.sensor.balance import gains
from engine.sensor.file import Rgb8, compress, sharpen
from engine.sensor.filters import Picture, disc, gaussian
from engine.sensor.lens import disperse, vignette
from engine.sensor.mosaic import demosaic, mosaic
from engine.sensor.noise import noisy

MIDDLE_GREY = 0.18


def on_light(picture: Picture, spec: SensorSpec) -> Picture:
    """Lens, sensor and white balance on an exposed scene-linear Rec.709 picture, (H, W, 3) float32, finite, row 0 at
    the top. Returns a new one; nothing in it is below 0 where the sensor has a limit."""
    picture = _through_lens(picture, spec)
    limited = spec.iso > 0 or spec.bits > 0 or spec.demosaic != "none"
    full = np.float32(MIDDLE_GREY * 2.0**spec.headroom)
    if limited:
        picture = _on_sensor(picture, spec, full)
    balance = gains(spec.white_balance, spec.tint)
    picture = picture * balance
    if limited:
        # Where all pixels are full the light's colour is not known: as cameras do, it is made white.
        np.clip(picture, 0, full * balance.min(), out=picture)
    return picture


def on_display(rgb: Rgb8, spec: SensorSpec) -> Rgb8:
    """Sharpening and compression of a display picture, (H, W, 3) uint8."""
    if spec.sharpening:
        rgb = sharpen(rgb, spec.sharpening, spec.sharpening_radius * spec.pixel)
    if spec.jpeg:
        rgb = compress(rgb, spec.jpeg, spec.pixel)
    return rgb


def _through_lens(picture: Picture, spec: SensorSpec) -> Picture:
    if spec.blur:
        picture = gaussian(picture, spec.blur * spec.pixel)
    if spec.defocus:
        picture = disc(picture, spec.defocus * spec.pixel)
    if spec.red_shift or spec.blue_shift:
        picture = disperse(picture, spec.red_shift, spec.blue_shift, spec.axis)
    if spec.vignetting:
        picture = vignette(picture, spec.vignetting, spec.axis)
    return picture


def _on_sensor(picture: Picture, spec: SensorSpec, full: np.float32) -> Picture:
    """The picture as the sensor's numbers have it, in light again; `full` is the light that fills a pixel."""
    # The colours of a mosaic's pixels are averaged away in a smaller picture.
    if spec.demosaic == "none" or spec.pixel < 1:
        return _read_out(picture, spec, full)
    return demosaic(_read_out(mosaic(picture), spec, full), spec.demosaic)


def _read_out(light: npt.NDArray[np.float32], spec: SensorSpec, full: np.float32) -> npt.NDArray[np.float32]:
    light = np.clip(light, 0, full)
    if spec.iso:
        # A pixel of a smaller picture stands for several: it holds the sum of their electrons and readings.
        electrons = np.float32(spec.full_well * 100 / spec.iso / spec.pixel**2 / full)
        light = noisy(light * electrons, spec.read_noise / spec.pixel, spec.noise_seed) / electrons
    if spec.bits:
        step = full / np.float32(2**spec.bits - 1)
        light = np.rint(np.clip(light, 0, full) / step) * step
    return light
