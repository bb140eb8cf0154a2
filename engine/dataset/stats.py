"""Statistics of a dataset, from its index: classes, box sizes, where boxes lie, visibility, views, drawn values,
brightness.

Histograms are lists of counts with the edges of their bins, one more than there are counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.dataset.columns import Columns
from engine.dataset.drawn_stats import Drawn, drawn_of
from engine.dataset.source import FrameSource
from engine.errors import StudioError
from engine.frame.trouble import REASONS

MAP_COLUMNS, MAP_ROWS = 32, 24
"""Of the map of where boxes lie."""

VIEW_COLUMNS, VIEW_ROWS = 24, 12
"""Of the map of directions of view: 15 degrees each."""

SMALL, MEDIUM = 32**2, 96**2
"""Pixels below which COCO calls an instance small, or medium."""

MOST_VIEWS = 20
"""Classes whose directions of view are counted each for itself."""

BRIGHTNESS_SAMPLE = 200
"""Pictures that are read for their brightness, spread evenly over all."""

_LUMA = (0.2126, 0.7152, 0.0722)

type Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Histogram:
    """Counts in bins."""

    edges: list[float]
    counts: list[int]


@dataclass(slots=True)
class ClassCount:
    """One class."""

    instances: int
    """Those that are seen."""
    frames: int
    """Frames that show one or more."""


@dataclass(slots=True)
class Statistics:
    """Everything; of instances, only those seen count, except where said."""

    frames: int
    instances: int
    unseen: int
    """Labelled instances of which nothing is seen."""
    problems: int
    """Frames with something wrong in their files."""
    problem_kinds: dict[str, int]
    """Frames by what is wrong with them, numbers left out, the most frequent first."""
    classes: dict[str, ClassCount]
    per_frame: Histogram
    """Frames by the number of instances that they show."""
    sizes: dict[str, int]
    """Instances that are `small`, `medium` and `large` as COCO has it."""
    box_sides: Histogram
    """Square root of the box's area, pixels; edges are powers of two."""
    box_map: list[list[float]]
    """(MAP_ROWS, MAP_COLUMNS): share of the boxes that cover each place of the picture, from its top left corner."""
    visibility: Histogram
    """Of all labelled instances that lie in the picture, also unseen ones; empty where it is not known."""
    truncation: Histogram
    """Empty where it is not known."""
    views: list[list[int]]
    """(VIEW_ROWS, VIEW_COLUMNS): instances by the direction from which they are seen, in their own frame: elevation
    from 90 down to -90 degrees, azimuth from 0 to 360. Empty where poses are not known."""
    class_views: dict[str, list[list[int]]]
    """The same by class, of the MOST_VIEWS classes with the most instances."""
    drawn: Drawn
    """How the values drawn from the recipe spread."""
    redrawn: dict[str, int]
    """Draws thrown away before those of the frames, by their reason (`engine.frame.trouble`), the most frequent first;
    of a sequence each frame counts them anew, as it draws them anew."""
    brightness: Histogram = field(default_factory=lambda: Histogram([], []))
    """Mean luma of pictures, 0 to 255, of a sample; empty until `brightness_of` was asked."""
    brightness_sample: int = 0
    """How many pictures were read for it."""


def statistics_of(columns: Columns) -> Statistics:
    """The statistics of the frames of an index, brightness aside."""
    instances = columns.instances
    seen = instances["area"] > 0
    per_frame = np.bincount(columns.owner[seen], minlength=len(columns))
    areas = instances["area"][seen]
    classes = _classes(columns, seen)
    known = seen & ~np.isnan(instances["w"])
    sides = np.sqrt(instances["w"][known] * instances["h"][known])
    return Statistics(
        frames=len(columns),
        instances=int(seen.sum()),
        unseen=int((~seen).sum()),
        problems=int(sum(bool(columns.problems.words[code]) for code in columns.problems.codes.tolist())),
        problem_kinds=_problem_kinds(columns),
        classes=classes,
        per_frame=_whole_numbers(per_frame),
        sizes={
            "small": int((areas < SMALL).sum()),
            "medium": int(((areas >= SMALL) & (areas < MEDIUM)).sum()),
            "large": int((areas >= MEDIUM).sum()),
        },
        box_sides=_powers_of_two(sides),
        box_map=_box_map(columns, known).tolist(),
        visibility=_shares(instances["visibility"]),
        truncation=_shares(instances["truncation"][seen]),
        views=_views(columns, seen),
        class_views={name: _views(columns, seen & _of_class(columns, name)) for name in list(classes)[:MOST_VIEWS]},
        drawn=drawn_of(columns),
        redrawn=_redrawn(columns),
    )


def _redrawn(columns: Columns) -> dict[str, int]:
    counts = Counter({reason: int(np.nansum(columns.frames[f"redrawn.{reason}"])) for reason in REASONS})
    return {reason: count for reason, count in counts.most_common() if count}


