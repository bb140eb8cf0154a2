"""Where things lie in a dataset's folder, and how arrays are hashed.

    DIR/dataset.json                   the manifest
    DIR/.lock                          held while a process writes into the folder
    DIR/frames/00012/00012345.png      the picture of frame 12345 (.jpg for JPEG)
    DIR/frames/00012/00012345.npz      its float passes, where the recipe asks for any
    DIR/frames/00012/00012345.json     its record, written last: the frame exists once this file does

A folder below `frames` holds 1000 frames; its name is the frame number without the last three digits.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

MANIFEST_NAME = "dataset.json"
LOCK_NAME = ".lock"
FRAMES_NAME = "frames"
FRAMES_PER_FOLDER = 1000
IMAGE_SUFFIXES = {"png": ".png", "jpeg": ".jpg"}
PASSES_SUFFIX = ".npz"
RECORD_SUFFIX = ".json"

_INDEX_DIGITS = 8
_DIGITS = re.compile(r"[0-9]+")
_SUFFIXES = frozenset({RECORD_SUFFIX, PASSES_SUFFIX, *IMAGE_SUFFIXES.values()})


def folder_path(index: int) -> str:
    """The folder of frame `index`, relative to the dataset's, with forward slashes."""
    return f"{FRAMES_NAME}/{index // FRAMES_PER_FOLDER:0{_INDEX_DIGITS - 3}}"


def record_path(index: int) -> str:
    """The record of frame `index`, relative to the dataset's folder."""
    return _frame_path(index, RECORD_SUFFIX)


def image_path(index: int, image_format: str) -> str:
    """The picture of frame `index` (`png` or `jpeg`), relative to the dataset's folder."""
    return _frame_path(index, IMAGE_SUFFIXES[image_format])


def passes_path(index: int) -> str:
    """The float passes of frame `index`, relative to the dataset's folder."""
    return _frame_path(index, PASSES_SUFFIX)


def _frame_path(index: int, suffix: str) -> str:
    return f"{folder_path(index)}/{index:0{_INDEX_DIGITS}}{suffix}"


def is_frame_folder(name: str) -> bool:
    """Whether a name below `frames` is one that `folder_path` makes."""
    return _DIGITS.fullmatch(name) is not None and f"{int(name):0{_INDEX_DIGITS - 3}}" == name


def index_of(name: str) -> int | None:
    """The frame that a file name (`00012345.png`) belongs to, or None for a name that is not ours."""
    stem, dot, suffix = name.partition(".")
    if dot + suffix not in _SUFFIXES or _DIGITS.fullmatch(stem) is None:
        return None
    index = int(stem)
    return index if f"{index:0{_INDEX_DIGITS}}" == stem else None


def array_hash(array: npt.NDArray[Any]) -> str:
    """BLAKE2b-128, as 32 hexadecimal digits, of an array's dtype, shape and values.

    Hashed are the text `u1 480 640 3` (numpy's kind and size in bytes, then the shape), a zero byte, and the values in
    C order, little endian. Equal arrays have equal hashes on every machine.
    """
    import numpy as np  # only here: who looks for datasets needs no arrays

    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    kind = f"{little.dtype.kind}{little.dtype.itemsize}"
    digest = hashlib.blake2b(digest_size=16)
    digest.update(" ".join([kind, *map(str, array.shape)]).encode() + b"\0")
    digest.update(little.data if little.size else b"")
    return digest.hexdigest()
