"""Named points of a model, and which of them belong together."""

from __future__ import annotations

import msgspec

type Vector3 = tuple[float, float, float]


class Landmarks(msgspec.Struct, frozen=True):
    """The keypoints of a model."""

    keypoints: tuple[tuple[str, Vector3], ...] = ()
    """Name and place of each: metres in the model frame, before the recipe's scale."""
    skeleton: tuple[tuple[str, str], ...] = ()
    """Pairs of names, to be joined by lines."""


NO_LANDMARKS = Landmarks()
