"""pycocotools' evaluation of keypoints for classes that have different ones.

pycocotools measures how near predicted points are by the object keypoint similarity (OKS): each point counts
exp(-d² / (2 s² (2 σ)²)), where d is its distance from the truth, s² the object's area, and σ says how far off the point
may be, as a share of the object's size. pycocotools knows one list of σ, those of a person's 17 points. Here each class
has its own: COCO's for classes with its 17 points, else DEFAULT_SIGMA, unless others are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools.cocoeval import COCOeval, Params

from engine.errors import BadInput

DEFAULT_SIGMA = 0.05
"""Between those of a person's eyes (0.025) and hips (0.107)."""

type Sigmas = npt.NDArray[np.float64]


def sigmas_of(categories: Mapping[int, tuple[str, tuple[str, ...]]], given: Mapping[str, float]) -> dict[int, Sigmas]:
    """σ of each keypoint of each category that has any.

    `categories` are names and keypoints by id; `given` are σ by the name of a class (`cup`) or of one of its points
    (`cup.handle`), which counts more. Raises BadInput for a name that there is not.
    """
    coco = np.asarray(Params(iouType="keypoints").kpt_oks_sigmas, np.float64)
    found: dict[int, Sigmas] = {}
    unknown = dict(given)
    for number, (name, points) in categories.items():
        if not points:
            continue
        usual = coco if points == COCO_PERSON else np.full(len(points), DEFAULT_SIGMA)
        of_class = unknown.pop(name, None)
        sigmas = usual.copy() if of_class is None else np.full(len(points), of_class)
        for place, point in enumerate(points):
            sigmas[place] = unknown.pop(f"{name}.{point}", sigmas[place])
        found[number] = sigmas
    if unknown:
        there = ", ".join(name for name, points in categories.values() if points) or "none"
        raise BadInput(
            f"There is no class or keypoint '{next(iter(unknown))}' to give a sigma; classes with keypoints: {there}."
        )
    return found


COCO_PERSON = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
"""The points that COCO's sigmas belong to, in its order."""


class KeypointEval(COCOeval):  # type: ignore[misc] # pycocotools ships no types
    """COCOeval with the sigmas of each category."""

    def __init__(self, truth: Any, results: Any, sigmas: Mapping[int, Sigmas]) -> None:
        """Evaluate the categories that have `sigmas`, and no others."""
        super().__init__(truth, results, "keypoints")
        self._sigmas = sigmas
        self.params.catIds = sorted(sigmas)

    def computeOks(self, imgId: int, catId: int) -> Any:  # noqa: N802, N803 - pycocotools' names
        """The similarities of a picture's predictions to its instances of one category."""
        self.params.kpt_oks_sigmas = self._sigmas[catId]
        return super().computeOks(imgId, catId)
