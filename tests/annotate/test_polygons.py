from __future__ import annotations

import hypothesis.extra.numpy as arrays
import numpy as np
from hypothesis import given, settings
from pycocotools import mask as coco_mask

from engine.annotate.polygons import mask_polygons


def rasterised(polygons: list[list[int]], height: int, width: int) -> np.ndarray:
    """How many polygons cover each pixel, according to pycocotools."""
    count = np.zeros((height, width), int)
    for polygon in polygons:
        count += coco_mask.decode(coco_mask.frPyObjects([polygon], height, width)[0])
    return count


@settings(max_examples=400, deadline=None)
@given(mask=arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=14)))
def test_polygons_cover_the_mask_exactly_once(mask: np.ndarray) -> None:
    polygons = mask_polygons(mask)
    assert np.array_equal(rasterised(polygons, *mask.shape), mask)
    assert all(len(polygon) >= 8 for polygon in polygons)


def test_the_area_is_the_number_of_pixels() -> None:
    v, u = np.mgrid[:90, :120]
    mask = np.hypot(u - 60, v - 45) < 40
    (polygon,) = mask_polygons(mask)
    x, y = np.array(polygon).reshape(-1, 2).T
    assert abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 == mask.sum()


def test_an_instance_in_two_pieces_has_two_polygons() -> None:
    mask = np.zeros((20, 30), bool)
    mask[2:9, 3:8] = mask[12:18, 15:28] = True
    assert sorted(mask_polygons(mask)) == sorted([[3, 2, 8, 2, 8, 9, 3, 9], [15, 12, 28, 12, 28, 18, 15, 18]])


def test_pixels_that_touch_at_a_corner_are_apart() -> None:
    assert len(mask_polygons(np.eye(3, dtype=bool))) == 3
    assert len(mask_polygons(np.eye(3, dtype=bool)[::-1])) == 3


def test_holes_stay_open() -> None:
    v, u = np.mgrid[:100, :140]
    far = np.hypot(u - 70, v - 50)
    mask = (far < 45) & (far > 25) | (far < 12) & (far > 4)
    polygons = mask_polygons(mask)
    assert np.array_equal(rasterised(polygons, 100, 140), mask)
    assert len(polygons) <= 6


def test_the_origin_moves_the_polygons() -> None:
    assert mask_polygons(np.ones((1, 2), bool), (10, 20)) == [[10, 20, 12, 20, 12, 21, 10, 21]]


def test_an_empty_mask_has_no_polygon() -> None:
    assert mask_polygons(np.zeros((5, 5), bool)) == []
