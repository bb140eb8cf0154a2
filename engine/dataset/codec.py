"""Arrays to file contents and back."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

PNG_LEVEL = 1
"""Of zlib's 1 to 9. At 640x480 level 1 takes 35 ms for 435 KB, 6 takes 140 ms for 386 KB, 9 takes 510 ms for 376 KB."""

PASSES_LEVEL = 1
"""Float data hardly shrinks any further: level 6 takes twice as long to save 1 %."""


class Undecodable(Exception):
    """A file's contents are not what its name says; the text says how."""


def encode_png(rgb: npt.NDArray[np.uint8]) -> bytes:
    """A picture (H, W, 3) as PNG. Without metadata, so that equal pixels give equal bytes."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()


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
