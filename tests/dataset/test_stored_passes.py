"""Passes that follow from others are stored on request, read back, and checked against what they follow from."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.annotate.maps import panoptic_parts
from engine.dataset import layout
from engine.dataset.codec import encode_passes
from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from tests.factory import make_dataset, make_passes

FOLLOWING = ("depth", "distance", "normal", "normal_world", "position", "nocs")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return make_dataset(tmp_path / "d", 1, instances=3, passes=FOLLOWING)


def test_they_are_what_they_are_called(dataset: Dataset) -> None:
    record = dataset.record(0)
    depth, distance, normal, world, position, nocs = (dataset.float_pass(0, name) for name in FOLLOWING)
    traced = make_passes(record.spec).position
    assert traced is not None
    seen = np.isfinite(depth)
    assert np.allclose(position[seen], traced[seen], atol=1e-5)
    assert not position[~seen].any()
    eye = np.array(record.spec.camera.T_world_camera)[:3, 3]
    assert np.allclose(distance[seen], np.linalg.norm(position[seen] - eye, axis=1), atol=1e-5)
    assert np.isinf(distance[~seen]).all()
    assert np.allclose(world, normal @ np.array(record.cam_R_w2c).reshape(3, 3), atol=1e-5)
    ids = dataset.instance_map(0)
    for ball in record.spec.objects:
        # A ball's box is a cube about its centre, whose diagonal is 2 * sqrt(3) radii.
        own = ids == ball.instance_id
        from_centre = (nocs[own] - 0.5) * 2 * np.sqrt(3)
        assert np.allclose(np.linalg.norm(from_centre, axis=1), 1, atol=1e-3)
    assert not nocs[ids == 0].any()


def test_a_pass_that_was_changed_is_found(dataset: Dataset) -> None:
    assert validate_dataset(dataset).problems == []
    record = dataset.record(0)
    arrays = {name: dataset.float_pass(0, name) for name in FOLLOWING}
    arrays["nocs"] = arrays["nocs"] * np.float32(0.9)
    data = encode_passes(arrays)
    path = layout.passes_path(0)
    (dataset.root / path).write_bytes(data)
    stored = {
        name: msgspec.structs.replace(entry, bytes=len(data), pixel_hash=layout.array_hash(arrays[name]))
        for name, entry in record.passes.items()
    }
    changed = msgspec.structs.replace(record, passes=stored)
    (dataset.root / layout.record_path(0)).write_bytes(msgspec.json.encode(changed))
    (problem,) = validate_dataset(dataset).problems
    assert "'nocs' is not what follows from its other passes and its camera" in str(problem)


def test_maps_of_classes_and_segments_follow_from_the_masks(dataset: Dataset) -> None:
    record = dataset.record(0)
    ids, classes = dataset.instance_map(0), dataset.semantic_map(0)
    for instance in record.instances:
        assert (classes[ids == instance.instance_id] == dataset.classes[instance.class_name]).all()
    assert not classes[ids == 0].any()
    kinds, instances = panoptic_parts(dataset.panoptic_map(0))
    assert np.array_equal(kinds, classes)
    assert np.array_equal(instances, ids)
