"""One folder's part of an index, and how it lies in the cache."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from engine.dataset.columns import FRAME_COLUMNS, INSTANCE_COLUMNS, Columns, Texts

VERSION = 2
"""Of the cached files; others are made anew."""


@dataclass(slots=True)
class Part:
    """The index of the frames of one folder."""

    modified: int
    """The folder's time of modification in ns when it was listed; -1 where it may change unnoticed."""
    marks: dict[int, tuple[int, int]]
    """By frame: time of modification and sizes of its record and picture."""
    columns: Columns


class _StoredTexts(msgspec.Struct):
    codes: bytes
    words: list[str]


class _Stored(msgspec.Struct):
    """A part of the index as it lies in the cache. Arrays are little endian."""

    version: int
    modified: int
    numbers: bytes
    """int64 (3, N): frame number, the record's time of modification in ns, its size and the picture's, mixed."""
    frames: dict[str, bytes]
    drawn: dict[str, bytes]
    words: dict[str, _StoredTexts]
    problems: _StoredTexts
    instances: dict[str, bytes]
    classes: _StoredTexts
    owner: bytes


def encoded(part: Part) -> bytes:
    """The part as bytes."""
    columns = part.columns
    numbers = np.array([(index, *mark) for index, mark in part.marks.items()], "<i8").reshape(-1, 3).T
    stored = _Stored(
        version=VERSION,
        modified=part.modified,
        numbers=numbers.tobytes(),
        frames={name: values.astype("<f8").tobytes() for name, values in columns.frames.items()},
        drawn={name: values.astype("<f8").tobytes() for name, values in columns.drawn.items()},
        words={name: _stored(texts) for name, texts in columns.words.items()},
        problems=_stored(columns.problems),
        instances={name: values.astype("<f8").tobytes() for name, values in columns.instances.items()},
        classes=_stored(columns.classes),
        owner=columns.owner.astype("<i8").tobytes(),
    )
    return msgspec.msgpack.encode(stored)


def _stored(texts: Texts) -> _StoredTexts:
    return _StoredTexts(texts.codes.astype("<i4").tobytes(), texts.words)


def decoded(data: bytes) -> Part | None:
    """The part that was made into bytes; None where they are damaged, or of another version."""
    try:
        return _part_of(msgspec.msgpack.decode(data, type=_Stored))
    except (ValueError, msgspec.MsgspecError, KeyError, IndexError):
        return None


def _part_of(stored: _Stored) -> Part:
    """The part that was stored; raises ValueError where it is of another version or does not fit together."""
    same = stored.frames.keys() == FRAME_COLUMNS.keys() and stored.instances.keys() == INSTANCE_COLUMNS.keys()
    if stored.version != VERSION or not same:
        raise ValueError("another version")
    indices, modified, sizes = np.frombuffer(stored.numbers, "<i8").reshape(3, -1).tolist()
    count = len(indices)
    owner = np.frombuffer(stored.owner, "<i8").astype(np.int64)
    columns = Columns(
        frames=_arrays(stored.frames, count),
        drawn=_arrays(stored.drawn, count),
        words={name: _texts(texts, count) for name, texts in stored.words.items()},
        problems=_texts(stored.problems, count),
        instances=_arrays(stored.instances, len(owner)),
        classes=_texts(stored.classes, len(owner)),
        owner=owner,
    )
    marks = dict(zip(indices, zip(modified, sizes, strict=True), strict=True))
    return Part(stored.modified, marks, columns)


def _arrays(stored: dict[str, bytes], count: int) -> dict[str, npt.NDArray[np.float64]]:
    arrays = {name: np.frombuffer(data, "<f8") for name, data in stored.items()}
    if any(len(values) != count for values in arrays.values()):
        raise ValueError("columns of different lengths")
    return arrays


def _texts(stored: _StoredTexts, count: int) -> Texts:
    codes = np.frombuffer(stored.codes, "<i4").astype(np.int32)
    if len(codes) != count or (count and codes.max() >= len(stored.words)):
        raise ValueError("texts that do not fit their column")
    return Texts(codes, stored.words)
