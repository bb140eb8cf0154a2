"""Named points and parts of a model."""

from __future__ import annotations

import msgspec

type Vector3 = tuple[float, float, float]


type Parts = tuple[tuple[str, tuple[str, ...]], ...]
"""Name of each part, and the names that its objects or materials have in the model's file."""


class Landmarks(msgspec.Struct, frozen=True):
    """The keypoints and the parts of a model."""

    keypoints: tuple[tuple[str, Vector3], ...] = ()
    """Name and place of each: metres in the model frame, before the recipe's scale."""
    skeleton: tuple[tuple[str, str], ...] = ()
    """Pairs of names, to be joined by lines."""
    parts: Parts = ()


NO_LANDMARKS = Landmarks()
