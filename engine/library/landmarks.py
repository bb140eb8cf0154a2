"""Keypoints of models, as they are noted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.errors import AssetError
from engine.frame.landmarks import Landmarks, Vector3


def read_landmarks(where: str, table: Mapping[str, Any]) -> Landmarks:
    """The keypoints and the skeleton in a table of notes; `where` names it in errors.

    Raises:
        AssetError: they are not what belongs there.
    """
    keypoints = table.get("keypoints", {})
    if not isinstance(keypoints, Mapping):
        raise AssetError(f"{where}.keypoints: a table is expected, of lines like cap = [0.0, 0.0, 0.21].")
    places = {name: _place(f"{where}.keypoints.{name}", value) for name, value in keypoints.items()}
    links = table.get("skeleton", [])
    if not isinstance(links, list):
        raise AssetError(f'{where}.skeleton: a list of pairs is expected, like [["cap", "neck"]].')
    return Landmarks(tuple(places.items()), tuple(_link(f"{where}.skeleton", link, places) for link in links))


def _place(where: str, value: Any) -> Vector3:
    if isinstance(value, list) and len(value) == 3 and all(_is_finite(number) for number in value):
        return float(value[0]), float(value[1]), float(value[2])
    raise AssetError(f"{where}: found {value!r}; give its place as [x, y, z], three numbers.")


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _link(where: str, value: Any, places: Mapping[str, Vector3]) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2 and value[0] != value[1]:
        first, second = value
        if first in places and second in places:
            return first, second
    known = ", ".join(places) or "none"
    raise AssetError(f"{where}: found {value!r}; give pairs of two of its keypoints (it has: {known}).")
