"""How far the stored pictures and passes of two datasets are apart, read from their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.annotate.record import StoredFile
from engine.dataset.codec import Undecodable, decode_image, decode_passes
from engine.dataset.read import Dataset
from engine.dataset.threads import in_threads
from engine.errors import DatasetError

type Progress = Callable[[int], object]


@dataclass(slots=True)
class PixelDifference:
    """One picture or pass that differs."""

    frame: int
    name: str
    """`image`, or that of the pass."""
    share: float = 0.0
    """Of the pixels that differ in any channel, 0 to 1."""
    mean: float = 0.0
    """Mean of the differences over all pixels and channels: 0 to 255 for pictures, metres for depth."""
    largest: float = 0.0
    """Largest difference of a channel; what is infinite on one side only does not count."""
    problem: str = ""
    """Why it cannot be compared."""


def diff_pixels(
    left: Dataset, right: Dataset, indices: Sequence[int], progress: Progress = lambda frames: None
) -> list[PixelDifference]:
    """Compare the files of frames that both have; those with equal bytes are not decoded."""
    found: list[PixelDifference] = []
    for done, frame in enumerate(in_threads(partial(_of_frame, left, right), indices), start=1):
        found += frame
        progress(done)
    return found


def _of_frame(left: Dataset, right: Dataset, index: int) -> list[PixelDifference]:
    try:
        one, other = left.record(index), right.record(index)
    except DatasetError as error:
        return [PixelDifference(index, "image", problem=str(error))]
    pairs: list[tuple[str, StoredFile, StoredFile]] = [("image", one.image, other.image)]
    pairs += [(name, stored, other.passes[name]) for name, stored in one.passes.items() if name in other.passes]
    found = (_of_files(left, right, index, name, files) for name, *files in pairs)
    return [difference for difference in found if difference is not None]


def _of_files(
    left: Dataset, right: Dataset, index: int, name: str, files: Sequence[StoredFile]
) -> PixelDifference | None:
    try:
        data = [side.read_file(stored) for side, stored in zip((left, right), files, strict=True)]
        if data[0] == data[1]:
            return None
        if name == "image":
            arrays: list[npt.NDArray[Any]] = [decode_image(part) for part in data]
        else:
            arrays = [decode_passes(part, only=name)[name] for part in data]
    except (DatasetError, Undecodable, KeyError) as error:
        return PixelDifference(index, name, problem=str(error))
    if arrays[0].shape != arrays[1].shape:
        return PixelDifference(index, name, problem=f"{_by(arrays[0])} and {_by(arrays[1])} pixels")
    return measured(index, name, arrays[0], arrays[1])


def measured(index: int, name: str, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> PixelDifference | None:
    """The difference of two arrays of the same shape, (H, W), (H, W, C) or (R, 2, H, W); None where they are equal."""
    # Not known on both sides, as flow may be, is alike.
    unlike = (left != right) & ~((left != left) & (right != right))
    if not unlike.any():
        return None
    pixels = unlike.any(axis={2: (), 3: (2,), 4: (0, 1)}[unlike.ndim])
    with np.errstate(invalid="ignore"):
        apart = np.abs(left.astype(np.float64) - right.astype(np.float64))
    known = apart[np.isfinite(apart)]
    return PixelDifference(
        index, name, float(pixels.mean()), float(known.sum() / apart.size), float(known.max(initial=0.0))
    )


def _by(array: npt.NDArray[Any]) -> str:
    return f"{array.shape[1]} x {array.shape[0]}"
