"""Masks, depth and other maps as pictures that every reader knows: indexed and 16-bit PNG, and OpenEXR.

Nothing of time or place is in them: equal arrays are equal bytes.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.annotate.palette import instance_color

_PALETTE = [0, 0, 0, *(channel for number in range(1, 256) for channel in instance_color(number))]

_BLOCK = 16
"""Rows that OpenEXR's ZIP compression packs together."""
_EXR_FLOAT = 2
_EXR_ZIP = 3


def indexed_png(ids: npt.NDArray[np.uint16]) -> bytes:
    """A map of numbers (H, W): an indexed PNG with a colour for each; of numbers above 255, a 16-bit grey one."""
    if ids.size and int(ids.max()) > 255:
        return grey16_png(ids)
    picture = Image.fromarray(ids.astype(np.uint8), "P")
    picture.putpalette(_PALETTE)
    return _png(picture)


def grey16_png(values: npt.NDArray[np.uint16]) -> bytes:
    """Numbers (H, W) as a grey PNG of 16 bits."""
    return _png(Image.fromarray(values.astype(np.uint16)))


def mask_png(mask: npt.NDArray[np.bool_]) -> bytes:
    """A mask (H, W) as a grey PNG: 255 where it is set."""
    return _png(Image.fromarray(mask.astype(np.uint8) * np.uint8(255)))


def rgb_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Colours (H, W, 3) as PNG, packed tightly: for maps of few colours."""
    return _png(Image.fromarray(pixels))


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def depth_steps(depth: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.uint16]:
    """Depth in metres (H, W) as whole steps of `scale` millimetres; 0 where nothing is seen, or too far for 16 bits."""
    steps = np.round(np.where(np.isfinite(depth), depth, 0).astype(np.float64) * (1000.0 / scale))
    return np.where(steps <= 65_535, steps, 0).astype(np.uint16)


def exr(channels: Mapping[str, npt.NDArray[np.float32]]) -> bytes:
    """Channels by name, (H, W) float32 each and of one size, as an OpenEXR file with lossless ZIP compression."""
    names = sorted(channels)
    height, width = channels[names[0]].shape
    box = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    listed = b"".join(name.encode() + b"\0" + struct.pack("<iIii", _EXR_FLOAT, 0, 1, 1) for name in names) + b"\0"
    attributes: list[tuple[str, str, bytes]] = [
        ("channels", "chlist", listed),
        ("compression", "compression", bytes([_EXR_ZIP])),
        ("dataWindow", "box2i", box),
        ("displayWindow", "box2i", box),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1.0)),
        ("screenWindowCenter", "v2f", struct.pack("<ff", 0.0, 0.0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1.0)),
    ]
    header = struct.pack("<II", 20000630, 2)
    for name, kind, value in attributes:
        header += f"{name}\0{kind}\0".encode() + struct.pack("<I", len(value)) + value
    header += b"\0"
    # A row holds all values of the first channel, then all of the next.
    rows = np.stack([channels[name] for name in names], axis=1).astype("<f4")
    blocks = [_exr_block(rows[top : top + _BLOCK], top) for top in range(0, height, _BLOCK)]
    at = len(header) + 8 * len(blocks)
    offsets = at + np.cumsum([0, *(len(block) for block in blocks[:-1])])
    return header + offsets.astype("<u8").tobytes() + b"".join(blocks)


def _exr_block(rows: npt.NDArray[Any], top: int) -> bytes:
    """Rows as one packed block: bytes of even place before those of odd, each stored as a difference, deflated."""
    raw = np.frombuffer(rows.tobytes(), np.uint8)
    split = np.concatenate([raw[0::2], raw[1::2]])
    steps = split.copy()
    steps[1:] = split[1:] - split[:-1] + np.uint8(128)
    packed = zlib.compress(steps.tobytes(), 4)
    data = packed if len(packed) < raw.size else raw.tobytes()
    return struct.pack("<ii", top, len(data)) + data
