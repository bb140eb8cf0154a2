"""The passes that a frame may be stored with: what each is made from, and what its array looks like."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.annotate.derived import object_coordinates, ray_distance, world_normals, world_points
from engine.annotate.passes import COVERAGE_RANKS, Passes
from engine.annotate.record import FrameRecord
from engine.recipe.output import FLOW_PASSES, RIGHT_PASS

type Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class PassKind:
    """One stored pass. Its meaning is told in docs/annotations.md."""

    shape: Callable[[int, int], tuple[int, ...]]
    """Of its array, from a picture's height and width."""
    dtype: type[np.generic] = np.float32
    derive: Callable[[Passes, FrameRecord], Array] | None = None
    """Makes it from other passes and the record; None: it is rendered, and has the same name among the passes."""

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes that a pixel takes, uncompressed."""
        return int(np.prod(self.shape(1, 1))) * np.dtype(self.dtype).itemsize


def _plane(height: int, width: int) -> tuple[int, ...]:
    return height, width


def _vectors(height: int, width: int) -> tuple[int, ...]:
    return height, width, 3


def _world_normals(passes: Passes, record: FrameRecord) -> Array:
    if passes.normal is None:
        raise ValueError("the recipe asks for the pass 'normal_world', but no normals were rendered")
    return world_normals(record, passes.normal)


def _flows(height: int, width: int) -> tuple[int, ...]:
    return height, width, 2


KINDS: dict[str, PassKind] = {
    "depth": PassKind(_plane),
    "distance": PassKind(_plane, derive=lambda passes, record: ray_distance(record, passes.depth)),
    "normal": PassKind(_vectors),
    "normal_world": PassKind(_vectors, derive=_world_normals),
    "position": PassKind(_vectors, derive=lambda passes, record: world_points(record, passes.depth)),
    "nocs": PassKind(
        _vectors, derive=lambda passes, record: object_coordinates(record, passes.depth, passes.instance_id)
    ),
    "albedo": PassKind(_vectors),
    "diffuse": PassKind(_vectors),
    "specular": PassKind(_vectors),
    "coverage": PassKind(lambda height, width: (COVERAGE_RANKS, 2, height, width), np.uint16),
    RIGHT_PASS: PassKind(_vectors, np.uint8),
    **dict.fromkeys(FLOW_PASSES, PassKind(_flows)),
}


def stored_passes(passes: Passes, record: FrameRecord, names: Collection[str]) -> dict[str, Array]:
    """The arrays to be stored under these names."""
    arrays = {}
    for name in names:
        derive = KINDS[name].derive
        array = getattr(passes, name) if derive is None else derive(passes, record)
        if array is None:
            raise ValueError(f"the recipe asks for the pass '{name}', which was not rendered")
        arrays[name] = array
    return arrays
