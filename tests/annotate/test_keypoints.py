"""Keypoints of balls, of which it is known which side is seen and which ball hides which."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.annotate.build import build_instances
from engine.annotate.record import InstanceRecord, KeypointRecord
from engine.frame.spec import FrameSpec, T_camera_model, intrinsics
from tests.factory import LANDMARKS, ball_bodies, make_passes, make_spec


def instances(spec: FrameSpec) -> tuple[InstanceRecord, ...]:
    return build_instances(make_passes(spec), spec, ball_bodies())


def points(instance: InstanceRecord) -> tuple[KeypointRecord, ...]:
    assert instance.keypoints is not None
    return instance.keypoints


def expected_visibility(spec: FrameSpec, place: np.ndarray, owner: int) -> int | None:
    """The flag of a point (3,) of the camera frame on a ball's surface; None where it is too close to call."""
    u, v, _ = intrinsics(spec.camera) @ (place / place[2])
    if not (-0.5 <= u < spec.camera.width - 0.5 and -0.5 <= v < spec.camera.height - 0.5):
        return 0
    margins = []
    for ball in spec.objects:
        centre, radius = T_camera_model(spec.camera, ball)[:3, 3], ball.scale
        if ball.instance_id == owner:
            facing = float((place - centre) @ -place / radius / np.linalg.norm(place))
            margins.append(facing)
            continue
        ray = place / np.linalg.norm(place)
        beside = np.linalg.norm(centre - (centre @ ray) * ray) / radius - 1
        margins.append(beside if centre @ ray < np.linalg.norm(place) else 1.0)
    if abs(min(margins)) < 0.15:
        return None
    return 1 if min(margins) < 0 else 2


@pytest.mark.parametrize("count", [1, 6])
def test_flags_are_those_of_the_geometry(count: int) -> None:
    told = {0: 0, 1: 0, 2: 0}
    for index in range(12):
        spec = make_spec(index, instances=count)
        for instance, ball in zip(instances(spec), spec.objects, strict=True):
            T = T_camera_model(spec.camera, ball)
            for point, (name, place) in zip(points(instance), LANDMARKS.keypoints, strict=True):
                assert point.name == name
                assert point.xyz == tuple(number * ball.scale for number in place)
                seen_from = T[:3, :3] @ np.array(point.xyz) + T[:3, 3]
                u, v, w = intrinsics(spec.camera) @ seen_from
                assert point.uv == pytest.approx((u / w, v / w))
                flag = expected_visibility(spec, seen_from, ball.instance_id)
                if flag is not None:
                    assert point.visibility == flag, (index, ball.instance_id, name)
                    told[flag] += 1
    assert min(told[1], told[2]) >= 6


def test_the_ground_hides_what_is_below_it() -> None:
    spec = make_spec(3, instances=1)
    ball = spec.objects[0]
    sunk = tuple(
        (*row[:3], 0.3 * ball.scale if number == 2 else row[3]) for number, row in enumerate(ball.T_world_model)
    )
    upside_down = np.array(sunk) @ np.diag([1.0, -1.0, -1.0, 1.0])
    turned = msgspec.structs.replace(ball, T_world_model=tuple(map(tuple, upside_down.tolist())))
    (instance,) = instances(msgspec.structs.replace(spec, objects=(turned,)))
    assert {point.name: point.visibility for point in points(instance)}["top"] == 1


def test_what_is_behind_the_camera_is_nowhere() -> None:
    spec = make_spec(0, instances=1)
    away = np.array(spec.camera.T_world_camera) @ np.diag([-1.0, 1.0, -1.0, 1.0])
    camera = msgspec.structs.replace(spec.camera, T_world_camera=tuple(map(tuple, away.tolist())))
    (instance,) = instances(msgspec.structs.replace(spec, camera=camera))
    assert {(point.uv, point.visibility) for point in points(instance)} == {(None, 0)}
    assert instance.obb is None
