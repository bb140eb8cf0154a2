"""What `studio bench` makes of the times that frames took: stages, the gap between samplings, what settings save."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, Any

from engine.queue.tracing import idle_seconds
from engine.stages import BESIDE, STAGES

if TYPE_CHECKING:
    from engine.queue.bench import Found
    from engine.queue.protocol import FrameFinished
    from engine.recipe.cheaper import Change

LEAST_SAVING = 0.03
"""Share of a frame's time below which a setting is not worth naming."""


@dataclass(frozen=True, slots=True)
class Stages:
    """What a recipe's frames took, the first one left out."""

    seconds: dict[str, float]
    """Mean of a frame, by stage."""
    a_frame: float
    """From one finished frame to the next when many are rendered."""
    first: float
    """The first frame, which loads and compiles."""
    between: float | None
    """In which nothing was sampled, for each frame; None where it was not seen."""
    between_share: float | None
    """That as a share of the time from one frame's last sample to the next one's last."""

    @property
    def largest(self) -> float:
        """Seconds of the stage that takes longest."""
        return max(self.seconds.values())


@dataclass(frozen=True, slots=True)
class Saving:
    """What one changed setting saves, and what it does to the picture."""

    path: str
    value: Any
    a_frame: float
    """Seconds."""
    saved: float
    """Share of the recipe's own time for the same frames; below 0 where it costs more."""
    psnr: float | None
    """dB between the finished pictures with the setting and without; infinite for the same pixels, None where they do
    not show the same frame or could not be rendered."""
    trouble: str = ""
    """Why it could not be measured."""


@dataclass(frozen=True, slots=True)
class Bench:
    """All that was measured of a recipe."""

    stages: Stages
    savings: list[Saving]
    """The largest first."""
    drift: float | None
    """How much longer the recipe's own frames took the second time, after everything else, as a share."""

    @property
    def best(self) -> list[Saving]:
        """The two settings that save most, of those that save at all."""
        return [saving for saving in self.savings if saving.saved >= max(LEAST_SAVING, abs(self.drift or 0.0))][:2]


def stages_of(found: Found) -> Stages:
    """What the frames of a trial took."""
    reports = [report for index, report in sorted(found.reports.items()) if index > 0]
    seconds = {name: mean(report.stages.get(name, 0.0) for report in reports) for name in STAGES}
    idle, whole = idle_seconds([report.sampling for report in reports])
    following = sum(report.sampling.follows is not None for report in reports)
    return Stages(
        seconds={name: value for name, value in seconds.items() if value > 0},
        a_frame=mean(map(seconds_of, reports)),
        first=seconds_of(found.reports[0]),
        between=idle / following if following else None,
        between_share=idle / whole if whole else None,
    )


def seconds_of(report: FrameFinished) -> float:
    """What a frame adds when many are rendered: the longer of what is done in turn and what is done beside it."""
    beside = sum(value for name, value in report.stages.items() if name in BESIDE)
    return max(beside, sum(report.stages.values()) - beside)


def bench_of(base: Found, changes: Sequence[Change], tried: Sequence[Found], again: Found | None) -> Bench:
    """Everything, of the recipe's own frames, those with each change, and the recipe's own once more."""
    drift = None
    if again is not None and not again.failed:
        before, after = _seconds(base, again), _seconds(again, base)
        drift = after / before - 1
    savings = [_saving(base, again, change, found) for change, found in zip(changes, tried, strict=True)]
    savings.sort(key=lambda saving: -saving.saved)
    return Bench(stages_of(base), savings, drift)


def _saving(base: Found, again: Found | None, change: Change, found: Found) -> Saving:
    if found.failed:
        return Saving(change.path, change.value, math.nan, -math.inf, None, next(iter(found.failed.values())))
    own = _seconds(base, found)
    if again is not None and not again.failed:
        own = (own + _seconds(again, found)) / 2
    seconds = _seconds(found, base)
    return Saving(change.path, change.value, seconds, 1 - seconds / own, _psnr(base, found))


def _seconds(found: Found, like: Found) -> float:
    """Seconds of a frame, of those frames that were rendered for `like` too."""
    return mean(seconds_of(report) for index, report in found.reports.items() if index > 0 and index in like.reports)


def _psnr(one: Found, other: Found) -> float | None:
    """dB between the finished pictures of two trials."""
    import numpy as np

    from engine.dataset.read import Dataset

    here, there = Dataset.open(one.root), Dataset.open(other.root)
    errors = []
    for index in sorted(set(one.reports) & set(other.reports)):
        if one.reports[index].redrawn != other.reports[index].redrawn:
            return None
        difference = here.image(index).astype(np.float64) - there.image(index)
        errors.append(float(np.square(difference).mean()))
    error = mean(errors)
    return 10 * math.log10(255**2 / error) if error > 0 else math.inf
