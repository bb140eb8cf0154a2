"""Semantic and panoptic maps, from a map of instance ids."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from engine.annotate.record import FrameRecord

type IdMap = npt.NDArray[np.uint16]


def semantic_map(record: FrameRecord, ids: IdMap, classes: Mapping[str, int]) -> IdMap:
    """The id of the class seen at each pixel, (H, W) uint16, 0 for none; `classes` are the ids by name."""
    table = np.zeros(int(ids.max(initial=0)) + 1, np.uint16)
    for instance in record.instances:
        if instance.instance_id < table.size:
            table[instance.instance_id] = classes[instance.class_name]
    mapped: IdMap = table[ids]
    return mapped


def panoptic_map(record: FrameRecord, ids: IdMap, classes: Mapping[str, int]) -> npt.NDArray[np.uint32]:
    """Class and instance seen at each pixel, (H, W) uint32: class id * 65,536 + instance id; 0 for none."""
    segments: npt.NDArray[np.uint32] = semantic_map(record, ids, classes).astype(np.uint32) * np.uint32(1 << 16) + ids
    return segments


def panoptic_parts(panoptic: npt.NDArray[np.uint32]) -> tuple[IdMap, IdMap]:
    """The class ids and the instance ids, (H, W) each, of a panoptic map."""
    return (panoptic >> 16).astype(np.uint16), (panoptic & 0xFFFF).astype(np.uint16)
