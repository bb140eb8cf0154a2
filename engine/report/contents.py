"""What a report tells, as plain data: the dataset, its statistics, some of its frames, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from engine.annotate.palette import AXIS_COLORS, instance_color
from engine.dataset.check_frame import Problem
from engine.dataset.source import FrameSource
from engine.dataset.stats import MEDIUM, SMALL, Statistics, spread
from engine.dataset.threads import in_threads
from engine.frame.rng import Stream
from engine.report.card import card

MOST_PROBLEMS = 1000
"""Frames with problems that are listed, and problems of no frame; of more, only the numbers are told."""

MOST_DAMAGED_SHOWN = 60
"""Frames with problems that are shown besides those chosen."""

COLORS = 21
"""Different colours of instances; then they repeat."""

type Progress = Callable[[int], object]


@dataclass(slots=True)
class Findings:
    """What is wrong, as far as was looked."""

    checked: int = 0
    """Frames that were read back."""
    frames: dict[int, str] = field(default_factory=dict)
    """What is wrong with single frames, ascending."""
    others: list[Problem] = field(default_factory=list)
    """What is wrong with the dataset as a whole, or with files that are no frame's."""


@dataclass(slots=True)
class About:
    """The dataset in a few words."""

    title: str
    folder: str
    facts: dict[str, str]
    """Shown as they are, in their order."""
    kinds: Sequence[str] = ()
    """The class of each object of the recipe, in its order: what `objects[0]` is in paths of drawn values."""
    query: str = ""
    """The filter that the frames of the report had to pass."""


def chosen(indices: Sequence[int], count: int, seed: int | None) -> list[int]:
    """The frames that are shown, ascending: at even steps, or drawn by a seed, each as likely as any other."""
    if seed is None or len(indices) <= count:
        return spread(indices, count)
    pool, stream = list(indices), Stream(seed, 0, 0, "frames of a report")
    for place in range(count):
        other = place + int(stream.uniform() * (len(pool) - place))
        pool[place], pool[other] = pool[other], pool[place]
    return sorted(pool[:count])


def contents(
    source: FrameSource,
    about: About,
    statistics: Statistics,
    findings: Findings,
    frames: Sequence[int],
    units: Mapping[str, str],
    *,
    seed: int | None = None,
    side: int = 400,
    progress: Progress = lambda done: None,
) -> dict[str, Any]:
    """Everything that the page holds. `units` are those of drawn values, by their plain paths."""
    sample = set(frames)
    damaged = [index for index in findings.frames if index not in sample][:MOST_DAMAGED_SHOWN]
    shown = sorted({*frames, *damaged})
    make = partial(_card, source, side, findings.frames)
    cards = []
    for made in in_threads(make, shown):
        cards.append(made)
        progress(len(cards))
    return {
        "about": msgspec.to_builtins(about),
        "statistics": msgspec.to_builtins(statistics),
        "sample": {
            "frames": statistics.frames,
            "shown": len(frames),
            "besides": len(damaged),
            "seed": seed,
        },
        "problems": {
            "checked": findings.checked,
            "frames": dict(list(findings.frames.items())[:MOST_PROBLEMS]),
            "count": len(findings.frames),
            "others": [f"{one.file}: {one.what}" for one in findings.others[:MOST_PROBLEMS]],
            "others_count": len(findings.others),
        },
        "kinds": list(about.kinds),
        "units": {path: unit for path, unit in units.items() if unit},
        "sizes": [SMALL, MEDIUM],
        "colors": [list(instance_color(number)) for number in range(1, COLORS + 1)],
        "axes": [list(color) for color in AXIS_COLORS],
        "frames": cards,
    }


def _card(source: FrameSource, side: int, problems: Mapping[int, str], index: int) -> dict[str, Any]:
    return card(source, index, side, problems.get(index, ""))
