"""Symmetries of models, as people note them in `studio-assets.toml`. They are never guessed.

    ["can.obj"]
    symmetry = "z"                       # however it is turned about its z axis, it looks the same

    ["box.obj"]
    symmetry = [{ axis = "z", fold = 2 }, { axis = [1, 0, 0], fold = 2, offset = [0, 0, 0.05] }]

`axis` is `x`, `y`, `z` or three numbers, in the model frame that poses refer to; `offset` is a point on it in metres,
before the recipe's scale; with `fold`, only turns by multiples of 360/fold degrees leave the model the same.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from engine.errors import AssetError

type Vector3 = tuple[float, float, float]

_AXES: dict[str, Vector3] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


class Symmetry(msgspec.Struct, frozen=True):
    """Turns about an axis that leave a model the same."""

    axis: Vector3
    """Direction; of any length above 0."""
    fold: int = 0
    """How many positions look the same; 0 for turns by any angle."""
    offset: Vector3 = (0.0, 0.0, 0.0)
    """A point of the axis, metres."""


class _Noted(msgspec.Struct, forbid_unknown_fields=True):
    axis: Literal["x", "y", "z"] | Vector3
    fold: Annotated[int, msgspec.Meta(ge=2, le=360)] | None = None
    offset: Vector3 = (0.0, 0.0, 0.0)


def read_symmetry(value: Any, where: str) -> tuple[Symmetry, ...]:
    """What a note says; raises AssetError, which begins with `where`, for what means nothing."""
    listed = value if isinstance(value, list) else [{"axis": value} if isinstance(value, str) else value]
    found = []
    for item in listed:
        try:
            noted = msgspec.convert(item, _Noted, strict=False)
        except msgspec.ValidationError as error:
            raise AssetError(
                f'{where}: {error}; write an axis like "z", or a list like [{{ axis = "z", fold = 4 }}].'
            ) from None
        axis = _AXES[noted.axis] if isinstance(noted.axis, str) else noted.axis
        if not any(axis):
            raise AssetError(f"{where}: an axis of [0, 0, 0] has no direction; name x, y, z or three numbers.")
        found.append(Symmetry(axis, noted.fold or 0, noted.offset))
    return tuple(found)
