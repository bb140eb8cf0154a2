from __future__ import annotations

import time

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from engine.annotate.masks import decode_mask, instance_map, visible_masks
from engine.annotate.record import Rle
from tests.factory import make_passes, make_record, make_spec

ID_MAPS = arrays.arrays(
    np.uint16,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.sampled_from([0, 1, 2, 40_000, 65_535]),
)


@settings(max_examples=300, deadline=None)
@given(ids=ID_MAPS)
def test_masks_are_those_of_pycocotools(ids: np.ndarray) -> None:
    found = visible_masks(ids)
    assert sorted(found) == [number for number in np.unique(ids) if number != 0]
    for number, mask in found.items():
        expected = coco_mask.encode(np.asfortranarray(ids == number, dtype=np.uint8))
        assert mask.rle.counts == expected["counts"].decode()
        assert mask.rle.size == ids.shape
        assert mask.bbox == tuple(coco_mask.toBbox(expected).astype(int))
        assert mask.area == coco_mask.area(expected)
        assert np.array_equal(decode_mask(mask.rle), ids == number)


def test_boxes_are_tight() -> None:
    ids = np.zeros((10, 20), np.uint16)
    ids[3:7, 5:6] = 9
    ids[4, 8] = 9
    assert visible_masks(ids)[9].bbox == (5, 3, 4, 4)


def test_instance_map_comes_back_from_a_record() -> None:
    spec = make_spec(instances=7)
    passes = make_passes(spec)
    record = make_record(spec, passes)
    assert np.array_equal(instance_map(record.instances, record.height, record.width), passes.instance_id)


@pytest.mark.parametrize("counts", ["", "P", "0\n0", "~~~", "00`"])
def test_damaged_run_lengths_are_refused(counts: str) -> None:
    with pytest.raises(ValueError):
        decode_mask(Rle((4, 4), counts))


def test_thirty_instances_at_full_hd_take_far_less_than_a_render() -> None:
    """About 7 ms; the bound leaves room for a busy machine, not for a Python loop over pixels (seconds)."""
    v, u = np.mgrid[:1080, :1920]
    ids = np.zeros((1080, 1920), np.uint16)
    for number in range(30):
        center_u, center_v = 200 + 320 * (number % 6), 150 + 200 * (number // 6)
        ids[np.hypot(u - center_u, v - center_v) < 130] = number + 1
    best = min(_seconds(ids) for _ in range(5))
    assert best < 0.2


def _seconds(ids: np.ndarray) -> float:
    began = time.perf_counter()
    assert len(visible_masks(ids)) == 30
    return time.perf_counter() - began
