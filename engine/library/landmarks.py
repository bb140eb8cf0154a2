"""Keypoints and parts of models, as they are noted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from engine.errors import AssetError
from engine.frame.landmarks import Landmarks, Parts, Vector3

MOST_PARTS = 255


def read_landmarks(where: str, table: Mapping[str, Any]) -> Landmarks:
    """The keypoints, the skeleton and the parts in a table of notes; `where` names it in errors.

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
    skeleton = tuple(_link(f"{where}.skeleton", link, places) for link in links)
    return Landmarks(tuple(places.items()), skeleton, _parts(f"{where}.parts", table.get("parts", {})))


def _parts(where: str, value: Any) -> Parts:
    if not isinstance(value, Mapping):
        raise AssetError(f'{where}: a table is expected, of lines like lid = ["Lid", "Lid seal"].')
    if len(value) > MOST_PARTS:
        raise AssetError(f"{where}: it names {len(value)} parts; a model may have {MOST_PARTS}.")
    return tuple((name, _names(f"{where}.{name}", name, names)) for name, names in value.items())


def _names(where: str, part: str, value: Any) -> tuple[str, ...]:
    if not re.fullmatch(r"[\w-]+", part):
        raise AssetError(f"{where}: the name of a part has letters, digits, `_` and `-` only.")
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list) and names and all(isinstance(name, str) and name for name in names):
        return tuple(names)
    raise AssetError(f'{where}: found {value!r}; give names of objects or materials of the file, like ["Lid"].')


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
