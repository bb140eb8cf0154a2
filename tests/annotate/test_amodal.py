"""Amodal masks, boxes, visibility and truncation against the same balls, each traced alone."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.annotate.build import build_instances
from engine.annotate.masks import decode_mask, instance_map
from engine.annotate.record import InstanceRecord
from engine.frame.spec import FrameSpec
from tests.factory import ball_bodies, make_passes, make_spec

MARGIN = 120
"""Pixels by which a picture is continued on each side."""


def alone(spec: FrameSpec, number: int, margin: int = 0) -> np.ndarray:
    """(H, W): where one ball is seen if there is nothing else, in a picture continued by a margin."""
    camera = spec.camera
    wider = msgspec.structs.replace(
        camera,
        width=camera.width + 2 * margin,
        height=camera.height + 2 * margin,
        focal_length_mm=camera.focal_length_mm * camera.width / (camera.width + 2 * margin),
    )
    one = tuple(item for item in spec.objects if item.instance_id == number)
    return make_passes(msgspec.structs.replace(spec, camera=wider, objects=one, ground=None)).instance_id == number


def annotated(spec: FrameSpec) -> tuple[InstanceRecord, ...]:
    return build_instances(make_passes(spec), spec, ball_bodies())


def turned(spec: FrameSpec, pixels: float) -> FrameSpec:
    """The frame with its camera moved sideways, so that things move by about so many pixels to the left."""
    T = np.array(spec.camera.T_world_camera)
    focal = spec.camera.focal_length_mm / spec.camera.sensor_width_mm * spec.camera.width
    T[:3, 3] += T[:3, 0] * pixels / focal * spec.camera.focus_distance
    pose = tuple(tuple(row) for row in T.tolist())
    return msgspec.structs.replace(spec, camera=msgspec.structs.replace(spec.camera, T_world_camera=pose))


def mask_of(instance: InstanceRecord, spec: FrameSpec) -> np.ndarray:
    if instance.amodal_mask is None:
        return np.zeros((spec.camera.height, spec.camera.width), bool)
    return decode_mask(instance.amodal_mask)


@pytest.mark.parametrize("shift", [0, 60, 95])
def test_an_amodal_mask_is_what_the_instance_shows_alone(shift: int) -> None:
    spec = turned(make_spec(5, width=160, height=120, instances=6), shift)
    instances = annotated(spec)
    ids = instance_map(instances, 120, 160)
    hidden = cut = 0
    for instance in instances:
        expected, found = alone(spec, instance.instance_id), mask_of(instance, spec)
        assert (expected != found).sum() <= 0.02 * max(expected.sum(), 50)
        assert not ((ids == instance.instance_id) & ~found).any(), "what is seen belongs to the amodal mask"
        assert instance.amodal_area == found.sum()
        whole = alone(spec, instance.instance_id, MARGIN)
        v, u = np.nonzero(whole)
        box = (u.min() - MARGIN, v.min() - MARGIN, np.ptp(u) + 1, np.ptp(v) + 1)
        assert instance.amodal_bbox is not None
        assert np.abs(np.subtract(instance.amodal_bbox, box)).max() <= 2
        assert instance.truncation == pytest.approx(1 - expected.sum() / whole.sum(), abs=0.01)
        if expected.any():
            visible = ids == instance.instance_id
            assert instance.visibility == pytest.approx(visible.sum() / expected.sum(), abs=0.02)
            others = set(np.unique(ids[found & ~visible]).tolist()) - {0}
            assert set(instance.occluders or ()) == others
            hidden += len(others)
        cut += (instance.truncation or 0) > 0
    assert hidden > 0
    assert cut > 0 or not shift


def test_what_nothing_hides_is_wholly_visible() -> None:
    """Not 99.9 %: rays and pixels may disagree along edges, and that must not look like something hidden."""
    spec = make_spec(2, width=200, height=150, instances=1)
    (instance,) = annotated(spec)
    assert instance.mask == instance.amodal_mask
    assert (instance.visibility, instance.truncation, instance.occluders) == (1.0, 0.0, ())
    assert instance.amodal_bbox == instance.bbox


def test_the_ground_hides_as_well() -> None:
    spec = make_spec(2, width=200, height=150, instances=1)
    sunk = np.array(spec.objects[0].T_world_model)
    sunk[2, 3] -= spec.objects[0].scale
    ball = msgspec.structs.replace(spec.objects[0], T_world_model=tuple(tuple(row) for row in sunk.tolist()))
    (instance,) = annotated(msgspec.structs.replace(spec, objects=(ball,)))
    assert 0.4 < (instance.visibility or 0) < 0.9
    assert instance.occluders == ()


@pytest.mark.parametrize(
    ("place", "truncation", "has_outline"), [(-1.0, 1.0, False), (0.0, None, False), (100.0, None, False)]
)
def test_what_has_no_outline(place: float, truncation: float | None, has_outline: bool) -> None:
    """A ball behind the camera, one about it, and one so far away that it meets the centre of no pixel."""
    spec = make_spec(2, width=64, height=48, instances=2)
    T = np.array(spec.camera.T_world_camera)
    pose = np.eye(4)
    pose[:3, 3] = T[:3, 3] + T[:3, 2] * place + T[:3, 0] * (0.0123 * place if place > 0 else 0)
    scale = 0.0001 if place > 0 else 0.05
    moved = msgspec.structs.replace(
        spec.objects[1], T_world_model=tuple(tuple(row) for row in pose.tolist()), scale=scale
    )
    instance = build_instances(
        make_passes(msgspec.structs.replace(spec, objects=spec.objects[:1])),
        msgspec.structs.replace(spec, objects=(spec.objects[0], moved)),
        ball_bodies(),
    )[1]
    assert instance.truncation == truncation
    assert (instance.amodal_bbox is not None) == has_outline
    assert (instance.visibility, instance.area) == (0.0, 0)


def test_a_very_large_outline_is_sampled() -> None:
    spec = make_spec(2, width=64, height=48, instances=1)
    T = np.array(spec.camera.T_world_camera)
    pose = np.eye(4)
    pose[:3, 3] = T[:3, 3] + T[:3, 2] * 0.06 + T[:3, 0] * 0.05
    moved = msgspec.structs.replace(spec.objects[0], T_world_model=tuple(tuple(r) for r in pose.tolist()), scale=0.05)
    spec = msgspec.structs.replace(spec, objects=(moved,), ground=None)
    (instance,) = annotated(spec)
    whole = alone(spec, 1, 500)
    assert instance.amodal_bbox is not None
    assert max(instance.amodal_bbox[2:]) > 256
    assert instance.truncation == pytest.approx(1 - alone(spec, 1).sum() / whole.sum(), abs=0.01)
