"""Which settings hold the misses: ranges of drawn values in which a detector misses more than elsewhere.

For each setting that varies, every run of neighbouring tenths of its values (at most half of them) is compared with
all others by Fisher's exact test, one-sided; for a setting with few different values, each value. What was drawn once
for a frame is counted in frames (missed: where anything was), since the instances of one frame are no independent
witnesses; what was drawn for an instance, in instances. A finding must be unlikely even among all that were looked at
(Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.annotate.attributes import drawn_attributes
from engine.annotate.record import FrameRecord, InstanceRecord

DOUBT = 0.01
"""How likely a finding may be by mere chance, all that were looked at taken together."""

PARTS = 10
"""Numbers are cut into so many parts with equally many values."""

MEASURED = {"area": "visible pixels", "visibility": "share that is seen", "truncation": "share beyond the border"}
"""Values of an instance that no setting sets, but that several bring about."""

type Value = float | str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A range of one setting, or one value of it, with more misses than elsewhere."""

    parameter: str
    """Key path in the recipe (`objects[0].scale`), or one of MEASURED."""
    low: float | None
    """Least and greatest value of the range; None where it is a text."""
    high: float | None
    value: str | None
    unit: str
    """What is counted: `frames` or `instances`."""
    missed: int
    count: int
    """All within the range."""
    missed_elsewhere: int
    count_elsewhere: int
    chance: float
    """How likely so many misses are by chance, all that were looked at taken into account; at most DOUBT."""

    @property
    def setting(self) -> str | None:
        """KEY=VALUE that makes more of it, for `--set`; None for what is measured."""
        if self.parameter in MEASURED:
            return None
        if self.value is not None:
            return f'{self.parameter}="{self.value}"'
        if self.low == self.high:
            return f"{self.parameter}={self.low:g}"
        return f"{self.parameter}={{uniform=[{self.low:g}, {self.high:g}]}}"


@dataclass(slots=True)
class _Witness:
    """Values of one parameter with what became of them."""

    unit: str
    values: list[Value] = field(default_factory=list)
    missed: list[bool] = field(default_factory=list)


def suggest(
    records: Iterable[FrameRecord],
    missed: Mapping[int, tuple[int, ...]],
    progress: Callable[[int], None] = lambda _: None,
) -> list[Suggestion]:
    """Where a detector misses most, the most certain first, one for each parameter.

    `missed` holds, by frame, the ids of the instances that it missed; frames that it does not name do not count.
    """
    witnesses: dict[str, _Witness] = {}
    for number, record in enumerate(records, start=1):
        if record.index in missed:
            _hear(record, set(missed[record.index]), witnesses)
        progress(number)
    tried = [(name, witness, list(_ranges(witness))) for name, witness in witnesses.items()]
    looks = max(sum(len(ranges) for _, _, ranges in tried), 1)
    found = []
    for name, witness, ranges in tried:
        missed_here = np.array(witness.missed)
        chances = [min(1.0, looks * _chance(missed_here, chosen)) for chosen in ranges]
        sure = [place for place, chance in enumerate(chances) if chance <= DOUBT]
        if sure:
            best = min(sure, key=lambda place: (chances[place], int(ranges[place].sum())))
            found.append(_finding(name, witness, ranges[best], chances[best]))
    return sorted(found, key=lambda each: each.chance)


def _hear(record: FrameRecord, missed: set[int], witnesses: dict[str, _Witness]) -> None:
    seen = [instance for instance in record.instances if instance.mask is not None]
    if not seen:
        return
    for path, value in record.spec.drawn.items():
        if not path.startswith("objects["):
            _note(witnesses, path, "frames", value, bool(missed))
    kinds = {instance.instance_id: instance.recipe_object for instance in record.spec.objects}
    attributes = drawn_attributes(record)
    for instance in seen:
        number = instance.instance_id
        for name, value in attributes[number].items():
            _note(witnesses, f"objects[{kinds[number]}].{name}", "instances", value, number in missed)
        for name, value in _measured(instance):
            _note(witnesses, name, "instances", value, number in missed)


def _measured(instance: InstanceRecord) -> Iterator[tuple[str, float]]:
    for name in MEASURED:
        if (value := getattr(instance, name)) is not None:
            yield name, float(value)


def _note(witnesses: dict[str, _Witness], name: str, unit: str, value: Value, missed: bool) -> None:
    witness = witnesses.setdefault(name, _Witness(unit))
    witness.values.append(value)
    witness.missed.append(missed)


def _ranges(witness: _Witness) -> Iterator[npt.NDArray[np.bool_]]:
    """What is compared with all else: (N,) which values belong to it."""
    if any(isinstance(value, str) for value in witness.values):
        texts = np.array([str(value) for value in witness.values])
        yield from (texts == text for text in np.unique(texts) if not (texts == text).all())
        return
    values = np.array(witness.values, np.float64)
    different = np.unique(values)
    if len(different) <= PARTS:
        yield from (values == value for value in different if len(different) > 1)
        return
    edges = np.unique(np.quantile(values, np.linspace(0, 1, PARTS + 1)))
    part = np.searchsorted(edges[1:-1], values, side="right")
    for first in range(len(edges) - 1):
        for last in range(first, min(first + PARTS // 2, len(edges) - 1)):
            yield (part >= first) & (part <= last)


def _chance(missed: npt.NDArray[np.bool_], chosen: npt.NDArray[np.bool_]) -> float:
    return at_least(int((missed & chosen).sum()), int(chosen.sum()), int(missed.sum()), len(missed))


def _finding(name: str, witness: _Witness, chosen: npt.NDArray[np.bool_], chance: float) -> Suggestion:
    missed = np.array(witness.missed)
    within, count = int((missed & chosen).sum()), int(chosen.sum())
    inside = [value for value, is_in in zip(witness.values, chosen.tolist(), strict=True) if is_in]
    numbers = [value for value in inside if not isinstance(value, str)]
    return Suggestion(
        parameter=name,
        low=min(numbers) if numbers else None,
        high=max(numbers) if numbers else None,
        value=None if numbers else str(inside[0]),
        unit=witness.unit,
        missed=within,
        count=count,
        missed_elsewhere=int(missed.sum()) - within,
        count_elsewhere=len(missed) - count,
        chance=chance,
    )


def at_least(within: int, count: int, all_missed: int, total: int) -> float:
    """How likely `within` or more of `all_missed` misses among `total` fall among `count` of them by chance.

    The upper tail of the hypergeometric distribution, which is Fisher's exact test, one-sided.
    """

    def log_choose(n: int, k: int) -> float:
        return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

    most = min(count, all_missed)
    least = max(within, count + all_missed - total)
    logs = [
        log_choose(count, k) + log_choose(total - count, all_missed - k) - log_choose(total, all_missed)
        for k in range(least, most + 1)
    ]
    return min(1.0, math.fsum(map(math.exp, logs)))
