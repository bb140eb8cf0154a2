"""Checking stored passes: their shapes, hashes and values, and those that follow from others against these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.annotate.derived import object_coordinates, ray_distance, world_normals, world_points
from engine.annotate.masks import instance_map
from engine.annotate.passes import COVERAGE_WHOLE
from engine.annotate.record import FrameRecord, StoredFile
from engine.dataset import layout
from engine.dataset.stored_passes import KINDS

type Array = npt.NDArray[Any]

_UNIT = 0.01
"""By which the length of a normal may differ from 1."""
_CLOSE = 1e-5
"""Share by which a pass that follows from another may differ from what follows from that."""


def pass_problems(name: str, stored: StoredFile, array: Array | None, record: FrameRecord) -> Iterator[str]:
    """What is wrong with one pass by itself."""
    if array is None:
        yield f"it holds no pass '{name}'"
        return
    kind = KINDS.get(name)
    if kind is not None:
        shape = kind.shape(record.height, record.width)
        if array.dtype != kind.dtype or array.shape != shape:
            yield f"'{name}' is {array.dtype} of shape {array.shape}, not {np.dtype(kind.dtype)} of shape {shape}"
            return
    if layout.array_hash(array) != stored.pixel_hash:
        yield f"the values of '{name}' are not those that were stored (hash differs)"
    yield from _value_problems(name, array, record)


def _value_problems(name: str, array: Array, record: FrameRecord) -> Iterator[str]:
    match name:
        case "depth" | "distance":
            if not (array > 0).all():
                yield (
                    "some of its depths are not positive"
                    if name == "depth"
                    else "some of its distances are not positive"
                )
        case "normal" | "normal_world":
            lengths = np.linalg.norm(array, axis=2)
            if not ((lengths == 0) | (np.abs(lengths - 1) < _UNIT)).all():
                yield "some of its normals are neither unit vectors nor 0"
        case "albedo" | "diffuse" | "specular":
            if not (np.isfinite(array) & (array >= 0)).all():
                yield f"some values of '{name}' are negative or not finite"
        case "flow_forward" | "flow_backward":
            if np.isinf(array).any():
                yield f"some of '{name}' is infinite"
        case "coverage":
            yield from _coverage_problems(array, record)


def _coverage_problems(coverage: Array, record: FrameRecord) -> Iterator[str]:
    ids, shares = coverage[:, 0], coverage[:, 1].astype(np.int64)
    unknown = set(np.unique(ids).tolist()) - {0, *(instance.instance_id for instance in record.instances)}
    if unknown:
        yield f"'coverage' names instance {min(unknown)}, which its record does not have"
    if shares.sum(axis=0).max(initial=0) > COVERAGE_WHOLE + len(shares):
        yield "'coverage' covers more than the whole of a pixel"
    if ((ids == 0) != (shares == 0)).any() or (np.diff(shares, axis=0) > 0).any():
        yield "'coverage' is not in order: largest shares first, 0 where there are no more"


def derived_problems(arrays: Mapping[str, Array], record: FrameRecord) -> Iterator[str]:
    """Passes that do not follow from the depth, the normals and the masks that are stored with them."""
    depth, normal = arrays.get("depth"), arrays.get("normal")
    expected: dict[str, Array] = {}
    if depth is not None and "distance" in arrays:
        expected["distance"] = ray_distance(record, depth)
    if depth is not None and "position" in arrays:
        expected["position"] = world_points(record, depth)
    if depth is not None and "nocs" in arrays:
        with suppress(ValueError):  # of a damaged mask, which is told of by itself
            ids = instance_map(record.instances, record.height, record.width)
            expected["nocs"] = object_coordinates(record, depth, ids)
    if normal is not None and "normal_world" in arrays:
        expected["normal_world"] = world_normals(record, normal)
    for name, array in expected.items():
        if not np.allclose(arrays[name], array, rtol=_CLOSE, atol=_CLOSE):
            yield f"'{name}' is not what follows from its other passes and its camera"
