"""Intel Open Image Denoise, as it lies in the bpy wheel, called directly.

Cycles uses the same library, but only on the result of one whole render; a picture rendered in chunks has to be
denoised after its samples were added up. Called with Cycles' settings, it gives Cycles' output. On the CPU the same
input gives the same bits, whatever the number of threads.

Except at FAST, the hints, albedo and normals, are cleaned first, each by a filter of its own, and the picture's filter
is told so: Cycles' "accurate" prefilter, and what the library's documentation advises ("Prefiltering"). Hints have so
little noise that FAST is enough for them, which Cycles does not do: a few hundredths of a decibel less than HIGH, for
0.6 of the time of all three filters. See docs/speed.md.
"""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from engine.errors import RenderError

Array = npt.NDArray[np.float32]

_LIBRARY = "libOpenImageDenoise.so.2"
_KEPT_SIZES = 4
"""Filters kept ready, one a resolution and quality: building one takes longer than running it on a preview."""

_DEFAULT_DEVICE, _CPU_DEVICE = 0, 1
_DEVICE_KINDS = {1: "CPU", 2: "SYCL", 3: "CUDA", 4: "HIP", 5: "METAL"}
_FLOAT3 = 3

FAST, BALANCED, HIGH = 4, 5, 6
"""Qualities: at 640x480 on a processor BALANCED takes 0.65 of HIGH's time, and FAST, with more noise, an eighth."""

QUALITIES = {"fast": FAST, "balanced": BALANCED, "high": HIGH}
"""The same by the names that recipes have for them."""

_P, _S, _I, _B = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_bool
_TEXT = ctypes.c_char_p
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "oidnNewDevice": (_P, [_I]),
    "oidnSetDeviceBool": (None, [_P, _TEXT, _B]),
    "oidnSetDeviceInt": (None, [_P, _TEXT, _I]),
    "oidnGetDeviceInt": (_I, [_P, _TEXT]),
    "oidnCommitDevice": (None, [_P]),
    "oidnGetDeviceError": (_I, [_P, ctypes.POINTER(_TEXT)]),
    "oidnReleaseDevice": (None, [_P]),
    "oidnNewBuffer": (_P, [_P, _S]),
    "oidnWriteBuffer": (None, [_P, _S, _S, _P]),
    "oidnReadBuffer": (None, [_P, _S, _S, _P]),
    "oidnReleaseBuffer": (None, [_P]),
    "oidnNewFilter": (_P, [_P, _TEXT]),
    "oidnSetFilterImage": (None, [_P, _TEXT, _P, _I, _S, _S, _S, _S, _S]),
    "oidnSetFilterBool": (None, [_P, _TEXT, _B]),
    "oidnSetFilterInt": (None, [_P, _TEXT, _I]),
    "oidnCommitFilter": (None, [_P]),
    "oidnExecuteFilter": (None, [_P]),
    "oidnReleaseFilter": (None, [_P]),
}


def find_library(near: Iterable[Path] | None = None) -> Path:
    """The denoising library in the bpy wheel; `near` are the paths from which to look upwards for its `lib` folder.

    Raises RenderError if the wheel is laid out differently.
    """
    starts = list(near) if near is not None else [Path(bpy.utils.system_resource("SCRIPTS")), Path(bpy.__file__)]
    for start in starts:
        for folder in start.resolve().parents:
            if (found := folder / "lib" / _LIBRARY).is_file():
                return found
    raise RenderError(
        f"The denoiser {_LIBRARY} is not in a lib folder above {starts[0]}, where bpy 5.2 has it; "
        "install the bpy version that the lock file names."
    )


