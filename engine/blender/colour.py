"""Scene-linear colour to 8-bit display colour, by Blender's own OpenColorIO and configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from engine.errors import BadInput, RenderError
from engine.frame.sensor_spec import SensorSpec
from engine.sensor.chain import on_display, on_light

DEFAULT_VIEW = "AgX"
_DISPLAY = "sRGB"
_BAND_ROWS = 128
_LARGEST_LINEAR = 1e6


def views() -> tuple[str, ...]:
    """The view transforms that Blender has for an sRGB display: AgX, Filmic, Standard, ..."""
    return tuple(_config().getViews(_DISPLAY))


def develop(
    linear: npt.NDArray[np.float32],
    view: str,
    exposure_ev: float,
    sensor: SensorSpec | None,
    retouch: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]] | None = None,
) -> npt.NDArray[np.uint8]:
    """The picture that a camera with this sensor makes of (H, W, 3) float32 scene-linear Rec.709; else as `to_display`,
    which it equals where there is no sensor. `retouch` may change it after the view transform, before its file."""
    if sensor is None:
        picture = to_display(linear, view, exposure_ev)
        return retouch(picture) if retouch else picture
    picture = to_display(on_light(_exposed(linear, exposure_ev), sensor), view)
    return on_display(retouch(picture) if retouch else picture, sensor)


def to_display(
    linear: npt.NDArray[np.float32], view: str = DEFAULT_VIEW, exposure_ev: float = 0.0
) -> npt.NDArray[np.uint8]:
    """Convert (H, W, 3) float32 scene-linear Rec.709 to (H, W, 3) uint8 sRGB, as Blender does without dither.

    `exposure_ev` brightens by powers of two before the view transform. Pixels that are not a number become black.
    Raises BadInput if Blender has no such view.
    """
    height, width, _ = linear.shape
    graded = _exposed(linear, exposure_ev)
    processor = _processor(view)
    output = np.empty((height, width, 3), np.uint8)

    def convert(top: int) -> None:
        band = graded[top : top + _BAND_ROWS]
        processor.applyRGB(band)
        np.clip(band, 0.0, 1.0, out=band)
        band *= np.float32(255.0)
        band += np.float32(0.5)
        output[top : top + _BAND_ROWS] = band  # The cast truncates, which after +0.5 rounds as Blender does.

    list(_pool().map(convert, range(0, height, _BAND_ROWS)))
    return output


def _exposed(linear: npt.NDArray[np.float32], exposure_ev: float) -> npt.NDArray[np.float32]:
    """A brighter or darker copy, all of it numbers."""
    exposed: npt.NDArray[np.float32] = np.multiply(linear, np.float32(2.0**exposure_ev), dtype=np.float32)
    np.nan_to_num(exposed, copy=False, nan=0.0, posinf=_LARGEST_LINEAR, neginf=0.0)
    return exposed


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads for the bands of a picture: OpenColorIO and numpy work outside the interpreter lock."""
    return ThreadPoolExecutor(os.process_cpu_count() or 1, thread_name_prefix="colour")


@cache
def _ocio() -> Any:
    bpy.utils.expose_bundled_modules()
    try:
        import PyOpenColorIO
    except ImportError as error:
        raise RenderError(f"Blender's own PyOpenColorIO cannot be imported: {error}.") from error
    return PyOpenColorIO


@cache
def _config() -> Any:
    path = Path(bpy.utils.system_resource("DATAFILES")) / "colormanagement" / "config.ocio"
    if not path.is_file():
        raise RenderError(f"Blender's colour configuration {path} is missing; reinstall bpy.")
    return _ocio().Config.CreateFromFile(str(path))


@cache
def _processor(view: str) -> Any:
    if view not in views():
        raise BadInput(f"There is no view transform “{view}”; Blender has {', '.join(views())}.")
    config = _config()
    transform = _ocio().DisplayViewTransform(src=config.getRoleColorSpace("scene_linear"), display=_DISPLAY, view=view)
    return config.getProcessor(transform).getDefaultCPUProcessor()
