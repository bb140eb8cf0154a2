"""How the values drawn from the recipe spread over the frames, value by value."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.dataset.columns import Columns, Texts

BINS = 20

MOST_TEXTS = 60
"""A value with more different texts (names of files, say) is not counted text by text."""

type Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class DrawnNumbers:
    """A number, of all frames and all objects that it was drawn for."""

    values: int
    low: float
    high: float
    mean: float
    edges: list[float]
    """Of the bins, one more than there are counts; few different whole numbers are each in the middle of a bin."""
    counts: list[int]


@dataclass(slots=True)
class DrawnTexts:
    """A text."""

    values: int
    counts: dict[str, int]
    """The most frequent first; empty for more than MOST_TEXTS different ones."""


@dataclass(slots=True)
class Drawn:
    """By the path of the value, all instances of an object together: `camera.azimuth`, `objects[0].yaw`."""

    numbers: dict[str, DrawnNumbers]
    texts: dict[str, DrawnTexts]


def plain_path(path: str) -> str:
    """The path without the number of the instance: `objects[0][1].yaw` is `objects[0].yaw`."""
    return re.sub(r"\]\[\d+\]", "]", path)


def drawn_of(columns: Columns) -> Drawn:
    """The statistics of all drawn values of an index."""
    numbers: dict[str, list[Floats]] = {}
    for path, values in columns.drawn.items():
        numbers.setdefault(plain_path(path), []).append(values[~np.isnan(values)])
    texts: dict[str, Counter[str]] = {}
    for path, column in columns.words.items():
        texts.setdefault(plain_path(path), Counter()).update(_counted(column))
    joined = {path: np.concatenate(parts) for path, parts in numbers.items()}
    return Drawn(
        {path: _numbers(values) for path, values in joined.items() if len(values)},
        {path: _texts(counts) for path, counts in texts.items() if counts},
    )


def _counted(column: Texts) -> dict[str, int]:
    counts = np.bincount(column.codes, minlength=len(column.words)).tolist()
    return {word: count for word, count in zip(column.words, counts, strict=False) if word and count}


def _texts(counts: Counter[str]) -> DrawnTexts:
    listed = dict(counts.most_common()) if len(counts) <= MOST_TEXTS else {}
    return DrawnTexts(counts.total(), listed)


def _numbers(values: Floats) -> DrawnNumbers:
    low, high = float(values.min()), float(values.max())
    if high - low <= BINS and (values == np.rint(values)).all():
        edges = np.arange(low, high + 2) - 0.5
    else:
        edges = np.linspace(low, high, BINS + 1)
    counts, _ = np.histogram(values, edges)
    return DrawnNumbers(len(values), low, high, float(values.mean()), edges.tolist(), counts.tolist())