def _problem_kinds(columns: Columns) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for text, count in zip(columns.problems.words, np.bincount(columns.problems.codes), strict=False):
        alike = {re.sub(r"\(?[\d.,]+\)?", "…", part) for part in text.split("; ") if part}
        kinds.update(dict.fromkeys(alike, int(count)))
    return dict(kinds.most_common())


def _classes(columns: Columns, seen: npt.NDArray[np.bool_]) -> dict[str, ClassCount]:
    counts = {}
    for code, name in enumerate(columns.classes.words):
        of_class = seen & (columns.classes.codes == code)
        if name:
            frames = len(np.unique(columns.owner[of_class]))
            counts[name] = ClassCount(int(of_class.sum()), frames)
    return dict(sorted(counts.items(), key=lambda item: (-item[1].instances, item[0])))


def _whole_numbers(values: npt.NDArray[np.int64]) -> Histogram:
    """By whole numbers from 0 on, the last bin taking all from 20 on."""
    if not len(values):
        return Histogram([], [])
    top = min(int(values.max()), 20)
    counts = np.bincount(np.minimum(values, top), minlength=top + 1)
    return Histogram([float(edge) for edge in range(top + 2)], counts.tolist())


def _powers_of_two(values: Floats) -> Histogram:
    if not len(values):
        return Histogram([], [])
    low = int(np.floor(np.log2(max(values.min(), 1))))
    high = int(np.floor(np.log2(max(values.max(), 1)))) + 1
    edges = 2.0 ** np.arange(low, high + 1)
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return Histogram(edges.tolist(), counts.tolist())


def _shares(values: Floats, bins: int = 10) -> Histogram:
    values = values[~np.isnan(values)]
    if not len(values):
        return Histogram([], [])
    counts, edges = np.histogram(values, bins, (0.0, 1.0))
    return Histogram(edges.tolist(), counts.tolist())


def _box_map(columns: Columns, known: npt.NDArray[np.bool_]) -> Floats:
    """Each box adds one to the cells that it touches: by its corners in a table of differences, summed up then."""
    rows = columns.owner[known]
    width, height = columns.frames["width"][rows], columns.frames["height"][rows]
    x, y, w, h = (columns.instances[name][known] for name in "xywh")
    sized = (width > 0) & (height > 0)
    left, right = _cells(x, w, width, sized, MAP_COLUMNS)
    top, bottom = _cells(y, h, height, sized, MAP_ROWS)
    table = np.zeros((MAP_ROWS + 1, MAP_COLUMNS + 1))
    for row, column, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        np.add.at(table, (row, column), sign)
    summed: Floats = table.cumsum(axis=0).cumsum(axis=1)[:MAP_ROWS, :MAP_COLUMNS]
    return summed / max(int(sized.sum()), 1)


def _cells(
    start: Floats, length: Floats, whole: Floats, sized: npt.NDArray[np.bool_], count: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First cell and the one after the last that boxes touch along one axis."""
    first = np.floor(start[sized] / whole[sized] * count)
    after = np.ceil((start[sized] + length[sized]) / whole[sized] * count)
    low = np.clip(first, 0, count - 1).astype(np.intp)
    return low, np.clip(np.maximum(after, low + 1), 1, count).astype(np.intp)


def _of_class(columns: Columns, name: str) -> npt.NDArray[np.bool_]:
    return columns.classes.where([word == name for word in columns.classes.words])


def _views(columns: Columns, which: npt.NDArray[np.bool_]) -> list[list[int]]:
    azimuth, elevation = columns.instances["azimuth_seen"][which], columns.instances["elevation_seen"][which]
    known = ~np.isnan(azimuth) & ~np.isnan(elevation)
    if not known.any():
        return []
    counts, _, _ = np.histogram2d(
        -elevation[known], azimuth[known], (VIEW_ROWS, VIEW_COLUMNS), ((-90.0, 90.0), (0.0, 360.0))
    )
    rows: list[list[int]] = counts.astype(np.int64).tolist()
    return rows


def spread(indices: Sequence[int], count: int = BRIGHTNESS_SAMPLE) -> list[int]:
    """At most so many of some frames, at even steps."""
    if len(indices) <= count:
        return list(indices)
    if count < 2:
        return list(indices[:count])
    return [indices[round(place * (len(indices) - 1) / (count - 1))] for place in range(count)]


def brightness_of(
    source: FrameSource, indices: Sequence[int], stop: Callable[[], bool] = lambda: False
) -> tuple[Histogram, int]:
    """Mean luma of a sample of frames, and how many pictures were read; damaged ones are left out."""
    means = []
    for index in spread(indices):
        if stop():
            break
        try:
            picture = source.image(index)
        except StudioError:
            continue
        # Every fourth pixel each way: their mean is the picture's to far less than a bin.
        means.append(float(picture[::4, ::4].reshape(-1, 3).mean(axis=0) @ np.array(_LUMA)))
    counts, edges = np.histogram(means, 16, (0.0, 256.0))
    return Histogram(edges.tolist(), counts.tolist()), len(means)
