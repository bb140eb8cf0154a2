"""Which predictions hit which instances, read out of an evaluation by pycocotools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MATCH = 0.5
"""Overlap (IoU) from which a prediction counts as a hit."""


@dataclass(frozen=True, slots=True)
class Match:
    """What became of a prediction."""

    match: int | None
    """The instance that it hit."""
    iou: float


class Matches:
    """Which predictions hit which instances at MATCH, and what they missed, from an evaluation that was run.

    pycocotools matches the most certain first, so that leaving out the less certain changes no other match.
    """

    def __init__(self, evaluation: Any, numbers: Mapping[int, int], least_score: float) -> None:
        """`numbers` are the instances' by their annotation."""
        self.verdicts: dict[int, Match] = {}
        """By prediction, for those that count."""
        self.missed: dict[int, list[int]] = {}
        """By frame."""
        self._numbers, self._least = numbers, least_score
        self._at = int(np.argmin(np.abs(evaluation.params.iouThrs - MATCH)))
        everything = evaluation.params.areaRng[0]
        for result in evaluation.evalImgs:
            if result is not None and result["aRng"] == everything:
                overlaps = evaluation.ious[result["image_id"], result["category_id"]]
                # Its rows are the predictions as the result has them, its columns the instances in the file's order.
                truth = [entry["id"] for entry in evaluation._gts[result["image_id"], result["category_id"]]]
                self._take(result, np.reshape(overlaps, (len(result["dtIds"]), len(truth))), truth)

    def _take(self, result: Mapping[str, Any], overlaps: npt.NDArray[np.float64], truth: list[int]) -> None:
        scores = dict(zip(result["dtIds"], result["dtScores"], strict=True))
        columns = zip(result["dtIds"], result["dtMatches"][self._at], result["dtIgnore"][self._at], strict=True)
        for row, (number, match, ignored) in enumerate(columns):
            if ignored or scores[number] < self._least:
                continue
            if match:
                iou = overlaps[row, truth.index(int(match))]
                self.verdicts[int(number)] = Match(self._numbers[int(match)], float(iou))
            else:
                self.verdicts[int(number)] = Match(None, float(overlaps[row].max(initial=0.0)))
        matches = zip(result["gtIds"], result["gtMatches"][self._at], result["gtIgnore"], strict=True)
        for entry, match, ignored in matches:
            if not ignored and not (match and scores[int(match)] >= self._least):
                self.missed.setdefault(result["image_id"], []).append(self._numbers[int(entry)])
