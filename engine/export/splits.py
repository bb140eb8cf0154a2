"""Dividing frames among `train`, `val`, ...: by a fraction, or by what was drawn for them.

By fraction, a frame's place follows from its number and the seed of the split alone: the first 8 bytes of the BLAKE2b
hash of the text `SEED/NUMBER`, as a big-endian integer, times 2**-64, is compared with the running sum of the
fractions. So a frame keeps its split when more frames are rendered, and the parts are as large as asked for on average.
"""

from __future__ import annotations

import hashlib
import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from engine.dataset.index import DatasetIndex, Progress
from engine.dataset.query import QueryError, matching
from engine.dataset.read import Dataset
from engine.errors import BadInput
from engine.export.base import Split

_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class SplitRule:
    """How frames are divided."""

    fractions: tuple[tuple[str, float], ...] = ()
    """Name and share of each split; the shares' sum is 1."""
    filters: tuple[tuple[str, str], ...] = ()
    """Name and query of each split; frames go to the first whose query holds, the others by the fractions."""
    seed: int = 0

    @property
    def names(self) -> list[str]:
        """The splits, in their order; without any, one of no name."""
        names = [name for name, _ in (*self.filters, *self.fractions)]
        if self.filters and not self.fractions:
            names.append("train")
        return list(dict.fromkeys(names)) or [""]

    @property
    def text(self) -> str:
        """All of it as a text, for comparing."""
        return repr((self.fractions, self.filters, self.seed)) if self.names != [""] else ""

    def divide(self, dataset: Dataset, progress: Progress = lambda done: None) -> list[Split]:
        """The splits of a dataset, in their order; raises BadInput for a query that means nothing, DatasetError."""
        parts = {name: array("q") for name in self.names}
        chosen = self._filtered(dataset, progress) if self.filters else {}
        for index in dataset.indices():
            parts[chosen.get(index) or self._by_fraction(index)].append(index)
        return [Split(name, indices, dataset) for name, indices in parts.items()]

    def _by_fraction(self, index: int) -> str:
        if not self.fractions:
            return "train" if self.filters else ""
        place = fraction_of(index, self.seed)
        reached = 0.0
        for name, share in self.fractions:
            reached += share
            if place < reached:
                return name
        return self.fractions[-1][0]

    def _filtered(self, dataset: Dataset, progress: Progress) -> dict[int, str]:
        index = DatasetIndex.of(dataset)
        index.update(progress)
        chosen: dict[int, str] = {}
        numbers = index.columns.indices
        for name, query in self.filters:
            try:
                wanted = matching(index.columns, query)
            except QueryError as error:
                raise BadInput(f"--split-by {name}={query}: {error}") from None
            for number in (numbers[row] for row in wanted.nonzero()[0].tolist()):
                chosen.setdefault(number, name)
        return chosen


def fraction_of(index: int, seed: int) -> float:
    """Where a frame is between 0 and 1, for dividing by fractions."""
    digest = hashlib.blake2b(f"{seed}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * 2.0**-64


def parse_splits(fractions: str | None, filters: Sequence[str], seed: int = 0) -> SplitRule:
    """The rule of `train=0.8,val=0.2` and of texts like `test=camera.distance>1`; raises BadInput."""
    shares: list[tuple[str, float]] = []
    for part in fractions.split(",") if fractions is not None else []:
        name, _, number = part.strip().partition("=")
        shares.append((_checked(name, f"--split {fractions}"), _share(number, f"--split {fractions}")))
    if len({name for name, _ in shares}) < len(shares):
        raise BadInput(f"--split {fractions}: a name stands there twice; give each split a name of its own.")
    if shares and not math.isclose(sum(share for _, share in shares), 1.0, abs_tol=1e-6):
        raise BadInput(
            f"--split {fractions}: the fractions are {sum(share for _, share in shares):g} together; make it 1, as in "
            "train=0.8,val=0.2."
        )
    queries = []
    for text in filters:
        name, _, query = text.partition("=")
        if not query.strip():
            raise BadInput(f"--split-by {text}: NAME=FILTER is expected, as in test=camera.distance>1.")
        queries.append((_checked(name.strip(), f"--split-by {text}"), query.strip()))
    return SplitRule(tuple(shares), tuple(queries), seed)


def _checked(name: str, where: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput(f"{where}: '{name}' is no name for a split; use letters, digits, '_', '-' and '.'.")
    return name


def _share(text: str, where: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise BadInput(f"{where}: '{text}' is no fraction; each split is NAME=FRACTION with a number above 0, up to 1.")
    return share
