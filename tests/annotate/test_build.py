from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.annotate.build import build_instances, build_record
from engine.annotate.passes import Passes
from engine.annotate.record import decode_record, encode_record
from engine.errors import RenderError
from engine.frame.spec import FrameSpec
from tests.factory import ball_bodies, make_passes, make_record, make_render_info, make_spec


@pytest.fixture(scope="module")
def spec() -> FrameSpec:
    return make_spec(3, width=200, height=150, instances=4)


@pytest.fixture(scope="module")
def passes(spec: FrameSpec) -> Passes:
    return make_passes(spec)


def test_what_is_seen_lies_on_the_posed_models(spec: FrameSpec, passes: Passes) -> None:
    """Independent of the code that builds poses: world positions of the pixels, taken into each model's frame."""
    record = make_record(spec, passes)
    R_w2c, t_w2c = np.array(record.cam_R_w2c).reshape(3, 3), np.array(record.cam_t_w2c)
    assert passes.position is not None
    for instance, ball in zip(record.instances, spec.objects, strict=True):
        points = passes.position[passes.instance_id == instance.instance_id] @ R_w2c.T + t_w2c
        R, t = np.array(instance.cam_R_m2c).reshape(3, 3), np.array(instance.cam_t_m2c)
        in_model = (points - t) @ R
        assert np.allclose(np.linalg.norm(in_model, axis=1), ball.scale, atol=1e-6)
        assert (in_model >= np.array(instance.bounds_min) - 1e-6).all()
        assert (in_model <= np.array(instance.bounds_max) + 1e-6).all()


def test_positions_project_to_their_pixels(spec: FrameSpec, passes: Passes) -> None:
    record = make_record(spec, passes)
    K = np.array(record.cam_K).reshape(3, 3)
    R, t = np.array(record.cam_R_w2c).reshape(3, 3), np.array(record.cam_t_w2c)
    assert passes.position is not None
    v, u = np.nonzero(passes.instance_id)
    in_camera = passes.position[v, u] @ R.T + t
    seen = in_camera @ K.T
    assert np.allclose(seen[:, 0] / seen[:, 2], u, atol=1e-3)
    assert np.allclose(seen[:, 1] / seen[:, 2], v, atol=1e-3)
    assert np.allclose(in_camera[:, 2], passes.depth[v, u], atol=1e-5)


def test_corners_are_in_the_stated_order_and_surround_the_mask(spec: FrameSpec, passes: Passes) -> None:
    for instance, ball in zip(build_instances(passes, spec, ball_bodies()), spec.objects, strict=True):
        T_camera_world = np.linalg.inv(np.array(spec.camera.T_world_camera))
        focal = spec.camera.focal_length_mm / spec.camera.sensor_width_mm * spec.camera.width
        corners = []
        for number, projected in enumerate(instance.bbox_3d_projected):
            sign = np.array([1 if number & bit else -1 for bit in (4, 2, 1)])
            point = T_camera_world @ np.array(ball.T_world_model) @ np.append(sign * ball.scale, 1.0)
            assert projected is not None
            assert projected[0] == pytest.approx(focal * point[0] / point[2] + 99.5)
            assert projected[1] == pytest.approx(focal * point[1] / point[2] + 74.5)
            corners.append(projected)
        assert instance.bbox is not None
        x, y, w, h = instance.bbox
        (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
        assert left <= x
        assert top <= y
        assert x + w - 1 <= right
        assert y + h - 1 <= bottom


def test_an_instance_out_of_view_is_recorded(spec: FrameSpec) -> None:
    hidden = spec.objects[1]
    T = np.array(hidden.T_world_model)
    T[:3, 3] = np.array(spec.camera.T_world_camera)[:3] @ (0, 0, -1, 1)
    moved = msgspec.structs.replace(hidden, T_world_model=tuple(map(tuple, T.tolist())))
    objects = (spec.objects[0], moved, *spec.objects[2:])
    changed = msgspec.structs.replace(spec, objects=objects)
    instances = build_instances(make_passes(changed), changed, ball_bodies())
    assert [entry.instance_id for entry in instances] == [1, 2, 3, 4]
    behind = instances[1]
    assert (behind.area, behind.bbox, behind.mask) == (0, None, None)
    assert behind.bbox_3d_projected == (None,) * 8
    assert behind.cam_t_m2c == pytest.approx((0, 0, -1))


def test_passes_must_fit_the_spec(spec: FrameSpec, passes: Passes) -> None:
    with pytest.raises(RenderError, match="shows instance 4, which its spec does not have"):
        build_instances(passes, msgspec.structs.replace(spec, objects=spec.objects[:3]), ball_bodies())
    larger = msgspec.structs.replace(spec, camera=msgspec.structs.replace(spec.camera, width=201))
    with pytest.raises(RenderError, match="came out 200 x 150 pixels large, not 201 x 150"):
        build_instances(passes, larger, ball_bodies())


def test_records_survive_json(spec: FrameSpec, passes: Passes) -> None:
    record = build_record(passes, spec, ball_bodies(), make_render_info())
    assert decode_record(encode_record(record)) == record
