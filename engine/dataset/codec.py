"""Arrays to file contents and back."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

PASSES_LEVEL = 1
"""Float data hardly shrinks any further: level 6 takes twice as long to save 1 %."""


# Pillow takes pictures of more than 89 million pixels for an attack; recipes allow 16,384 x 16,384.
Image.MAX_IMAGE_PIXELS = 16_384 * 16_384

_FILTER_UP = 2
_COLOR_RGB = 2


class Undecodable(Exception):
    """A file's contents are not what its name says; the text says how."""


def encode_png(rgb: npt.NDArray[np.uint8]) -> bytes:
    """A picture (H, W, 3) as PNG. Without metadata, so that equal pixels give equal bytes.

    Every row is stored as its difference to the one above, and the differences are packed by Huffman codes and
    repetition alone. A rendered picture of 640x480 takes 9 ms and 158 KB so; with libpng's choice of a filter for each
    row, as Pillow writes it, 20 ms and 174 KB at zlib's level 1, and 140 ms at level 6 to save a tenth.
    """
    height, width, _ = rgb.shape
    rows = rgb.reshape(height, width * 3)
    filtered = np.empty((height, 1 + width * 3), dtype=np.uint8)
    filtered[:, 0] = _FILTER_UP
    filtered[:1, 1:] = rows[:1]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    packed = packer.compress(filtered.data) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_RGB, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def encode_jpeg(rgb: npt.NDArray[np.uint8], quality: int) -> bytes:
    """A picture (H, W, 3) as JPEG of quality 1 to 100, colour in full resolution so that it stays on the masks."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def decode_image(data: bytes) -> npt.NDArray[np.uint8]:
    """The picture in a PNG or JPEG file, (H, W, 3); raises Undecodable."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            if image.mode != "RGB":
                raise Undecodable(f"its pixels are {image.mode}, not RGB")
            return np.array(image)
    except UnidentifiedImageError as error:
        raise Undecodable("it is not a PNG or JPEG picture") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Undecodable(f"it cannot be decoded ({error})") from error


def encode_passes(passes: Mapping[str, npt.NDArray[np.float32]]) -> bytes:
    """Arrays by name as a compressed .npz file (`numpy.load` reads it)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=PASSES_LEVEL) as archive:
        for name, array in passes.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def decode_passes(data: bytes, only: str | None = None) -> dict[str, npt.NDArray[np.float32]]:
    """The arrays in a .npz file, or only the one named; raises Undecodable, also where that one is missing."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            if only is not None and only not in archive.files:
                raise Undecodable(f"it holds no pass '{only}'")
            return {name: archive[name] for name in archive.files if only in (None, name)}
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise Undecodable(f"it is not a .npz file that can be decoded ({error})") from error
