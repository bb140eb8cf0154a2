"""Keypoints of rendered frames: vertices of the models' files, projected by hand, and flags against Cycles' depths."""

from __future__ import annotations

import numpy as np
import pytest

from engine.annotate.record import FrameRecord, InstanceRecord
from tests.proof.clutter import KEYPOINTS, Clutter

SLACK = 0.01
"""Share of the 3D box's diagonal that may lie before a point that is seen."""


def own_depths(record: FrameRecord, instance: InstanceRecord, places: np.ndarray) -> np.ndarray:
    """(u, v, depth) of points (N, 3) of a model's file."""
    scale = record.spec.objects[[entry.instance_id for entry in record.spec.objects].index(instance.instance_id)].scale
    seen = places * scale @ np.array(instance.cam_R_m2c).reshape(3, 3).T + np.array(instance.cam_t_m2c)
    u, v, w = np.array(record.cam_K).reshape(3, 3) @ seen.T
    return np.column_stack([u / w, v / w, w])


def test_keypoints_are_the_projected_vertices_of_the_files(clutter: Clutter) -> None:
    compared = 0
    for record in clutter.dataset.iter_records():
        for instance in record.instances:
            if instance.model not in KEYPOINTS:
                continue
            points = KEYPOINTS[instance.model]
            assert instance.keypoints is not None
            assert [point.name for point in instance.keypoints] == list(points)
            projected = own_depths(record, instance, np.array(list(points.values())))
            for point, (u, v, depth) in zip(instance.keypoints, projected.tolist(), strict=True):
                if depth > 0:
                    assert point.uv == pytest.approx((u, v), abs=1e-3)
                    compared += 1
                else:
                    assert point.uv is None
    assert compared > 40


def test_flags_agree_with_the_depths_that_were_rendered(clutter: Clutter) -> None:
    told = {0: 0, 1: 0, 2: 0}
    wrong = []
    for record in clutter.dataset.iter_records():
        depths = clutter.dataset.float_pass(record.index, "depth")
        for instance in record.instances:
            low, high = np.array(instance.bounds_min), np.array(instance.bounds_max)
            slack = SLACK * np.linalg.norm(high - low)
            for point in instance.keypoints or ():
                seen = np.array(point.xyz) @ np.array(instance.cam_R_m2c).reshape(3, 3).T + instance.cam_t_m2c
                u, v = (int(np.floor(number + 0.5)) for number in point.uv or (-99, -99))
                if not (0 <= u < record.width and 0 <= v < record.height):
                    assert point.visibility == 0
                    told[0] += 1
                    continue
                around = depths[max(v - 1, 0) : v + 2, max(u - 1, 0) : u + 2]
                before, behind = around < seen[2] - 1.5 * slack, around > seen[2] - 0.5 * slack
                if before.all() or behind.all():  # at an edge, or nearly touching, a pixel does not tell
                    told[point.visibility] += 1
                    if point.visibility != (1 if before.all() else 2):
                        wrong.append((record.index, instance.instance_id, point))
    assert wrong == []
    assert min(told.values()) >= 5


def test_the_classes_tell_their_keypoints(clutter: Clutter) -> None:
    entries = {entry.name: entry for entry in clutter.dataset.class_entries}
    assert entries["bracket"].keypoints == tuple(KEYPOINTS["bracket.stl"])
    assert entries["bracket"].skeleton[0] == ("corner", "end")
    assert entries["bracket"].supercategory == "hardware"
    assert "handle_top" in entries["cup"].keypoints
