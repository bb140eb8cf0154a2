"""Photographs: which files a recipe means, and what is in them. Pixels are as the EXIF orientation turns them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import AssetError
from engine.library.assets import PICTURE_EXTENSIONS
from engine.library.files import reason, require_file

GRID = 24
"""Cells along each side of the coarse picture by which light is guessed."""

_COARSE = 4 * GRID
_FIELD = "backdrop.photos"

_DECODER_ERRORS = (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError)
"""What Pillow raises for damaged files."""


@dataclass(frozen=True, slots=True)
class PhotoMeasure:
    """What drawing must know of a photograph."""

    width: int
    height: int
    cells: npt.NDArray[np.float64]
    """(GRID, GRID, 3) mean linear Rec.709 of the cells of a grid over the whole photograph, row 0 at the top."""


def resolve_photos(entries: Iterable[str]) -> dict[str, Path]:
    """The files by their names for people, sorted by name, without repeats. An entry is a file or a folder, of which
    all photographs below it are taken.

    Raises:
        AssetError: an entry names no photograph.
    """
    found: dict[str, Path] = {}
    for entry in entries:
        for name, path in _resolve(Path(entry)):
            found.setdefault(name if found.get(name, path) == path else str(path), path)
    return dict(sorted(found.items()))


def _resolve(path: Path) -> list[tuple[str, Path]]:
    if not path.is_dir():
        return [(path.name, path)]
    below = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURE_EXTENSIONS and file.is_file())
    if not below:
        raise AssetError(f"{path}: the folder holds no photograph; {_FIELD} takes {', '.join(PICTURE_EXTENSIONS)}.")
    return [(str(file.relative_to(path)), file) for file in below]


def check_photo(path: Path) -> None:
    """Make sure that a file is a photograph as far as its header tells. Raises AssetError."""
    with _opened(path):
        pass


def measure_photo(path: Path) -> PhotoMeasure:
    """Look at a whole photograph, coarsely. Raises AssetError where it cannot be decoded."""
    with _opened(path) as image:
        size = image.size
        turned = image.getexif().get(0x0112, 1) >= 5  # a quarter turn, by the EXIF orientation
        image.draft("RGB", (_COARSE, _COARSE))  # JPEG only: decodes a smaller picture, many times as fast
        small = _decoded(image, path).resize((_COARSE, _COARSE), Image.Resampling.BOX)
    linear = to_linear(np.asarray(small))
    cells = linear.reshape(GRID, _COARSE // GRID, GRID, _COARSE // GRID, 3).mean(axis=(1, 3), dtype=np.float64)
    width, height = size[::-1] if turned else size
    return PhotoMeasure(width, height, cells)


def read_crop(path: Path, box: tuple[float, float, float, float], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The part of a photograph within `box` (left, top, right, bottom; pixels) as (H, W, 3) uint8 sRGB at `size`
    (width, height). Raises AssetError."""
    with _opened(path) as image:
        whole = _decoded(image, path)
    return np.asarray(whole.resize(size, Image.Resampling.LANCZOS, box=box))


def to_linear(display: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """sRGB of any shape as linear Rec.709 from 0 to 1 (IEC 61966-2-1)."""
    return _LINEAR[display]


def to_display(linear: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """The inverse of `to_linear`."""
    curved = 1.055 * linear.clip(0, 1) ** (1 / 2.4) - 0.055
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, curved)
    return (encoded.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _opened(path: Path) -> Image.Image:
    require_file(path, "photograph")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # large cameras
            return Image.open(path)
    except UnidentifiedImageError:
        raise AssetError(
            f"{path}: this is no picture that can be read; take it out of {_FIELD} ({', '.join(PICTURE_EXTENSIONS)})."
        ) from None
    except _DECODER_ERRORS as error:
        raise AssetError(f"{path}: the photograph cannot be opened ({reason(error)}); see {_FIELD}.") from None


def _decoded(image: Image.Image, path: Path) -> Image.Image:
    """The pixels in RGB, upright; transparent ones over black."""
    try:
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip to 8
            upright = Image.fromarray((np.asarray(upright) >> 8).clip(0, 255).astype(np.uint8))
        return upright.convert("RGB")
    except _DECODER_ERRORS as error:
        raise AssetError(
            f"{path}: the photograph is damaged ({reason(error)}); take it out of {_FIELD} or copy it again."
        ) from None


def _linear_table() -> npt.NDArray[np.float32]:
    encoded = np.arange(256) / 255.0
    curved = ((encoded + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, encoded / 12.92, curved).astype(np.float32)


_LINEAR = _linear_table()