class Denoiser:
    """One denoising device with its filters. Not for use by two threads at once."""

    def __init__(self, *, prefer_gpu: bool = True, threads: int = 0, hints_quality: int = FAST) -> None:
        """Open the fastest device that works, or the CPU if `prefer_gpu` is false. `threads` 0 means all (CPU only).

        `hints_quality` is that of the filters which clean the hints.
        Raises RenderError if not even the CPU works.
        """
        self._library = _load()
        kinds = (_DEFAULT_DEVICE, _CPU_DEVICE) if prefer_gpu else (_CPU_DEVICE,)
        self._device, self._hints_quality = self._open(kinds, threads), hints_quality
        self._filters: OrderedDict[tuple[int, int, int], _Filter] = OrderedDict()

    @property
    def device(self) -> str:
        """What it runs on: CPU, CUDA, HIP, SYCL or METAL."""
        kind = self._library.oidnGetDeviceInt(self._device, b"type")
        return _DEVICE_KINDS.get(kind, f"device type {kind}")

    def __call__(self, color: Array, albedo: Array, normal: Array, quality: int = HIGH) -> Array:
        """Denoise one picture: three float32 (H, W, 3) arrays in, scene-linear, row 0 at the top; a new one out."""
        height, width = color.shape[:2]
        key = (height, width, quality)
        if key not in self._filters:
            while len(self._filters) >= _KEPT_SIZES:
                self._filters.popitem(last=False)[1].release()
            self._filters[key] = _Filter(self._library, self._device, height, width, quality, self._hints_quality)
            self._raise_on_error()
        self._filters.move_to_end(key)
        output = self._filters[key].run(color, albedo, normal)
        self._raise_on_error()
        return output

    def close(self) -> None:
        """Release the filters and the device."""
        while self._filters:
            self._filters.popitem()[1].release()
        if self._device:
            self._library.oidnReleaseDevice(self._device)
            self._device = None

    def _open(self, kinds: tuple[int, ...], threads: int) -> Any:
        reason = "no device"
        for kind in kinds:
            device = self._library.oidnNewDevice(kind)
            if not device:
                reason = self._error(None) or reason
                continue
            # Threads pinned to cores would make two processes on one machine share the same few.
            self._library.oidnSetDeviceBool(device, b"setAffinity", False)
            if threads:
                self._library.oidnSetDeviceInt(device, b"numThreads", threads)
            self._library.oidnCommitDevice(device)
            reason = self._error(device)
            if not reason:
                return device
            self._library.oidnReleaseDevice(device)
        raise RenderError(f"The denoiser cannot start on this machine: {reason}; render without denoising.")

    def _error(self, device: Any) -> str:
        text = _TEXT()
        code = self._library.oidnGetDeviceError(device, ctypes.byref(text))
        return (text.value or b"unknown error").decode(errors="replace") if code else ""

    def _raise_on_error(self) -> None:
        if reason := self._error(self._device):
            raise RenderError(f"Denoising failed on the {self.device}: {reason}.")


class _Filter:
    """A filter and its four images, in the device's own memory, for one resolution; and those that clean its hints.

    The images lie there bottom row first, as Cycles has them: the network cleans the same noise turned over
    a little differently.
    """

    _HINTS = (b"albedo", b"normal")
    _INPUTS = (b"color", *_HINTS)

    def __init__(self, library: Any, device: Any, height: int, width: int, quality: int, hints_quality: int) -> None:
        self._library, self._device = library, device
        self._shape = (height, width, 3)
        self._bytes = height * width * 3 * 4
        self._buffers = {name: library.oidnNewBuffer(device, self._bytes) for name in (*self._INPUTS, b"output")}
        cleaned = self._HINTS if quality != FAST else ()
        self._filters = [self._made(hints_quality, {hint: hint, b"output": hint}) for hint in cleaned]
        images = {name: name for name in self._buffers}
        self._filters.append(self._made(quality, images, {b"hdr": True, b"cleanAux": bool(cleaned)}))

    def _made(self, quality: int, images: dict[bytes, bytes], flags: dict[bytes, bool] | None = None) -> Any:
        """A filter ready to run; `images` has the buffer of each of its images."""
        library, (height, width, _) = self._library, self._shape
        made = library.oidnNewFilter(self._device, b"RT")
        for name, buffer in images.items():
            library.oidnSetFilterImage(made, name, self._buffers[buffer], _FLOAT3, width, height, 0, 0, 0)
        for name, value in (flags or {}).items():
            library.oidnSetFilterBool(made, name, value)
        library.oidnSetFilterInt(made, b"quality", quality)
        library.oidnCommitFilter(made)
        return made

    def run(self, *inputs: Array) -> Array:
        for name, array in zip(self._INPUTS, inputs, strict=True):
            if array.shape != self._shape:
                raise ValueError(f"{name.decode()} has shape {array.shape}, color has {self._shape}")
            packed = np.ascontiguousarray(array[::-1], np.float32)
            self._library.oidnWriteBuffer(self._buffers[name], 0, self._bytes, packed.ctypes.data)
        for each in self._filters:
            self._library.oidnExecuteFilter(each)
        output = np.empty(self._shape, np.float32)
        self._library.oidnReadBuffer(self._buffers[b"output"], 0, self._bytes, output.ctypes.data)
        return np.ascontiguousarray(output[::-1])

    def release(self) -> None:
        for each in self._filters:
            self._library.oidnReleaseFilter(each)
        for buffer in self._buffers.values():
            self._library.oidnReleaseBuffer(buffer)


_shared: Denoiser | None = None


def shared() -> Denoiser:
    """The process's denoiser, opened on first use."""
    global _shared
    if _shared is None:
        _shared = Denoiser()
    return _shared


def _load() -> Any:
    path = find_library()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise RenderError(f"The denoiser {path} cannot be loaded: {error}.") from error
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name, None)
        if function is None:
            raise RenderError(f"The denoiser {path} has no function {name}; install the bpy version of the lock file.")
        function.restype, function.argtypes = result, arguments
    return library
